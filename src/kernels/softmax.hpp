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
// error   each e_j that of shifted_exp.hpp plus that of the shift, the sum as above, one division
// source  Deep Learning from Scratch 3.5
#pragma once

#include "kernels/quotient.hpp"
#include "kernels/reduce.hpp"
#include "kernels/row_group.hpp"
#include "kernels/shifted_exp.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// kWidth<T> rows of few classes: first the logits, then x - max, e^(x - max) and what is made of it.
template <class T>
struct ClassColumns {
    Vec<T> values[kFewColumns];
    Vec<T> max;
    Vec<T> sum;

    // Subtracts the maximum; true where all shifts are ordinary.
    [[gnu::always_inline]] bool shift(std::size_t cols) {
        max = values[0];
        for (std::size_t j = 1; j < cols; ++j) {
            max = larger(values[j], max);
        }
        values[0] = values[0] - max;
        auto ordinary = values[0] >= Vec<T>(kOrdinaryShift<T>);
        for (std::size_t j = 1; j < cols; ++j) {
            values[j] = values[j] - max;
            ordinary = both(ordinary, values[j] >= Vec<T>(kOrdinaryShift<T>));
        }
        return all_lanes(ordinary);
    }
    template <bool kOrdinary>
    [[gnu::always_inline]] void exponentiate(std::size_t cols) {
        sum = Vec<T>(T(0));
        for (std::size_t j = 0; j < cols; ++j) {
            values[j] = kOrdinary ? exp_ordinary(values[j]) : exp_any(values[j]);
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

// The book's ten classes are known to the compiler, which then keeps a group in registers.
inline constexpr std::size_t kBookClasses = 10;

template <class T>
[[gnu::always_inline]] inline void softmax_columns(ClassColumns<T>& group, std::size_t cols) {
    if (group.shift(cols)) {
        group.template exponentiate<true>(cols);
        group.template normalize<true>(cols);
    } else {
        group.template exponentiate<false>(cols);
        group.template normalize<false>(cols);
    }
}

// Whole groups of rows; kCols = 0: any number of columns.
template <class T, std::size_t kCols>
void softmax_groups(const T* x, std::size_t ldx, std::size_t rows, std::size_t any_cols, T* y,
                    std::size_t ldy) {
    const std::size_t cols = kCols != 0 ? kCols : any_cols;
    for (std::size_t i = 0; i < rows; i += kWidth<T>) {
        ClassColumns<T> group;
        read_columns<T>(x + i * ldx, ldx, readable<T>(cols), group.values);
        softmax_columns(group, cols);
        write_columns<T>(y + i * ldy, ldy, readable<T>(cols), group.values);
    }
}

// Ten classes without gaps, at least kWidth<T> rows. One group of rows takes as many instructions as a core
// looks ahead, of which each phase waits for the one before (maximum, exponentials, sum, quotients): so the
// next group is read between the sum of this one and its quotients. The last group may overlap the one
// before: it is read before that is written, and writes the same once more.
template <class T>
void softmax_ten(const T* x, std::size_t rows, T* y) {
    constexpr std::size_t w = kWidth<T>;
    ClassColumns<T> group;
    read_ten_columns(x, w, group.values);
    bool ordinary = group.shift(10);
    for (std::size_t i = 0, next = 0; i < rows; i = next) {
        if (ordinary) [[likely]] {
            group.template exponentiate<true>(10);
        } else {
            group.template exponentiate<false>(10);
        }
        const Divisor<T> total(group.sum);
        const bool ordinary_now = ordinary;
        next = i + 2 * w <= rows || i + w >= rows ? i + w : rows - w;
        ClassColumns<T> after;
        if (next < rows) {
            read_ten_columns(x + next * 10, w, after.values);
            ordinary = after.shift(10);
        }
        for (std::size_t j = 0; j < 10; ++j) {
            group.values[j] = ordinary_now ? total.template quotient<true>(group.values[j])
                                           : total.template quotient<false>(group.values[j]);
        }
        write_ten_columns(y + i * 10, w, group.values);
        for (std::size_t j = 0; j < 10; ++j) {
            group.values[j] = after.values[j];
        }
    }
}

// Fewer rows than a group, or rows too short to be read by chunks.
template <class T>
void softmax_staged(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    StagedRows<T> staged(x, ldx, rows, cols);
    softmax_groups<T, 0>(staged.data(), staged.ld(), kWidth<T>, cols, staged.data(), staged.ld());
    staged.write(y, ldy, rows, cols);
}

template <class T>
void softmax_few(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    if constexpr (kTenColumns) {
        if (cols == 10 && ldx == 10 && ldy == 10 && rows >= kWidth<T>) {
            softmax_ten(x, rows, y);
            return;
        }
    }
    std::size_t i = cols < kChunk<T> ? 0 : rows / kWidth<T> * kWidth<T>;
    (cols == kBookClasses ? softmax_groups<T, kBookClasses> : softmax_groups<T, 0>)(x, ldx, i, cols, y, ldy);
    if constexpr (kTenColumns) {
        if (i < rows && cols == 10 && ldx == 10 && ldy == 10) {
            ClassColumns<T> group;
            read_ten_columns(x + i * 10, rows - i, group.values);
            softmax_columns(group, 10);
            write_ten_columns(y + i * 10, rows - i, group.values);
            return;
        }
    }
    if constexpr (kSeveralLanes<T>) {
        for (; i < rows; i += kWidth<T>) {
            const std::size_t group_rows = rows - i < kWidth<T> ? rows - i : kWidth<T>;
            softmax_staged(x + i * ldx, ldx, group_rows, cols, y + i * ldy, ldy);
        }
    }
}

// The largest element of a long row; with NaN in the row any will do.
template <class T>
[[gnu::always_inline]] inline T shift_of(const T* x, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kSteps = 4;  // independent, because a maximum takes longer than the next one waits
    const auto larger_of = [](T a, T b) { return a > b ? a : b; };
    T max = x[0];
    std::size_t i = 0;
    if (n >= kSteps * w) {
        Vec<T> best[kSteps];
        for (; i < kSteps; ++i) {
            best[i] = load_full(x + i * w);
        }
        for (i = kSteps * w; i + kSteps * w <= n; i += kSteps * w) {
#pragma GCC unroll 4
            for (std::size_t s = 0; s < kSteps; ++s) {
                best[s] = larger(load_full(x + i + s * w), best[s]);
            }
        }
        for (; i + w <= n; i += w) {
            best[0] = larger(load_full(x + i), best[0]);
        }
        max = fold_lanes<T>(larger(larger(best[0], best[1]), larger(best[2], best[3])), larger_of);
    }
    for (; i < n; ++i) {
        max = larger_of(x[i], max);
    }
    return max;
}

// Sum of the exponentials of a long row, and whether its quotients are ordinary.
template <class T>
struct RowSum {
    T sum;
    bool ordinary;
};

// e[j] = e^(x[j] - shift) of a long row, summed in the order of reduce.hpp. e may be x.
template <class T>
[[gnu::always_inline]] inline RowSum<T> exp_shifted(const T* x, T shift, T* e, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kSteps = RunningSums<T>::kVectors;
    const Vec<T> s(shift);
    const Vec<T> bound(kOrdinaryShift<T>);
    RunningSums<T> sums;
    bool ordinary = true;
    std::size_t i = 0;
    for (; i + kSteps * w <= n; i += kSteps * w) {
        Vec<T> d[kSteps];
        d[0] = load_full(x + i) - s;
        auto fits = d[0] >= bound;
#pragma GCC unroll 16
        for (std::size_t v = 1; v < kSteps; ++v) {
            d[v] = load_full(x + i + v * w) - s;
            fits = both(fits, d[v] >= bound);
        }
        if (all_lanes(fits)) {
#pragma GCC unroll 16
            for (std::size_t v = 0; v < kSteps; ++v) {
                const Vec<T> value = exp_ordinary(d[v]);
                store_full(e + i + v * w, value);
                sums.add(v, value);
            }
            continue;
        }
        ordinary = false;
        for (std::size_t v = 0; v < kSteps; ++v) {
            const Vec<T> value = exp_any(d[v]);
            store_full(e + i + v * w, value);
            sums.add(v, value);
        }
    }
    for (std::size_t v = 0; i < n; ++v, i += w) {
        const std::size_t lanes = n - i < w ? n - i : w;
        const Vec<T> d = (lanes == w ? load_full(x + i) : load_partial_over(x + i, lanes, s)) - s;
        ordinary = ordinary && all_lanes(d >= bound);
        const Vec<T> value = exp_any(d);
        if (lanes == w) {
            store_full(e + i, value);
            sums.add(v, value);
        } else {
            store_partial(e + i, value, lanes);
            sums.add(v, first_lanes(value, lanes));
        }
    }
    return {sums.total(), ordinary};
}

template <bool kOrdinary, class T>
[[gnu::always_inline]] inline void divide(const T* x, T divisor, T* y, std::size_t n) {
    const Divisor<T> d{Vec<T>(divisor)};
    map(x, y, n, [&](Vec<T> v) { return d.template quotient<kOrdinary>(v); });
}

template <class T>
void softmax_long_row(const T* x, std::size_t cols, T* y) {
    const RowSum<T> row = exp_shifted(x, shift_of(x, cols), y, cols);
    row.ordinary ? divide<true>(y, row.sum, y, cols) : divide<false>(y, row.sum, y, cols);
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
