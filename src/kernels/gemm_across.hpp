// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// gemm with lanes along the rows of c, for an a that is stored transposed: its rows of m elements are what is
// loaded, and b's elements are broadcast. x^T dz has 784 rows and 50 columns: 49 whole vectors instead of
// three and an eighth. The tile is c's transpose and is turned on its way out.
#pragma once

#include "kernels/gemm_tile.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr std::size_t kAcrossVectors = kMostVectors < 3 ? kMostVectors : 3;
// Columns of c in a tile, preferably whole chunks, which turn best.
template <std::size_t V>
inline constexpr std::size_t kAcrossRows = kTileRows<V>;

// Which side wastes fewer lanes. Turning costs about what four steps of k do.
template <class T>
bool across_pays(const GemmBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    if (w == 1 || g.a_row != 1 || g.k < 8) {
        return false;
    }
    const std::size_t columns = g.m * ((g.n + w - 1) / w);
    const std::size_t rows = g.n * ((g.m + w - 1) / w);
    return rows * (g.k + 4) < columns * g.k;
}

// Rows of the transposed tile where they lie as columns in memory, through a copy in between.
template <class T, std::size_t R, std::size_t V>
[[gnu::always_inline]] inline void gather_start(Accumulators<T, R, V>& acc, const T* start,
                                                std::size_t start_row, std::size_t lanes) {
    constexpr std::size_t w = kWidth<T>;
    if (start == nullptr) {
        acc.each([](std::size_t, std::size_t, Vec<T>& value) { value = Vec<T>(T(0)); });
        return;
    }
    if (start_row == 0) {
        acc.each([=](std::size_t r, std::size_t, Vec<T>& value) { value = Vec<T>(start[r]); });
        return;
    }
    T values[R][V * w] = {};
    for (std::size_t l = 0; l < (V - 1) * w + lanes; ++l) {
        for (std::size_t r = 0; r < R; ++r) {
            values[r][l] = start[l * start_row + r];
        }
    }
    acc.each([&](std::size_t r, std::size_t v, Vec<T>& value) { value = load_full(values[r] + v * w); });
}

// Vector v of all R rows becomes R elements each of kWidth<T> rows of c, or of `lanes` where Whole is false.
template <class T, std::size_t R, std::size_t V, bool Whole>
[[gnu::always_inline]] inline void scatter_vector(Accumulators<T, R, V>& acc, std::size_t v, T* c,
                                                  std::size_t ldc, std::size_t lanes) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kTurned = Whole ? R / kChunk<T> * kChunk<T> : 0;
#pragma GCC unroll 12
    for (std::size_t r = 0; r < kTurned; r += kChunk<T>) {
        Vec<T> columns[kChunk<T>];
#pragma GCC unroll 4
        for (std::size_t e = 0; e < kChunk<T>; ++e) {
            columns[e] = acc.at[r + e][v];
        }
        store_columns<T>(c + r, ldc, columns);
    }
    if constexpr (kTurned < R) {
        T values[R - kTurned][w];
#pragma GCC unroll 12
        for (std::size_t r = kTurned; r < R; ++r) {
            store_full(values[r - kTurned], acc.at[r][v]);
        }
        for (std::size_t l = 0; l < lanes; ++l) {
            for (std::size_t r = kTurned; r < R; ++r) {
                c[l * ldc + r] = values[r - kTurned][l];
            }
        }
    }
}

template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void scatter(Accumulators<T, R, V>& acc, T* c, std::size_t ldc,
                                           std::size_t lanes) {
    constexpr std::size_t w = kWidth<T>;
#pragma GCC unroll 4
    for (std::size_t v = 0; v + 1 < V; ++v) {
        scatter_vector<T, R, V, true>(acc, v, c + v * w * ldc, ldc, w);
    }
    scatter_vector<T, R, V, !Partial>(acc, V - 1, c + (V - 1) * w * ldc, ldc, lanes);
}

template <class T, std::size_t R, std::size_t V, bool Partial>
void across_tile(const TilePlace<T>& t, const T* start, std::size_t start_row, T* c, std::size_t ldc) {
    Accumulators<T, R, V> acc;
    gather_start<T, R, V>(acc, start, start_row, t.lanes);
    multiply_add<T, R, V, Partial>(t, acc);
    scatter<T, R, V, Partial>(acc, c, ldc, t.lanes);
}

// All columns of c for V vectors of its rows, from row i on: tiles of R columns, then the columns left over.
template <class T, std::size_t V, bool Partial, std::size_t R = kAcrossRows<V>>
void across_strip(const GemmBlock<T>& g, std::size_t i, std::size_t j, std::size_t lanes) {
    for (; j + R <= g.n; j += R) {
        const TilePlace<T> t{g.b + j, 1, g.ldb, g.a + i, g.a_col, g.k, lanes};
        const T* const start = g.start == nullptr ? nullptr : g.start + i * g.start_row + j;
        across_tile<T, R, V, Partial>(t, start, g.start_row, g.c + i * g.ldc + j, g.ldc);
    }
    if constexpr (R > 1) {
        if (j < g.n) {
            across_strip<T, V, Partial, R - 1>(g, i, j, lanes);
        }
    }
}

template <class T, std::size_t V = kAcrossVectors>
void across_strip_of(const GemmBlock<T>& g, std::size_t vectors, std::size_t i, std::size_t lanes) {
    if constexpr (V > 1) {
        if (vectors < V) {
            across_strip_of<T, V - 1>(g, vectors, i, lanes);
            return;
        }
    }
    if (lanes == kWidth<T>) {
        across_strip<T, V, false>(g, i, 0, lanes);
    } else {
        across_strip<T, V, true>(g, i, 0, lanes);
    }
}

template <class T>
void along_rows(const GemmBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    const EvenParts strips((g.m + w - 1) / w, kAcrossVectors);
    std::size_t i = 0;
    for (std::size_t s = 0; s < strips.count; ++s) {
        const std::size_t vectors = strips.of(s);
        const std::size_t left = g.m - i;
        across_strip_of<T>(g, vectors, i, left < vectors * w ? left - (vectors - 1) * w : w);
        i += vectors * w;
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
