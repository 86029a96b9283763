// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The columns of c that would fill only a few lanes of a vector, with lanes along the rows of c instead: a's
// rows are transposed in registers, kWidth of them and kChunk steps of k at a time. The book's 50 hidden
// units are three vectors of 16 and two columns: the fourth vector would be 14 lanes of waste in 64.
//
// bound   on avx512 floats about 20 shuffles and loads, and 4 multiply-adds a column, for 16 rows and 4
//         steps, which a masked vector does in 64 multiply-adds
#pragma once

#include "kernels/gemm_tile.hpp"
#include "kernels/turned_tile.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Two groups of rows at once, so that chains of two columns do not wait for each other.
inline constexpr std::size_t kSideGroups = 2;
// Columns: half a vector, when there are no others, and never more than accumulators allow.
template <class T>
inline constexpr std::size_t kMostSideColumns = kWidth<T> < 16 ? kWidth<T> / 2 : 8;
inline constexpr std::size_t kLinesAhead = 4;

// Rows that a step takes.
template <class T>
constexpr std::size_t side_rows() {
    return kSideGroups * kWidth<T>;
}

// Narrower vectors waste too little.
template <class T>
inline constexpr bool kHasSide = kWidth<T> >= 4;

// How many columns at the end of the block few_columns() should do; 0: none. Only where kHasSide.
template <class T>
std::size_t side_columns(const GemmBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    const std::size_t over = g.n % w;
    const bool alone = over == g.n;
    // With b's row in one cache line beside it, a whole product of few columns gains, too.
    const std::size_t most = alone ? w / 2 : w / 4;
    const bool rows_lie = g.a_col == 1 || g.a_row == 1;
    return rows_lie && g.m >= w && g.k >= 16 && over <= most && over <= kMostSideColumns<T> ? over : 0;
}

// kChunk steps of a's columns for one group of rows, from either layout.
template <class T>
[[gnu::always_inline]] inline void load_steps(const GemmBlock<T>& g, std::size_t i, std::size_t p,
                                              Vec<T>* columns) {
    if (g.a_col == 1) {
        load_columns<T>(g.a + i * g.a_row + p, g.a_row, columns);
        return;
    }
#pragma GCC unroll 4
    for (std::size_t e = 0; e < kChunk<T>; ++e) {
        columns[e] = load_full(g.a + (p + e) * g.a_col + i);
    }
}

// kWidth elements `stride` apart.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_strided(const T* p, std::size_t stride) {
    T lanes[kWidth<T>];
    for (std::size_t l = 0; l < kWidth<T>; ++l) {
        lanes[l] = p[l * stride];
    }
    return load_full(lanes);
}

// One step of a group's chains: a's column against b's row.
template <class T, std::size_t C>
[[gnu::always_inline]] inline void side_step(Vec<T> column, const T* b, Vec<T> (&acc)[C]) {
#pragma GCC unroll 8
    for (std::size_t c = 0; c < C; ++c) {
        acc[c] = fma(column, Vec<T>(b[c]), acc[c]);
    }
}

// Rows far apart are more streams than the hardware follows.
template <class T, std::size_t Rows>
[[gnu::always_inline]] inline void prefetch_rows(const T* a, std::size_t a_row) {
    for (std::size_t r = 0; r < Rows; ++r) {
        prefetch(a + r * a_row + kLinesAhead * (64 / sizeof(T)));
    }
}

// All steps of Groups * kWidth rows from row i on.
template <class T, std::size_t Groups, std::size_t C>
[[gnu::always_inline]] inline void side_chains(const GemmBlock<T>& g, std::size_t i,
                                               Vec<T> (&acc)[Groups][C]) {
    constexpr std::size_t w = kWidth<T>;
    std::size_t p = 0;
    for (; p + kChunk<T> <= g.k; p += kChunk<T>) {
        if (g.a_col == 1 && p % (64 / sizeof(T)) == 0) {
            prefetch_rows<T, Groups * w>(g.a + i * g.a_row + p, g.a_row);
        }
#pragma GCC unroll 2
        for (std::size_t q = 0; q < Groups; ++q) {
            Vec<T> columns[kChunk<T>];
            load_steps(g, i + q * w, p, columns);
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                side_step<T, C>(columns[e], g.b + (p + e) * g.ldb, acc[q]);
            }
        }
    }
    for (; p < g.k; ++p) {
#pragma GCC unroll 2
        for (std::size_t q = 0; q < Groups; ++q) {
            const T* const column = g.a + (i + q * w) * g.a_row + p * g.a_col;
            side_step<T, C>(load_strided(column, g.a_row), g.b + p * g.ldb, acc[q]);
        }
    }
}

// The accumulators' first values come, and their last go, over the stack (turned_tile.hpp).
template <class T, std::size_t Groups, std::size_t C>
void side_tile(const GemmBlock<T>& g, std::size_t i) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t ld = Groups * w;
    alignas(64) T turned[C * ld];
    Vec<T> acc[Groups][C];
    if (g.start != nullptr) {
        gather_turned(g.start + i * g.start_row, g.start_row, C, ld, turned, ld);
    }
#pragma GCC unroll 2
    for (std::size_t q = 0; q < Groups; ++q) {
#pragma GCC unroll 8
        for (std::size_t c = 0; c < C; ++c) {
            acc[q][c] = g.start == nullptr ? Vec<T>(T(0)) : load_full(turned + c * ld + q * w);
        }
    }
    side_chains<T, Groups, C>(g, i, acc);
#pragma GCC unroll 2
    for (std::size_t q = 0; q < Groups; ++q) {
#pragma GCC unroll 8
        for (std::size_t c = 0; c < C; ++c) {
            store_full(turned + c * ld + q * w, acc[q][c]);
        }
    }
    scatter_turned(turned, ld, C, ld, g.c + i * g.ldc, g.ldc);
}

// The whole groups of rows of a block of at most kMostSideColumns<T> columns.
template <class T, std::size_t C = kMostSideColumns<T>>
void few_columns(const GemmBlock<T>& g) {
    if constexpr (C > 1) {
        if (g.n < C) {
            few_columns<T, C - 1>(g);
            return;
        }
    }
    constexpr std::size_t w = kWidth<T>;
    std::size_t i = 0;
    for (; i + kSideGroups * w <= g.m; i += kSideGroups * w) {
        side_tile<T, kSideGroups, C>(g, i);
    }
    if (i + w <= g.m) {
        side_tile<T, 1, C>(g, i);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
