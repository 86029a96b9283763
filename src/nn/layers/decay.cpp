// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/decay.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "ops/array_steps.hpp"
#include "ops/fold.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {
namespace {

constexpr std::size_t kKeptDoubles = 256 / sizeof(double);

// Of one block of the sum of everything.
template <class T>
double squares_of_block(const T* w, std::size_t n) noexcept {
    constexpr std::size_t kChunk = 1024;
    const kernels::Kernels<double>& kernel = dispatch::active<double>();
    double squares[kChunk];
    double kept[kKeptDoubles];
    kernel.fold_start(kernels::Fold::kSum, kept);
    for (std::size_t first = 0; first < n; first += kChunk) {
        const std::size_t count = std::min(kChunk, n - first);
        std::transform(w + first, w + first + count, squares,
                       [](T value) { return static_cast<double>(value) * static_cast<double>(value); });
        kernel.fold(kernels::Fold::kSum, squares, count, kept);
    }
    return kernel.folded(kernels::Fold::kSum, kept);
}

}  // namespace

template <class T>
double sum_of_squares(MatrixView<const T> w) noexcept {
    const kernels::Kernels<double>& kernel = dispatch::active<double>();
    const std::size_t n = w.size();
    if (n <= ops::kFoldBlock) {
        return squares_of_block(w.data(), n);
    }
    double kept[kKeptDoubles];
    double sums[kKeptDoubles];
    std::size_t used = 0;
    kernel.fold_start(kernels::Fold::kSum, kept);
    for (std::size_t first = 0; first < n; first += ops::kFoldBlock) {
        sums[used++] = squares_of_block(w.data() + first, std::min(ops::kFoldBlock, n - first));
        if (used == kKeptDoubles || n - first <= ops::kFoldBlock) {
            kernel.fold(kernels::Fold::kSum, sums, used, kept);
            used = 0;
        }
    }
    return kernel.folded(kernels::Fold::kSum, kept);
}

template <class T>
void add_decay_alone(T decay, const T* w, T* gradient, std::size_t n) noexcept {
    using namespace ops::steps;  // NOLINT: a program reads as a list of them
    run<T>(
        dispatch::active<T>(),
        {store_two(ArrayOp::kMultiply, from(w), number(decay), ArrayOp::kAdd, from<T>(gradient), gradient)},
        n);
}

template <class T>
void add_decay(T decay, MatrixView<const T> w, MatrixView<T> gradient) noexcept {
    parallel::run(parallel::team_size(w.size(), parallel::kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(w.size(), 64);
        add_decay_alone(decay, w.data() + first, gradient.data() + first, last - first);
    });
}

template double sum_of_squares(MatrixView<const float>) noexcept;
template double sum_of_squares(MatrixView<const double>) noexcept;
template void add_decay_alone(float, const float*, float*, std::size_t) noexcept;
template void add_decay_alone(double, const double*, double*, std::size_t) noexcept;
template void add_decay(float, MatrixView<const float>, MatrixView<float>) noexcept;
template void add_decay(double, MatrixView<const double>, MatrixView<double>) noexcept;

}  // namespace thalweg::nn
