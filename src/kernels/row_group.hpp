// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices with few columns, kWidth<T> rows at a time with lanes as rows: a column is a vector, so that
// whatever runs along a row runs down an array of vectors and nothing is combined across a register.
#pragma once

#include "kernels/transpose.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr std::size_t kFewColumns = 32;

// cols rounded up to what load_columns() can take: its chunks may overlap, but must fit a row.
template <class T>
[[gnu::always_inline]] inline std::size_t readable(std::size_t cols) {
    return cols < kChunk<T> ? kChunk<T> : cols;
}

// columns[j] for j below cols >= kChunk<T>. The last chunk of columns may overlap the one before.
template <class T>
[[gnu::always_inline]] inline void read_columns(const T* x, std::size_t ldx, std::size_t cols,
                                                Vec<T>* columns) {
    if constexpr (kTenColumns) {
        if (cols == 10 && ldx == 10) {
            read_ten_columns(x, kWidth<T>, columns);
            return;
        }
    }
    std::size_t j = 0;
    for (; j + kChunk<T> <= cols; j += kChunk<T>) {
        load_columns(x + j, ldx, columns + j);
    }
    if (j < cols) {
        load_columns(x + cols - kChunk<T>, ldx, columns + cols - kChunk<T>);
    }
}
template <class T>
[[gnu::always_inline]] inline void write_columns(T* y, std::size_t ldy, std::size_t cols,
                                                 const Vec<T>* columns) {
    if constexpr (kTenColumns) {
        if (cols == 10 && ldy == 10) {
            write_ten_columns(y, kWidth<T>, columns);
            return;
        }
    }
    std::size_t j = 0;
    for (; j + kChunk<T> <= cols; j += kChunk<T>) {
        store_columns(y + j, ldy, columns + j);
    }
    if (j < cols) {
        store_columns(y + cols - kChunk<T>, ldy, columns + cols - kChunk<T>);
    }
}

// Without gaps a copy is one run.
template <class T>
[[gnu::always_inline]] inline void copy_rows(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols,
                                             T* y, std::size_t ldy) {
    const bool one_run = ldx == cols && ldy == cols;
    const std::size_t runs = one_run ? 1 : rows;
    const std::size_t length = one_run ? rows * cols : cols;
    for (std::size_t i = 0; i < runs; ++i) {
        map(x + i * ldx, y + i * ldy, length, [](Vec<T> v) { return v; });
    }
}

// A whole group of rows on the stack, for groups that are short of rows or columns. What is missing is zero.
template <class T>
class StagedRows {
public:
    [[gnu::always_inline]] StagedRows(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols)
        : ld_(readable<T>(cols)) {
        const std::size_t first = ld_ == cols ? rows * cols / kWidth<T> * kWidth<T> : 0;
        for (std::size_t i = first; i < kWidth<T> * ld_; i += kWidth<T>) {
            store_full(values_ + i, Vec<T>(T(0)));
        }
        copy_rows(x, ldx, rows, cols, values_, ld_);
    }
    // Nothing in it yet.
    explicit StagedRows(std::size_t ld) : ld_(ld) {}
    T* data() { return values_; }
    const T* data() const { return values_; }
    std::size_t ld() const { return ld_; }
    [[gnu::always_inline]] void write(T* y, std::size_t ldy, std::size_t rows, std::size_t cols) const {
        copy_rows(values_, ld_, rows, cols, y, ldy);
    }

private:
    std::size_t ld_;
    T values_[kWidth<T> * kFewColumns];
};

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
