// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What one writes on top of a library of vector exponentials and logarithms. Math is such a library: the type
// Vector of kWidth floats, load, store, exp, log and sigmoid of a Vector.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "peers/peer.hpp"
#include "peers/split.hpp"

namespace thalweg::bench::peers {

template <class Math, class Apply>
void map(const float* x, float* y, std::size_t n, const Apply& apply) {
    constexpr std::size_t kWidth = Math::kWidth;
    std::size_t i = 0;
    for (; i + kWidth <= n; i += kWidth) {
        Math::store(y + i, apply(Math::load(x + i)));
    }
    if (i < n) {
        std::array<float, kWidth> rest{};
        std::copy(x + i, x + n, rest.begin());
        Math::store(rest.data(), apply(Math::load(rest.data())));
        std::copy(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(n - i), y + i);
    }
}

template <class Math>
using VectorFunction = typename Math::Vector (*)(typename Math::Vector);

template <class Math, VectorFunction<Math> kFunction>
Run elementwise(const Elements& on) {
    return [on] {
        split(on.n, Math::kWidth, Math::threads, [&](std::size_t first, std::size_t last) {
            map<Math>(on.x + first, on.y + first, last - first,
                      [](typename Math::Vector v) { return kFunction(v); });
        });
    };
}

// The formulas as one writes them: for negative x the sums lose digits, so their errors are absolute.
template <class Math>
typename Math::Vector gelu(typename Math::Vector x) {
    return Math::all(0.5F) * x * (Math::one() + Math::erf(x * Math::all(0.70710678F)));
}
template <class Math>
typename Math::Vector gelu_tanh(typename Math::Vector x) {
    const typename Math::Vector u = Math::all(0.79788456F) * x * (Math::one() + Math::all(0.044715F) * x * x);
    return Math::all(0.5F) * x * (Math::one() + Math::tanh(u));
}
inline constexpr double kGeluAbsolute = 2e-6;  // for |x| up to 8

// Rows in blocks that stay in the first cache: shifted one by one, exponentials of all of them together,
// however short a row is, then sums. kCols is the number of columns where it is worth a loop of its own, or
// 0.
template <class Math, std::size_t kCols, class Finish>
void softmax_blocks(const Rows& on, std::size_t first, std::size_t last, const Finish& finish) {
    constexpr std::size_t kBlockElements = 4096;
    const std::size_t cols = kCols != 0 ? kCols : on.cols;
    const std::size_t block = std::max<std::size_t>(1, kBlockElements / cols);
    std::vector<float> max(block);
    std::vector<float> sum(block);
    for (std::size_t begin = first; begin < last; begin += block) {
        const std::size_t rows = std::min(block, last - begin);
        const float* const x = on.x + begin * cols;
        float* const y = on.y + begin * cols;
        for (std::size_t i = 0; i < rows; ++i) {
            float largest = x[i * cols];
            for (std::size_t j = 1; j < cols; ++j) {
                largest = std::max(largest, x[i * cols + j]);
            }
            for (std::size_t j = 0; j < cols; ++j) {
                y[i * cols + j] = x[i * cols + j] - largest;
            }
            max[i] = largest;
        }
        map<Math>(y, y, rows * cols, [](typename Math::Vector v) { return Math::exp(v); });
        for (std::size_t i = 0; i < rows; ++i) {
            float total = 0.0F;
            for (std::size_t j = 0; j < cols; ++j) {
                total += y[i * cols + j];
            }
            sum[i] = total;
        }
        finish(begin, rows, max, sum);
    }
}

template <class Math, std::size_t kCols>
void softmax_rows(const Rows& on) {
    const std::size_t cols = kCols != 0 ? kCols : on.cols;
    split(on.rows, 1, Math::threads, [&](std::size_t first, std::size_t last) {
        softmax_blocks<Math, kCols>(on, first, last, [&](auto begin, auto rows, auto&, auto& sum) {
            for (std::size_t i = 0; i < rows; ++i) {
                const float factor = 1.0F / sum[i];
                for (std::size_t j = 0; j < cols; ++j) {
                    on.y[(begin + i) * cols + j] *= factor;
                }
            }
        });
    });
}

template <class Math>
Run softmax(const Rows& on) {
    constexpr std::size_t kBookClasses = 10;
    if (on.cols == kBookClasses) {
        return [on] { softmax_rows<Math, kBookClasses>(on); };
    }
    return [on] { softmax_rows<Math, 0>(on); };
}

template <class Math, std::size_t kCols>
void softmax_loss_rows(const LossRows& on) {
    const std::size_t cols = kCols != 0 ? kCols : on.cols;
    const float scale = 1.0F / static_cast<float>(on.rows);
    double loss = 0.0;
    softmax_blocks<Math, kCols>(
        {on.x, on.dx, on.rows, on.cols}, 0, on.rows, [&](auto begin, auto rows, auto& max, auto& sum) {
            for (std::size_t i = 0; i < rows; ++i) {
                const std::size_t row = begin + i;
                const auto label = static_cast<std::size_t>(on.labels[row]);
                const float factor = scale / sum[i];
                for (std::size_t j = 0; j < cols; ++j) {
                    on.dx[row * cols + j] *= factor;
                }
                on.dx[row * cols + label] -= scale;
                max[i] -= on.x[row * cols + label];
            }
            map<Math>(sum.data(), sum.data(), rows, [](typename Math::Vector v) { return Math::log(v); });
            for (std::size_t i = 0; i < rows; ++i) {
                loss += static_cast<double>(sum[i] + max[i]);
            }
        });
    *on.loss = loss / static_cast<double>(on.rows);
}

template <class Math>
Run softmax_loss(const LossRows& on) {
    constexpr std::size_t kBookClasses = 10;
    if (on.cols == kBookClasses) {
        return [on] { softmax_loss_rows<Math, kBookClasses>(on); };
    }
    return [on] { softmax_loss_rows<Math, 0>(on); };
}

}  // namespace thalweg::bench::peers
