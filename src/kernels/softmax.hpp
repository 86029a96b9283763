// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax of rows, y_j = e^(x_j - max) / sum_j e^(x_j - max), and fused with cross-entropy and its gradient.
//
// Few classes (at most kFewClasses, the book's 10): lanes are rows, kWidth<T> of them side by side, so that
// nothing is ever summed across a register; the sum is a chain over the classes. Many classes: lanes are
// classes, and the sum has the order of reduce.hpp. The number of classes alone decides, never the number of
// rows.
//
// shape   x, y: rows x cols; y may be x
// error   each e_j one rounding of exp plus that of the shift, the sum as above, one division
// source  Deep Learning from Scratch 3.5, 5.6.3
#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/reduce.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr std::size_t kFewClasses = 32;

// A group of at most kWidth<T> rows, transposed: element (r, j) of the rows at values[j][r]. Missing rows are
// zero.
template <class T>
struct RowGroup {
    T values[kFewClasses][kWidth<T>];
    T max[kWidth<T>];
    T sum[kWidth<T>];

    [[gnu::always_inline]] void read(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols) {
        for (std::size_t j = 0; j < cols; ++j) {
            for (std::size_t r = 0; r < kWidth<T>; ++r) {
                values[j][r] = r < rows ? x[r * ldx + j] : T(0);
            }
        }
    }
    [[gnu::always_inline]] void write(T* y, std::size_t ldy, std::size_t rows, std::size_t cols) const {
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t j = 0; j < cols; ++j) {
                y[r * ldy + j] = values[j][r];
            }
        }
    }
    // Turns the values into probabilities.
    [[gnu::always_inline]] void softmax(std::size_t cols) {
        Vec<T> largest = load_full(values[0]);
        for (std::size_t j = 1; j < cols; ++j) {
            largest = larger(load_full(values[j]), largest);
        }
        Vec<T> total(T(0));
        for (std::size_t j = 0; j < cols; ++j) {
            const Vec<T> e = exp_lanes(load_full(values[j]) - largest);
            total = total + e;
            store_full(values[j], e);
        }
        for (std::size_t j = 0; j < cols; ++j) {
            store_full(values[j], load_full(values[j]) / total);
        }
        store_full(max, largest);
        store_full(sum, total);
    }
};

// The largest element of a long row, for the shift; with NaN in the row any value will do.
template <class T>
T shift_of(const T* x, std::size_t n) {
    T result = x[0];
    std::size_t i = 1;
    if (n >= kWidth<T>) {
        Vec<T> best = load_full(x);
        for (i = kWidth<T>; i + kWidth<T> <= n; i += kWidth<T>) {
            best = larger(load_full(x + i), best);
        }
        T lanes[kWidth<T>];
        store_full(lanes, best);
        result = lanes[0];
        for (std::size_t l = 1; l < kWidth<T>; ++l) {
            result = lanes[l] > result ? lanes[l] : result;
        }
    }
    for (; i < n; ++i) {
        result = x[i] > result ? x[i] : result;
    }
    return result;
}

// e[j] = e^(x[j] - shift) of a long row; returns their sum. e may be x.
template <class T>
T exp_shifted(const T* x, T shift, T* e, std::size_t n) {
    const Vec<T> s(shift);
    return sum_of<T>(n, [=](std::size_t i, std::size_t lanes) {
        if (lanes == kWidth<T>) {
            const Vec<T> value = exp_lanes(load_full(x + i) - s);
            store_full(e + i, value);
            return value;
        }
        store_partial(e + i, exp_lanes(load_partial(x + i, lanes) - s), lanes);
        return load_partial(e + i, lanes);
    });
}

template <class T>
void divide(const T* x, T divisor, T* y, std::size_t n) {
    const Vec<T> d(divisor);
    map(x, y, n, [=](Vec<T> v) { return v / d; });
}

template <class T>
void softmax(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    if (cols == 0) {
        return;
    }
    if (cols > kFewClasses) {
        for (std::size_t i = 0; i < rows; ++i) {
            const T total = exp_shifted(x + i * ldx, shift_of(x + i * ldx, cols), y + i * ldy, cols);
            divide(y + i * ldy, total, y + i * ldy, cols);
        }
        return;
    }
    for (std::size_t i = 0; i < rows; i += kWidth<T>) {
        const std::size_t group_rows = rows - i < kWidth<T> ? rows - i : kWidth<T>;
        RowGroup<T> group{};
        group.read(x + i * ldx, ldx, group_rows, cols);
        group.softmax(cols);
        group.write(y + i * ldy, ldy, group_rows, cols);
    }
}

// -log p of the right class = log(sum) - (x_t - max), in double: the subtraction cancels nothing that was not
// rounded before, and no probability can underflow.
double stable_loss(double total, double x_label, double max) {
    double result;
    map(&total, &result, 1, [](Vec<double> v) { return log_double(v); });
    return result - (x_label - max);
}

template <class T>
void softmax_loss_long_row(const SoftmaxLossBlock<T>& s, std::size_t i) {
    const T* const x = s.x + i * s.ldx;
    T* const dx = s.dx + i * s.lddx;
    const auto label = static_cast<std::size_t>(s.labels[i]);
    const T x_label = x[label];
    const T shift = shift_of(x, s.cols);
    const T total = exp_shifted(x, shift, dx, s.cols);
    s.loss[i] =
        stable_loss(static_cast<double>(total), static_cast<double>(x_label), static_cast<double>(shift));
    divide(dx, total, dx, s.cols);
    if (s.p != nullptr) {
        map(dx, s.p + i * s.ldp, s.cols, [](Vec<T> v) { return v; });
    }
    dx[label] = dx[label] - T(1);
    divide(dx, s.divisor, dx, s.cols);
}

template <class T>
void softmax_loss(const SoftmaxLossBlock<T>& s) {
    if (s.cols == 0) {
        return;
    }
    if (s.cols > kFewClasses) {
        for (std::size_t i = 0; i < s.rows; ++i) {
            softmax_loss_long_row(s, i);
        }
        return;
    }
    for (std::size_t i = 0; i < s.rows; i += kWidth<T>) {
        const std::size_t group_rows = s.rows - i < kWidth<T> ? s.rows - i : kWidth<T>;
        RowGroup<T> group{};
        group.read(s.x + i * s.ldx, s.ldx, group_rows, s.cols);
        T x_label[kWidth<T>];
        for (std::size_t r = 0; r < group_rows; ++r) {
            x_label[r] = group.values[s.labels[i + r]][r];
        }
        group.softmax(s.cols);
        for (std::size_t r = 0; r < group_rows; ++r) {
            s.loss[i + r] = stable_loss(static_cast<double>(group.sum[r]), static_cast<double>(x_label[r]),
                                        static_cast<double>(group.max[r]));
        }
        if (s.p != nullptr) {
            group.write(s.p + i * s.ldp, s.ldp, group_rows, s.cols);
        }
        for (std::size_t r = 0; r < group_rows; ++r) {
            group.values[s.labels[i + r]][r] -= T(1);
        }
        for (std::size_t j = 0; j < s.cols; ++j) {
            store_full(group.values[j], load_full(group.values[j]) / Vec<T>(s.divisor));
        }
        group.write(s.dx + i * s.lddx, s.lddx, group_rows, s.cols);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
