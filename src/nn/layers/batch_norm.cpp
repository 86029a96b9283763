// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Programs of the kernel `array`, a row at a time: the bits are those of the lines of arrays in
// docs/numerics.md. Sums down the rows are chains, as those of sum(x, 0).
#include "nn/layers/batch_norm.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "ops/array_steps.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;
using namespace ops::steps;  // NOLINT: a program reads as a list of them

constexpr double kEpsilon = 10e-7;
constexpr double kKeep = 0.9;  // of a running mean, at each batch

template <class T>
void divide(const Kernels<T>& kernel, const T* x, T divisor, T* out, std::size_t n) noexcept {
    run<T>(kernel, {load<T>(x), store(ArrayOp::kDivide, number(divisor), out)}, n);
}

// out = sqrt(variance + 10e-7)
template <class T>
void deviation_of(const Kernels<T>& kernel, const T* variance, T* out, std::size_t n) noexcept {
    run<T>(kernel,
           {load<T>(variance), binary(ArrayOp::kAdd, number(static_cast<T>(kEpsilon))),
            unary<T>(ArrayOp::kSqrt), store(out)},
           n);
}

// n = (sums - mean) / deviation; z = gamma * n + beta. All may be the same memory but the four of the units.
template <class T>
void normalise_row(const Kernels<T>& kernel, const T* sums, const T* mean, const T* deviation, const T* gamma,
                   const T* beta, T* normal, T* z, std::size_t n) noexcept {
    run<T>(kernel,
           {load<T>(sums), binary(ArrayOp::kSubtract, from<T>(mean)),
            store(ArrayOp::kDivide, from<T>(deviation), normal)},
           n);
    run<T>(kernel,
           {store_two(ArrayOp::kMultiply, from<T>(normal), from<T>(gamma), ArrayOp::kAdd, from<T>(beta), z)},
           n);
}

}  // namespace

template <class T>
void normalise_by_running(const Dense<const T>& layer, MatrixView<T> z) noexcept {
    constexpr std::size_t kBlock = 256;
    const Kernels<T>& kernel = dispatch::active<T>();
    alignas(64) T deviation[kBlock];
    for (std::size_t j = 0; j < z.cols(); j += kBlock) {
        const std::size_t n = std::min(kBlock, z.cols() - j);
        deviation_of(kernel, layer.variance.data() + j, deviation, n);
        for (std::size_t i = 0; i < z.rows(); ++i) {
            T* const row = z.data() + i * z.ld() + j;
            normalise_row<T>(kernel, row, layer.mean.data() + j, deviation, layer.gamma.data() + j,
                             layer.beta.data() + j, row, row, n);
        }
    }
}

template <class T>
void BatchNorm<T>::fit(std::size_t rows, std::size_t units) {
    nn::fit(normal_, rows, units);
    nn::fit(units_, kUnitRows, units);
}

template <class T>
void BatchNorm<T>::measure(MatrixView<const T> sums, std::size_t first, std::size_t last) noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t n = last - first;
    if (n == 0) {
        return;
    }
    const auto count = static_cast<T>(sums.rows());
    T* const mean = unit(kMean, first);
    T* const variance = unit(kVariance, first);
    kernel.sum_rows(sums.data() + first, sums.ld(), sums.rows(), n, mean);
    divide(kernel, mean, count, mean, n);
    std::fill_n(variance, n, T(0));
    for (std::size_t i = 0; i < sums.rows(); ++i) {
        run<T>(kernel,
               {pair(ArrayOp::kSubtract, from(row_of(sums, i) + first), from<T>(mean)),
                unary<T>(ArrayOp::kSquare), store(ArrayOp::kAdd, from<T>(variance), variance)},
               n);
    }
    divide(kernel, variance, count, variance, n);
    deviation_of(kernel, variance, unit(kDeviation, first), n);
}

template <class T>
void BatchNorm<T>::normalise(const Dense<const T>& layer, MatrixView<T> z, std::size_t first,
                             std::size_t last) noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    for (std::size_t i = first; i < last; ++i) {
        T* const row = z.data() + i * z.ld();
        normalise_row<T>(kernel, row, unit(kMean), unit(kDeviation), layer.gamma.data(), layer.beta.data(),
                         row_of(normal_, i), row, z.cols());
    }
}

template <class T>
void BatchNorm<T>::sum_back(const Dense<const T>& layer, MatrixView<const T> dz, std::size_t first,
                            std::size_t last) noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t n = last - first;
    if (n == 0) {
        return;
    }
    const auto count = static_cast<T>(dz.rows());
    T* const dgamma = unit(kGammaGradient, first);
    T* const dbeta = unit(kBetaGradient, first);
    kernel.sum_rows(dz.data() + first, dz.ld(), dz.rows(), n, dbeta);
    std::fill_n(dgamma, n, T(0));
    for (std::size_t i = 0; i < dz.rows(); ++i) {
        run<T>(kernel,
               {store_two(ArrayOp::kMultiply, from<T>(row_of(normal_, i) + first),
                          from(row_of(dz, i) + first), ArrayOp::kAdd, from<T>(dgamma), dgamma)},
               n);
    }
    run<T>(kernel,
           {store_pair(ArrayOp::kDivide, from(layer.gamma.data() + first), from<T>(unit(kDeviation, first)),
                       unit(kScale, first))},
           n);
    divide(kernel, dgamma, count, unit(kGammaMean, first), n);
    divide(kernel, dbeta, count, unit(kBetaMean, first), n);
}

template <class T>
void BatchNorm<T>::back(MatrixView<T> dz, std::size_t first, std::size_t last) noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    alignas(64) T tile[kernels::kKeptBytes / sizeof(T)];
    for (std::size_t i = first; i < last; ++i) {
        T* const row = dz.data() + i * dz.ld();
        run<T>(kernel,
               {pair(ArrayOp::kSubtract, from<T>(row), from<T>(unit(kBetaMean))), keep(tile),
                pair(ArrayOp::kMultiply, from<T>(row_of(normal_, i)), from<T>(unit(kGammaMean))),
                binary(ArrayOp::kSubtractFrom, kept<T>(tile)),
                store(ArrayOp::kMultiply, from<T>(unit(kScale)), row)},
               dz.cols());
    }
}

template <class T>
void BatchNorm<T>::update_running(MatrixView<T> mean, MatrixView<T> variance) const noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    alignas(64) T tile[kernels::kKeptBytes / sizeof(T)];
    const auto move = [&](const T* found, T* running) {
        run<T>(kernel,
               {pair(ArrayOp::kMultiply, from(found), number(static_cast<T>(1.0 - kKeep))), keep(tile),
                pair(ArrayOp::kMultiply, from<T>(running), number(static_cast<T>(kKeep))),
                store(ArrayOp::kAdd, kept<T>(tile), running)},
               units_.cols());
    };
    move(of_units(kMean).data(), mean.data());
    move(of_units(kVariance).data(), variance.data());
}

template void normalise_by_running(const Dense<const float>&, MatrixView<float>) noexcept;
template void normalise_by_running(const Dense<const double>&, MatrixView<double>) noexcept;
template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace thalweg::nn
