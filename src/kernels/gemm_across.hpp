// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// gemm with lanes along the rows of c, for an a that is stored transposed: its rows of m elements are what is
// loaded, and b's elements are broadcast. x^T dz has 784 rows and 50 columns: 49 whole vectors instead of
// three and an eighth. The tile is that of every product; what it computes is c's transpose, which goes over
// the stack and is turned on its way out (turned_tile.hpp).
#pragma once

#include "kernels/gemm_tile.hpp"
#include "kernels/turned_tile.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr std::size_t kAcrossVectors = kMostVectors < 3 ? kMostVectors : 3;
// Which side wastes fewer lanes. Turning costs about what four steps of k do. It is paid where a is the
// taller and its steps lie in more pages than the first TLB holds: here a is read once, along columns once
// for every strip (784 x 100 x 100: 1.15 to 1.3 times as fast with equal lanes; not measured with 32
// registers).
template <class T>
bool across_pays(const GemmBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    if (w == 1 || g.a_row != 1 || g.k < 8) {
        return false;
    }
    const std::size_t columns = g.m * ((g.n + w - 1) / w);
    const std::size_t rows = g.n * ((g.m + w - 1) / w);
    if (kRegisters != 32 && g.m > g.n && g.k >= 64) {
        return rows <= columns;
    }
    return rows * (g.k + 4) < columns * g.k;
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

// A whole tile, as most are, without a start or with the same for all rows: turned from registers.
template <class T, std::size_t V, bool Partial>
void across_tile(const TilePlace<T>& t, const T* bias, T* c, std::size_t ldc) {
    Accumulators<T, kTileRows<V>, V> acc;
    acc.each(
        [=](std::size_t r, std::size_t, Vec<T>& value) { value = Vec<T>(bias == nullptr ? T(0) : bias[r]); });
    multiply_add<T, kTileRows<V>, V, Partial>(t, acc);
    scatter<T, kTileRows<V>, V, Partial>(acc, c, ldc, t.lanes);
}

// All columns of c for V vectors of its rows, from row i on.
template <class T, std::size_t V, bool Partial>
void across_strip(const GemmBlock<T>& g, std::size_t i, std::size_t lanes) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t ld = V * w;
    alignas(64) T turned[kAccumulators * w];
    const std::size_t rows = ld - w + lanes;
    for (std::size_t j = 0; j < g.n; j += kTileRows<V>) {
        const std::size_t columns = g.n - j < kTileRows<V> ? g.n - j : kTileRows<V>;
        T* const c = g.c + i * g.ldc + j;
        const TilePlace<T> t{g.b + j, 1, g.ldb, g.a + i, g.a_col, g.k, lanes};
        if (columns == kTileRows<V> && (g.start == nullptr || g.start_row == 0)) {
            across_tile<T, V, Partial>(t, g.start == nullptr ? nullptr : g.start + j, c, g.ldc);
            continue;
        }
        const T* start = nullptr;
        if (g.start != nullptr) {
            gather_turned(g.start + i * g.start_row + j, g.start_row, columns, rows, turned, ld);
            start = turned;
        }
        tile_of<T, V, Partial>(columns)(t, start, ld, turned, ld);
        scatter_turned(turned, ld, columns, rows, c, g.ldc);
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
        across_strip<T, V, false>(g, i, lanes);
    } else {
        across_strip<T, V, true>(g, i, lanes);
    }
}

template <class T>
void gemm_across(const GemmBlock<T>& g) {
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
