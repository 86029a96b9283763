// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax of rows, y_j = e^(x_j - max) / sum_j e^(x_j - max).
//
// Few classes (at most kFewColumns, the book's 10): lanes are rows, kWidth<T> of them side by side, so that
// nothing is ever summed across a register; the sum is a chain over the classes. Many classes: lanes are
// classes, and the sum has the order of reduce.hpp. The number of classes alone decides, never the number of
// rows.
//
// shape   x, y: rows x cols; y may be x
// error   each e_j one rounding of exp plus that of the shift, the sum as above, one division
// source  Deep Learning from Scratch 3.5
#pragma once

#include "kernels/elementwise.hpp"
#include "kernels/quotient.hpp"
#include "kernels/reduce.hpp"
#include "kernels/row_group.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// kWidth<T> rows of few classes; values first the logits, then e^(x - max).
template <class T>
struct ClassColumns {
    Vec<T> values[kFewColumns];
    Vec<T> max;
    Vec<T> sum;
    bool ordinary;  // quotient.hpp's condition, for all rows

    [[gnu::always_inline]] ClassColumns(const T* x, std::size_t ldx, std::size_t cols) {
        read_columns<T>(x, ldx, readable<T>(cols), values);
        max = values[0];
        Vec<T> smallest = values[0];
        for (std::size_t j = 1; j < cols; ++j) {
            max = larger(values[j], max);
            smallest = smaller(values[j], smallest);
        }
        // A row with NaN is all NaN on either way.
        ordinary = !any_lane(smallest - max < Vec<T>(kOrdinaryShift<T>));
    }
    [[gnu::always_inline]] void exponentiate(std::size_t cols) {
        sum = Vec<T>(T(0));
        for (std::size_t j = 0; j < cols; ++j) {
            values[j] = exp_lanes(values[j] - max);
            sum = sum + values[j];
        }
    }
    template <bool kOrdinary>
    [[gnu::always_inline]] void normalize(std::size_t cols) {
        const Divisor<T> total(sum);
        for (std::size_t j = 0; j < cols; ++j) {
            values[j] = total.template quotient<kOrdinary>(values[j]);
        }
    }
};

template <class T>
[[gnu::always_inline]] inline void softmax_group(const T* x, std::size_t ldx, std::size_t cols, T* y,
                                                 std::size_t ldy) {
    ClassColumns<T> group(x, ldx, cols);
    group.exponentiate(cols);
    if (group.ordinary) {
        group.template normalize<true>(cols);
    } else {
        group.template normalize<false>(cols);
    }
    write_columns<T>(y, ldy, readable<T>(cols), group.values);
}

template <class T>
void softmax_few(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    std::size_t i = 0;
    if (cols >= kChunk<T>) {
        for (; i + kWidth<T> <= rows; i += kWidth<T>) {
            softmax_group(x + i * ldx, ldx, cols, y + i * ldy, ldy);
        }
    }
    for (; i < rows; i += kWidth<T>) {
        const std::size_t group_rows = rows - i < kWidth<T> ? rows - i : kWidth<T>;
        StagedRows<T> staged(x + i * ldx, ldx, group_rows, cols);
        softmax_group(staged.data(), staged.ld(), cols, staged.data(), staged.ld());
        staged.write(y + i * ldy, ldy, group_rows, cols);
    }
}

// What the shift of a long row needs: its largest element and whether quotient.hpp's condition holds. With
// NaN in the row any answer will do.
template <class T>
struct Shift {
    T max;
    bool ordinary;
};
template <class T>
[[gnu::always_inline]] inline Shift<T> shift_of(const T* x, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kSteps = 4;  // independent, because a maximum takes more cycles than one starts in
    T max = x[0];
    T min = x[0];
    std::size_t i = 0;
    if (n >= kSteps * w) {
        Vec<T> high[kSteps];
        Vec<T> low[kSteps];
#pragma GCC unroll 4
        for (std::size_t s = 0; s < kSteps; ++s) {
            high[s] = low[s] = load_full(x + s * w);
        }
        for (i = kSteps * w; i + kSteps * w <= n; i += kSteps * w) {
#pragma GCC unroll 4
            for (std::size_t s = 0; s < kSteps; ++s) {
                const Vec<T> v = load_full(x + i + s * w);
                high[s] = larger(v, high[s]);
                low[s] = smaller(v, low[s]);
            }
        }
        for (; i + w <= n; i += w) {
            high[0] = larger(load_full(x + i), high[0]);
            low[0] = smaller(load_full(x + i), low[0]);
        }
        max = fold_lanes<T>(larger(larger(high[0], high[1]), larger(high[2], high[3])),
                            [](T a, T b) { return a > b ? a : b; });
        min = fold_lanes<T>(smaller(smaller(low[0], low[1]), smaller(low[2], low[3])),
                            [](T a, T b) { return a < b ? a : b; });
    }
    for (; i < n; ++i) {
        max = x[i] > max ? x[i] : max;
        min = x[i] < min ? x[i] : min;
    }
    return {max, min - max >= kOrdinaryShift<T>};
}

// e[j] = e^(x[j] - shift) of a long row; returns their sum. e may be x.
template <class T>
[[gnu::always_inline]] inline T exp_shifted(const T* x, T shift, T* e, std::size_t n) {
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
void softmax_long_row(const T* x, std::size_t cols, T* y) {
    const Shift<T> shift = shift_of(x, cols);
    const Divisor<T> total(Vec<T>(exp_shifted(x, shift.max, y, cols)));
    if (shift.ordinary) {
        map(y, y, cols, [&](Vec<T> e) { return total.template quotient<true>(e); });
    } else {
        map(y, y, cols, [&](Vec<T> e) { return total.template quotient<false>(e); });
    }
}

template <class T>
void softmax(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    if (cols == 0) {
        return;
    }
    if (cols <= kFewColumns) {
        softmax_few(x, ldx, rows, cols, y, ldy);
        return;
    }
    for (std::size_t i = 0; i < rows; ++i) {
        softmax_long_row(x + i * ldx, cols, y + i * ldy);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
