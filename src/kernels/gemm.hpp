// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// gemm: c = start + a b, each element one fma chain over ascending k, held in a register from start to end.
//
// Columns are cut into strips of at most kMostVectors vectors, rows into tiles, both into parts of nearly
// equal size: 100 rows are 13 tiles of 7 or 8, not 12 of 8 and one of 4. None of the ways changes a bit of
// any element.
//
//   way              when                                                        file
//   along_columns    lanes along c's columns: whatever is not below              gemm.hpp
//   gemm_across      lanes along c's rows: a is stored transposed and this       gemm_across.hpp
//                    wastes fewer lanes
//   few_columns      the last columns, where they fill a quarter of a vector     gemm_side.hpp
//                    or less: lanes along c's rows, a transposed in registers
//   gemm_packed      b was packed by the layers above: too large for the caches  gemm_packed.hpp
//   gemm_streamed    the same with few rows of a: packing would not pay          gemm_streamed.hpp
//   gemm_nonzero     a are pixels, most of them 0, whose steps are left out      nonzero.hpp
//
// shape   a: [m,k] by two strides  b: [k,n]  c: [m,n]; see GemmBlock
// error   |c - exact| <= k*eps * (|start| + |a||b|)
// bound   the multiply-add pipes: lanes used / lanes computed of their peak
#pragma once

#include "kernels/gemm_across.hpp"
#include "kernels/gemm_side.hpp"
#include "kernels/gemm_tile.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Rows first to last - 1 of a block.
template <class T>
GemmBlock<T> rows_of(const GemmBlock<T>& g, std::size_t first, std::size_t last) {
    GemmBlock<T> part = g;
    part.m = last - first;
    part.a += first * g.a_row;
    part.c += first * g.ldc;
    part.start = g.start == nullptr ? nullptr : g.start + first * g.start_row;
    return part;
}

// All rows of one strip of V vectors from column j on.
template <class T, std::size_t V, bool Partial>
void strip(const GemmBlock<T>& g, std::size_t j, std::size_t lanes) {
    const EvenParts rows(g.m, kTileRows<V>);
    TilePlace<T> t{g.a, g.a_row, g.a_col, g.b + j, g.ldb, g.k, lanes};
    const T* start = g.start == nullptr ? nullptr : g.start + j;
    T* c = g.c + j;
    for (std::size_t index = 0; index < rows.count; ++index) {
        const std::size_t size = rows.of(index);
        tile_of<T, V, Partial>(size)(t, start, g.start_row, c, g.ldc);
        t.a += size * g.a_row;
        c += size * g.ldc;
        start = start == nullptr ? nullptr : start + size * g.start_row;
    }
}

template <class T, std::size_t V = kWidestStrip>
void strip_of(const GemmBlock<T>& g, std::size_t vectors, std::size_t j, std::size_t lanes) {
    if constexpr (V > 1) {
        if (vectors < V) {
            strip_of<T, V - 1>(g, vectors, j, lanes);
            return;
        }
    }
    if constexpr (kSeveralLanes<T>) {
        if (lanes < kWidth<T>) {
            strip<T, V, true>(g, j, lanes);
            return;
        }
    }
    strip<T, V, false>(g, j, lanes);
}

// In strips of at most so many vectors, or of more where too few rows are there to fill the accumulators.
// ahead: so many rows of b below the block are asked for meanwhile.
template <class T>
void along_columns(const GemmBlock<T>& g, std::size_t most_vectors = kMostVectors, std::size_t ahead = 0) {
    constexpr std::size_t w = kWidth<T>;
    if (kWidestStrip > kMostVectors && g.m * kMostVectors < kAccumulators) {
        const std::size_t widest = kAccumulators / (g.m == 0 ? 1 : g.m);
        most_vectors = widest < kWidestStrip ? widest : kWidestStrip;
    }
    const EvenParts strips((g.n + w - 1) / w, most_vectors);
    std::size_t j = 0;
    for (std::size_t s = 0; s < strips.count; ++s) {
        const std::size_t vectors = strips.of(s);
        const std::size_t left = g.n - j;
        for (std::size_t r = 0; r < ahead; ++r) {
            for (std::size_t v = 0; v < vectors; ++v) {
                prefetch(g.b + (g.k + r) * g.ldb + j + v * w);
            }
        }
        strip_of<T>(g, vectors, j, left < vectors * w ? left - (vectors - 1) * w : w);
        j += vectors * w;
    }
}

// The last `side` columns apart from the others.
template <class T>
void with_side(const GemmBlock<T>& g, std::size_t side) {
    GemmBlock<T> main = g;
    main.n -= side;
    along_columns(main);
    GemmBlock<T> rest = g;
    rest.n = side;
    rest.b += main.n;
    rest.c += main.n;
    rest.start = g.start == nullptr ? nullptr : g.start + main.n;
    few_columns(rest);
    // The rows that fill no vector.
    along_columns(rows_of(rest, g.m / kWidth<T> * kWidth<T>, g.m));
}

// f(first, last) for groups of rows. With side columns a is read twice: so many rows at a time that the
// second time finds them in the cache.
template <class T, class F>
void by_row_groups(const GemmBlock<T>& g, F f) {
    constexpr std::size_t kRowsBytes = 256 << 10;
    const std::size_t fitting = kRowsBytes / ((g.k + 1) * sizeof(T)) / side_rows<T>() * side_rows<T>();
    const std::size_t rows = fitting < side_rows<T>() ? side_rows<T>() : fitting;
    for (std::size_t i = 0, end = 0; i < g.m; i = end) {
        // What is left must not become a block of a few rows.
        end = g.m - i < rows + rows / 2 ? g.m : i + rows;
        f(i, end);
    }
}

}  // namespace

template <class T>
void gemm(const GemmBlock<T>& g) {
    if constexpr (kSeveralLanes<T>) {
        if (across_pays(g)) {
            gemm_across(g);
            return;
        }
    }
    if constexpr (kHasSide<T>) {
        if (const std::size_t side = side_columns(g); side != 0) {
            by_row_groups(g, [&](std::size_t i, std::size_t end) { with_side(rows_of(g, i, end), side); });
            return;
        }
    }
    along_columns(g);
}

}  // namespace thalweg::kernels::THALWEG_ISA
