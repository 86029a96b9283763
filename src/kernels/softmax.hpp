// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax of rows, y_j = e^(x_j - max) / sum_j e^(x_j - max).
//
//   shape                                      way
//   more than kFewColumns classes              row by row, lanes are classes: long_row.hpp
//   ten classes without gaps, a group of rows  pipelined, where kTenColumns (avx512): softmax_ten.hpp
//     or more
//   other few classes, whole groups of rows    softmax_groups: lanes are rows, class_columns.hpp
//   the rows left over                         the same through the stack: softmax_staged
//
// With lanes as rows nothing is ever summed across a register; the sum is a chain over the classes. The
// number of classes alone decides between the two orders of the sum, never the number of rows.
//
// shape   x, y: rows x cols; y may be x
// error   each e_j that of shifted_exp.hpp plus that of the shift, the sum as above, one division
// source  Deep Learning from Scratch 3.5
#pragma once

#include "kernels/class_columns.hpp"
#include "kernels/long_row.hpp"
#include "kernels/softmax_ten.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

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

template <class T>
void softmax_long_row(const T* x, std::size_t cols, T* y) {
    const RowSum<T> row = exp_shifted(x, shift_of(x, cols), y, cols);
    row.ordinary ? divide<true>(y, row.sum, y, cols) : divide<false>(y, row.sum, y, cols);
}

}  // namespace

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

}  // namespace thalweg::kernels::THALWEG_ISA
