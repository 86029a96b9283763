// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What runs along many short rows, with lanes as rows: argmax of predictions, and sums.
//
// bound   a column takes one comparison for the largest, one for NaN and two selections
#pragma once

#include "kernels/reduce.hpp"
#include "kernels/row_group.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Small integers, kept in lanes of T, to indices.
template <class T>
[[gnu::always_inline]] inline void store_indices(Vec<T> index, std::size_t* y) {
    const Vec<double> two52(4503599627370496.0);
    std::uint64_t indices[kWidth<T>];
    for (std::size_t h = 0; h < kDoubles<T>; ++h) {
        store_bits(indices + h * kWidth<double>, to_bits(part(index, h) + two52) - to_bits(two52));
    }
    for (std::size_t r = 0; r < kWidth<T>; ++r) {
        y[r] = static_cast<std::size_t>(indices[r]);
    }
}

// Whole groups of rows; kCols = 0: any number of columns.
template <class T, std::size_t kCols>
void argmax_groups(const T* x, std::size_t ldx, std::size_t rows, std::size_t any_cols, std::size_t* y) {
    const std::size_t cols = kCols != 0 ? kCols : any_cols;
    for (std::size_t i = 0; i < rows; i += kWidth<T>) {
        Vec<T> columns[kFewColumns];
        read_columns<T>(x + i * ldx, ldx, readable<T>(cols), columns);
        Vec<T> best = columns[0];
        Vec<T> index(T(0));
        auto ordered = columns[0] == columns[0];
        for (std::size_t j = 1; j < cols; ++j) {
            ordered = both(ordered, columns[j] == columns[j]);
            const auto better = columns[j] > best;
            best = choose(better, columns[j], best);
            index = choose(better, Vec<T>(static_cast<T>(j)), index);
        }
        if (all_lanes(ordered)) {
            store_indices(index, y + i);
            continue;
        }
        for (std::size_t r = i; r < i + kWidth<T>; ++r) {
            y[r] = argmax(x + r * ldx, cols);
        }
    }
}

}  // namespace

template <class T>
void argmax_cols(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, std::size_t* y) {
    std::size_t i = 0;
    if (cols >= kChunk<T> && cols <= kFewColumns) {
        i = rows / kWidth<T> * kWidth<T>;
        (cols == 10 ? argmax_groups<T, 10> : argmax_groups<T, 0>)(x, ldx, i, cols, y);
    }
    for (; i < rows; ++i) {
        y[i] = argmax(x + i * ldx, cols);
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
