// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of few rows with a b that no cache holds: b is read once, a few of its rows at a time and along
// them, as memory likes it, while c stays in the caches and is taken up and put back for each such block.
// Packing b first would cost as much as the product. One row has a way of its own, from nearer caches, too.
//
// bound   reading b, and a load and a store of c for every `depth` multiply-adds
#pragma once

#include "kernels/gemm.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// One row of a takes so many rows of b at a time, in strips of so many vectors: better behind 16 registers
// than any strip from top to bottom, since b is read nearly in order, by as many streams as the prefetchers
// follow, while what comes kBytesAhead later is asked for. 784 x 256 takes 0.92 of the time of strips of
// eight vectors, 256 x 128 0.87, 4096 x 4096 0.75 (Zen 3: third cache, second, memory).
inline constexpr std::size_t kRowDepth = 8;
inline constexpr std::size_t kRowVectors = 4;
template <class T>
inline constexpr std::size_t kColumnsAhead = (8 << 10) / sizeof(T) / kRowDepth;

// c = start + a b for one row of a, kRowDepth of b, and V vectors of columns from j on.
template <class T, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void row_strip(const GemmBlock<T>& g, const Vec<T> (&factor)[kRowDepth],
                                             std::size_t j, std::size_t lanes) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kLine = 64 / sizeof(T);
    const auto load = [=](const T* x, std::size_t v) THALWEG_INLINE_LAMBDA {
        return Partial && v == V - 1 ? load_partial(x + v * w, lanes) : load_full(x + v * w);
    };
    // In the same rows, or at the beginning of the next ones.
    const std::size_t ahead = g.n <= kColumnsAhead<T>      ? kRowDepth * g.ldb
                              : j + kColumnsAhead<T> < g.n ? kColumnsAhead<T>
                                                           : kRowDepth * g.ldb + kColumnsAhead<T> - g.n;
    Vec<T> acc[V];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
        acc[v] = g.start == nullptr ? Vec<T>(T(0)) : load(g.start + j, v);
    }
#pragma GCC unroll 8
    for (std::size_t p = 0; p < kRowDepth; ++p) {
        const T* const b = g.b + p * g.ldb + j;
#pragma GCC unroll 4
        for (std::size_t at = 0; at < V * w; at += kLine) {
            prefetch(b + ahead + at);
        }
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v) {
            acc[v] = fma(factor[p], load(b, v), acc[v]);
        }
    }
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
        if (Partial && v == V - 1) {
            store_partial(g.c + j + v * w, acc[v], lanes);
        } else {
            store_full(g.c + j + v * w, acc[v]);
        }
    }
}

// All columns for kRowDepth rows of b: strips of kRowVectors, then one of what is left.
template <class T, std::size_t V = kRowVectors>
[[gnu::always_inline]] inline void last_row_strip(const GemmBlock<T>& g, const Vec<T> (&factor)[kRowDepth],
                                                  std::size_t j) {
    if constexpr (V > 1) {
        if (g.n - j <= (V - 1) * kWidth<T>) {
            last_row_strip<T, V - 1>(g, factor, j);
            return;
        }
    }
    row_strip<T, V, true>(g, factor, j, g.n - j - (V - 1) * kWidth<T>);
}
template <class T>
void row_step(const GemmBlock<T>& g) {
    constexpr std::size_t kColumns = kRowVectors * kWidth<T>;
    Vec<T> factor[kRowDepth];
#pragma GCC unroll 8
    for (std::size_t p = 0; p < kRowDepth; ++p) {
        factor[p] = Vec<T>(g.a[p * g.a_col]);
    }
    std::size_t j = 0;
    for (; j + kColumns <= g.n; j += kColumns) {
        row_strip<T, kRowVectors, false>(g, factor, j, 0);
    }
    if (j < g.n) {
        last_row_strip(g, factor, j);
    }
}

// One row of a, all of b.
template <class T>
void streamed_row(GemmBlock<T> g) {
    for (; g.k >= kRowDepth; g.k -= kRowDepth) {
        row_step(g);
        g.a += kRowDepth * g.a_col;
        g.b += kRowDepth * g.ldb;
        g.start = g.c;
    }
    // Without any step c is the start.
    if (g.k > 0 || g.start != g.c) {
        along_columns(g);
    }
}

}  // namespace

// As gemm(), for few rows: one tile takes them all where it can. depth, 1 at least: rows of b at a time;
// ahead: so many of the next ones are asked for meanwhile.
template <class T>
void gemm_streamed(const GemmBlock<T>& g, std::size_t depth, std::size_t ahead) {
    if constexpr (kSeveralLanes<T> && kRegisters != 32) {
        if (g.m == 1 && g.n > kWidestStrip * kWidth<T>) {
            streamed_row(g);
            return;
        }
    }
    const bool one_narrower_tile = g.m > kTileRows<kMostVectors> && g.m <= kTileRows<kPackedVectors>;
    GemmBlock<T> part = g;
    std::size_t left = g.k;
    do {
        part.k = left < depth ? left : depth;
        const std::size_t below = left - part.k;
        along_columns(part, one_narrower_tile ? kPackedVectors : kMostVectors, below < ahead ? below : ahead);
        part.a += part.k * g.a_col;
        part.b += part.k * g.ldb;
        part.start = g.c;
        part.start_row = g.ldc;
        left -= part.k;
    } while (left > 0);
}

}  // namespace thalweg::kernels::THALWEG_ISA
