// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Tiles of c that are computed with lanes along c's rows and wait on the stack, transposed, for their way
// out: row r of the tile is column r of c. One copy for all sizes of tile: inside each they were most of its
// code.
//
// bound   stores of c; a chunk of 16 bytes each where the tile has as many rows
#pragma once

#include "kernels/transpose.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// turned[r * ld + l] = c[l * c_row + r] for r below rows, l below cols; c_row = 0: one row for all.
// turned has whole vectors.
template <class T>
THALWEG_ONE_COPY void gather_turned(const T* c, std::size_t c_row, std::size_t rows, std::size_t cols,
                                    T* turned, std::size_t ld) {
    if (c_row == 0) {
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t l = 0; l < cols; l += kWidth<T>) {
                store_full(turned + row * ld + l, Vec<T>(c[row]));
            }
        }
        return;
    }
    const std::size_t whole = cols / kWidth<T> * kWidth<T>;
    std::size_t r = 0;
    for (; r + kChunk<T> <= rows; r += kChunk<T>) {
        T* const to = turned + r * ld;
        for (std::size_t l = 0; l < whole; l += kWidth<T>) {
            Vec<T> columns[kChunk<T>];
            load_columns<T>(c + l * c_row + r, c_row, columns);
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                store_full(to + e * ld + l, columns[e]);
            }
        }
        for (std::size_t l = whole; l < cols; ++l) {
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                to[e * ld + l] = c[l * c_row + r + e];
            }
        }
    }
    for (; r < rows; ++r) {
#pragma GCC unroll 4
        for (std::size_t l = 0; l < cols; ++l) {
            turned[r * ld + l] = c[l * c_row + r];
        }
    }
}

// c[l * ldc + r] = turned[r * ld + l] for r below rows, l below cols.
template <class T>
THALWEG_ONE_COPY void scatter_turned(const T* turned, std::size_t ld, std::size_t rows, std::size_t cols,
                                     T* c, std::size_t ldc) {
    constexpr std::size_t w = kWidth<T>;
    const std::size_t whole = cols / w * w;
    std::size_t r = 0;
    for (; r + kChunk<T> <= rows; r += kChunk<T>) {
        const T* const from = turned + r * ld;
        for (std::size_t l = 0; l < whole; l += w) {
            Vec<T> columns[kChunk<T>];
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                columns[e] = load_full(from + e * ld + l);
            }
            store_columns<T>(c + l * ldc + r, ldc, columns);
        }
        for (std::size_t l = whole; l < cols; ++l) {
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                c[l * ldc + r + e] = from[e * ld + l];
            }
        }
    }
    for (; r < rows; ++r) {
#pragma GCC unroll 4
        for (std::size_t l = 0; l < cols; ++l) {
            c[l * ldc + r] = turned[r * ld + l];
        }
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
