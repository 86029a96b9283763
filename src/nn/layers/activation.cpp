// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Kernels where a function has one, else programs of the kernel `array`: the bits are those of lines of
// arrays. Elements stand for themselves, so it changes no bit whether a block of rows is one run or many.
#include "nn/layers/activation.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "ops/array_steps.hpp"
#include "ops/elementwise.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {
namespace {

using kernels::Kernels;
using namespace ops::steps;  // NOLINT: a program reads as a list of them

template <class T>
void forward(Activation activation, T* z, std::size_t n) noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    switch (activation) {
        case Activation::kIdentity:
            return;
        case Activation::kSigmoid:
            return kernel.sigmoid(z, z, n);
        case Activation::kTanh:
            return kernel.tanh(z, z, n);
        case Activation::kSoftplus:
            return kernel.softplus(z, z, n);
        case Activation::kGelu:
            return kernel.gelu(z, z, n);
        case Activation::kRelu:  // where(z <= 0, 0, z): with a choice the program is one loop
            return run<T>(kernel,
                          {load<T>(z),
                           choose(ArrayOp::kLessEqual, from<T>(z), number(T(0.0)), number(T(0.0))), store(z)},
                          n);
        case Activation::kLeakyRelu:
            return run<T>(kernel, {load<T>(z), binary(ArrayOp::kLeakyRelu, number(T(kLeakySlope))), store(z)},
                          n);
    }
}

// dz *= sigmoid(x), the derivative of softplus, or dz *= P(x) + x p(x), that of gelu, with the normal
// distribution P and its density p. A block at a time, in the first cache.
template <class T>
void backward_of_sums(Activation activation, const T* x, T* dz, std::size_t n) noexcept {
    constexpr std::size_t kBlock = 256;
    constexpr double kRootHalf = 0.70710678118654752440;
    constexpr double kDensityAtZero = 0.39894228040143267794;  // 1 / sqrt(2 pi)
    const Kernels<T>& kernel = dispatch::active<T>();
    alignas(64) T slope[kBlock];
    alignas(64) T density[kBlock];
    for (std::size_t first = 0; first < n; first += kBlock, x += kBlock, dz += kBlock) {
        const std::size_t count = std::min(kBlock, n - first);
        if (activation == Activation::kSoftplus) {
            kernel.sigmoid(x, slope, count);
        } else {
            run<T>(kernel,
                   {pair(ArrayOp::kMultiply, from(x), from(x)), binary(ArrayOp::kMultiply, number(T(-0.5))),
                    store(density)},
                   count);
            kernel.exp(density, density, count);
            kernel.scale(static_cast<T>(kRootHalf), x, slope, count);
            kernel.erf(slope, slope, count);
            run<T>(kernel,
                   {pair(ArrayOp::kMultiply, from<T>(density), number(T(kDensityAtZero))),
                    binary(ArrayOp::kMultiply, from(x)), store(density)},
                   count);
            run<T>(kernel,
                   {pair(ArrayOp::kAdd, from<T>(slope), number(T(1.0))),
                    binary(ArrayOp::kMultiply, number(T(0.5))), binary(ArrayOp::kAdd, from<T>(density)),
                    store(slope)},
                   count);
        }
        run<T>(kernel, {load<T>(slope), binary(ArrayOp::kMultiply, from<T>(dz)), store(dz)}, count);
    }
}

template <class T>
void backward(Activation activation, const T* z, T* dz, std::size_t n) noexcept {
    const Kernels<T>& kernel = dispatch::active<T>();
    switch (activation) {
        case Activation::kIdentity:
            return;
        case Activation::kSigmoid:
            return kernel.sigmoid_backward(z, dz, dz, n);
        case Activation::kTanh:  // (1 - z * z) * dz
            return run<T>(
                kernel,
                {pair(ArrayOp::kMultiply, from(z), from(z)), binary(ArrayOp::kSubtractFrom, number(T(1.0))),
                 binary(ArrayOp::kMultiply, from<T>(dz)), store(dz)},
                n);
        case Activation::kRelu:  // where(z <= 0, 0, dz)
            return run<T>(kernel,
                          {load<T>(dz), choose(ArrayOp::kLessEqual, from(z), number(T(0.0)), number(T(0.0))),
                           store(dz)},
                          n);
        case Activation::kLeakyRelu:  // where(z > 0, dz, 0.01 * dz)
            return run<T>(kernel,
                          {pair(ArrayOp::kMultiply, from<T>(dz), number(T(kLeakySlope))),
                           choose(ArrayOp::kGreater, from(z), number(T(0.0)), from<T>(dz)), store(dz)},
                          n);
        default:
            return backward_of_sums(activation, z, dz, n);
    }
}

}  // namespace

kernels::Curve curve_of(Activation activation) noexcept {
    using kernels::Curve;
    switch (activation) {
        case Activation::kIdentity:
            return Curve::kIdentity;
        case Activation::kSigmoid:
            return Curve::kSigmoid;
        case Activation::kTanh:
            return Curve::kTanh;
        case Activation::kSoftplus:
            return Curve::kSoftplus;
        case Activation::kGelu:
            return Curve::kGelu;
        case Activation::kRelu:
        case Activation::kLeakyRelu:
            return Curve::kSlopes;
    }
    return Curve::kIdentity;
}

template <class T>
void activate(Activation activation, MatrixView<T> z) noexcept {
    if (z.contiguous()) {
        return forward(activation, z.data(), z.size());
    }
    for (std::size_t i = 0; i < z.rows(); ++i) {
        forward(activation, ops::at(z, i, 0), z.cols());
    }
}

template <class T>
void activate_by_team(Activation activation, MatrixView<T> z) {
    ops::for_each_run(
        z.rows(), z.cols(), z.contiguous(), parallel::kMathGrain,
        [&](std::size_t i, std::size_t j, std::size_t n) { forward(activation, ops::at(z, i, j), n); });
}

template <class T>
void activate_backward(Activation activation, MatrixView<const T> from, MatrixView<T> dz) noexcept {
    if (from.contiguous() && dz.contiguous()) {
        return backward(activation, from.data(), dz.data(), dz.size());
    }
    for (std::size_t i = 0; i < from.rows(); ++i) {
        backward(activation, ops::at(from, i, 0), ops::at(dz, i, 0), from.cols());
    }
}

template void activate(Activation, MatrixView<float>) noexcept;
template void activate(Activation, MatrixView<double>) noexcept;
template void activate_by_team(Activation, MatrixView<float>);
template void activate_by_team(Activation, MatrixView<double>);
template void activate_backward(Activation, MatrixView<const float>, MatrixView<float>) noexcept;
template void activate_backward(Activation, MatrixView<const double>, MatrixView<double>) noexcept;

}  // namespace thalweg::nn
