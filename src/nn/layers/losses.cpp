// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/losses.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

template <class T>
double squared_error(const T* y, const T* t, std::size_t n) noexcept {
    double sum = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
        const double difference = static_cast<double>(y[j]) - static_cast<double>(t[j]);
        sum += difference * difference;
    }
    return 0.5 * sum;
}

template <class T>
double binary_cross_entropy(const T* sums, const T* t, std::size_t n) noexcept {
    constexpr std::size_t kBlock = 64;
    double x[kBlock];
    double smooth[kBlock];
    double total = 0.0;
    for (std::size_t first = 0; first < n; first += kBlock) {
        const std::size_t count = std::min(kBlock, n - first);
        std::transform(sums + first, sums + first + count, x, [](T sum) { return static_cast<double>(sum); });
        dispatch::active<double>().softplus(x, smooth, count);
        for (std::size_t j = 0; j < count; ++j) {
            total += smooth[j] - static_cast<double>(t[first + j]) * x[j];
        }
    }
    return total;
}

}  // namespace

template <class T>
double finish_row(Loss loss, T* sums, const T* t, std::size_t n) noexcept {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    if (loss == Loss::kMeanSquaredError) {
        return squared_error(sums, t, n);
    }
    if (loss == Loss::kBinaryCrossEntropy) {
        const double value = binary_cross_entropy(sums, t, n);
        kernel.sigmoid(sums, sums, n);
        return value;
    }
    kernel.softmax(sums, n, 1, n, sums, n);
    return kernel.soft_log_loss(sums, t, n);
}

template <class T>
void finish_by_team(Loss loss, MatrixView<T> sums) {
    if (loss == Loss::kSoftmaxCrossEntropy) {
        softmax(sums, sums);
    } else if (loss == Loss::kBinaryCrossEntropy) {
        sigmoid(sums, sums);
    }
}

template double finish_row(Loss, float*, const float*, std::size_t) noexcept;
template double finish_row(Loss, double*, const double*, std::size_t) noexcept;
template void finish_by_team(Loss, MatrixView<float>);
template void finish_by_team(Loss, MatrixView<double>);

}  // namespace thalweg::nn
