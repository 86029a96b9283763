// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// gemm: c = start + a b, each element one fma chain over ascending k, held in a register from start to end.
//
// A tile of kRows x kVectors accumulators stays in registers while k runs; every step loads kVectors vectors
// of b's row and broadcasts kRows elements of a's column. Tails are tiles of fewer rows and a last vector
// with fewer lanes: the same arithmetic, so an element's bits do not depend on where it falls.
//
// shape   a: [m,k] by two strides  b: [k,n]  c: [m,n]; see GemmBlock
// error   |c - exact| <= k*eps * (|start| + |a||b|)
// source  Goto and van de Geijn 2008, for the outer-product form; order: docs/numerics.md
#pragma once

#include "kernels/table.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// 24 accumulators of 32 registers, or 12 of 16, leave room for b's vectors and one broadcast; without fma the
// product needs a register as well.
inline constexpr std::size_t kTileRows = kHasFma ? 6 : 4;
inline constexpr std::size_t kTileVectors = kRegisters == 32 ? 4 : 2;

// One register tile of R rows and V vectors, of which the last has `lanes` lanes when Partial.
template <class T, std::size_t R, std::size_t V, bool Partial>
void tile(const GemmBlock<T>& g, std::size_t i, std::size_t j, std::size_t lanes) {
    constexpr std::size_t w = kWidth<T>;
    const auto load_row = [lanes](const T* p, std::size_t v) {
        return Partial && v == V - 1 ? load_partial(p + v * w, lanes) : load_full(p + v * w);
    };
    Vec<T> acc[R][V];
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (std::size_t v = 0; v < V; ++v) {
            acc[r][v] = g.start == nullptr ? Vec<T>(T(0)) : load_row(g.start + (i + r) * g.start_row + j, v);
        }
    }
    const T* a = g.a + i * g.a_row;
    const T* b = g.b + j;
    for (std::size_t p = 0; p < g.k; ++p, a += g.a_col, b += g.ldb) {
        Vec<T> row[V];
#pragma GCC unroll 8
        for (std::size_t v = 0; v < V; ++v) {
            row[v] = load_row(b, v);
        }
#pragma GCC unroll 8
        for (std::size_t r = 0; r < R; ++r) {
            const Vec<T> factor(a[r * g.a_row]);
#pragma GCC unroll 8
            for (std::size_t v = 0; v < V; ++v) {
                acc[r][v] = fma(factor, row[v], acc[r][v]);
            }
        }
    }
#pragma GCC unroll 8
    for (std::size_t r = 0; r < R; ++r) {
        T* const c = g.c + (i + r) * g.ldc + j;
#pragma GCC unroll 8
        for (std::size_t v = 0; v < V; ++v) {
            if (Partial && v == V - 1) {
                store_partial(c + v * w, acc[r][v], lanes);
            } else {
                store_full(c + v * w, acc[r][v]);
            }
        }
    }
}

// All rows of one strip of V vectors: whole tiles, then the tile of the rows left over.
template <class T, std::size_t V, bool Partial, std::size_t R = kTileRows>
void strip(const GemmBlock<T>& g, std::size_t i, std::size_t j, std::size_t lanes) {
    for (; i + R <= g.m; i += R) {
        tile<T, R, V, Partial>(g, i, j, lanes);
    }
    if constexpr (R > 1) {
        if (i < g.m) {
            strip<T, V, Partial, R - 1>(g, i, j, lanes);
        }
    }
}

// The last columns, fewer than a whole strip.
template <class T, std::size_t V>
void last_strip(const GemmBlock<T>& g, std::size_t j) {
    constexpr std::size_t w = kWidth<T>;
    const std::size_t cols = g.n - j;
    if constexpr (V > 1) {
        if (cols <= (V - 1) * w) {
            last_strip<T, V - 1>(g, j);
            return;
        }
    }
    const std::size_t lanes = cols - (V - 1) * w;
    if (lanes == w) {
        strip<T, V, false>(g, 0, j, lanes);
    } else {
        strip<T, V, true>(g, 0, j, lanes);
    }
}

template <class T>
void gemm(const GemmBlock<T>& g) {
    constexpr std::size_t cols = kTileVectors * kWidth<T>;
    std::size_t j = 0;
    for (; j + cols <= g.n; j += cols) {
        strip<T, kTileVectors, false>(g, 0, j, cols);
    }
    if (j < g.n) {
        last_strip<T, kTileVectors>(g, j);
    }
}

// Square blocks keep both sides in cache lines that are used whole.
template <class T>
void transpose(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    constexpr std::size_t kBlock = 64 / sizeof(T);
    for (std::size_t i0 = 0; i0 < rows; i0 += kBlock) {
        const std::size_t i1 = i0 + kBlock < rows ? i0 + kBlock : rows;
        for (std::size_t j0 = 0; j0 < cols; j0 += kBlock) {
            const std::size_t j1 = j0 + kBlock < cols ? j0 + kBlock : cols;
            for (std::size_t j = j0; j < j1; ++j) {
                for (std::size_t i = i0; i < i1; ++i) {
                    y[j * ldy + i] = x[i * ldx + j];
                }
            }
        }
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
