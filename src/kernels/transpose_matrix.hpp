// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The transpose of a whole matrix, through registers: kWidth rows and kChunk columns at a time.
//
// bound   stores: one a vector; every cache line of y is written whole
#pragma once

#include "kernels/transpose.hpp"

namespace thalweg::kernels::THALWEG_ISA {

template <class T>
void transpose(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    constexpr std::size_t w = kWidth<T>;
    const auto rest = [=](std::size_t i0, std::size_t i1, std::size_t j0) {
        for (std::size_t j = j0; j < cols; ++j) {
            for (std::size_t i = i0; i < i1; ++i) {
                y[j * ldy + i] = x[i * ldx + j];
            }
        }
    };
    std::size_t i = 0;
    for (; i + w <= rows; i += w) {
        std::size_t j = 0;
        for (; j + kChunk<T> <= cols; j += kChunk<T>) {
            Vec<T> columns[kChunk<T>];
            load_columns<T>(x + i * ldx + j, ldx, columns);
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                store_full(y + (j + e) * ldy + i, columns[e]);
            }
        }
        rest(i, i + w, j);
    }
    rest(i, rows, 0);
}

}  // namespace thalweg::kernels::THALWEG_ISA
