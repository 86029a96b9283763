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

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Two groups of rows at once, so that chains of two columns do not wait for each other.
inline constexpr std::size_t kSideGroups = 2;
inline constexpr std::size_t kMostSideColumns = 8;
inline constexpr std::size_t kLinesAhead = 4;

// Rows that a step takes.
template <class T>
inline constexpr std::size_t kSideRows = kSideGroups* kWidth<T>;

// How many columns at the end of the block few_columns() should do; 0: none.
template <class T>
std::size_t side_columns(const GemmBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    if constexpr (w < 4) {
        return 0;
    }
    const std::size_t over = g.n % w;
    const bool alone = over == g.n;
    // With b's row in one cache line beside it, a whole product of few columns gains, too.
    const std::size_t most = alone ? w / 2 : w / 4;
    const bool rows_lie = g.a_col == 1 || g.a_row == 1;
    return rows_lie && g.m >= w && g.k >= 16 && over <= most && over <= kMostSideColumns ? over : 0;
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

template <class T, std::size_t Groups, std::size_t C>
void side_tile(const GemmBlock<T>& g, std::size_t i) {
    constexpr std::size_t w = kWidth<T>;
    T lanes[w];
    Vec<T> acc[Groups][C];
    const auto at_start = [&](std::size_t q, std::size_t c) {
        if (g.start == nullptr) {
            return Vec<T>(T(0));
        }
        for (std::size_t l = 0; l < w; ++l) {
            lanes[l] = g.start[(i + q * w + l) * g.start_row + c];
        }
        return load_full(lanes);
    };
#pragma GCC unroll 2
    for (std::size_t q = 0; q < Groups; ++q) {
#pragma GCC unroll 8
        for (std::size_t c = 0; c < C; ++c) {
            acc[q][c] = at_start(q, c);
        }
    }
    const auto step = [&](const Vec<T>& column, std::size_t q, const T* b) {
#pragma GCC unroll 8
        for (std::size_t c = 0; c < C; ++c) {
            acc[q][c] = fma(column, Vec<T>(b[c]), acc[q][c]);
        }
    };
    // Rows far apart are more streams than the hardware follows.
    constexpr std::size_t kLine = 64 / sizeof(T);
    const auto ask_ahead = [&](std::size_t p) {
        for (std::size_t r = 0; r < Groups * w; ++r) {
            __builtin_prefetch(g.a + (i + r) * g.a_row + p + kLinesAhead * kLine);
        }
    };
    std::size_t p = 0;
    for (; p + kChunk<T> <= g.k; p += kChunk<T>) {
        if (g.a_col == 1 && p % kLine == 0) {
            ask_ahead(p);
        }
#pragma GCC unroll 2
        for (std::size_t q = 0; q < Groups; ++q) {
            Vec<T> columns[kChunk<T>];
            load_steps(g, i + q * w, p, columns);
#pragma GCC unroll 4
            for (std::size_t e = 0; e < kChunk<T>; ++e) {
                step(columns[e], q, g.b + (p + e) * g.ldb);
            }
        }
    }
    for (; p < g.k; ++p) {
#pragma GCC unroll 2
        for (std::size_t q = 0; q < Groups; ++q) {
            for (std::size_t l = 0; l < w; ++l) {
                lanes[l] = g.a[(i + q * w + l) * g.a_row + p * g.a_col];
            }
            step(load_full(lanes), q, g.b + p * g.ldb);
        }
    }
#pragma GCC unroll 2
    for (std::size_t q = 0; q < Groups; ++q) {
#pragma GCC unroll 8
        for (std::size_t c = 0; c < C; ++c) {
            store_full(lanes, acc[q][c]);
            for (std::size_t l = 0; l < w; ++l) {
                g.c[(i + q * w + l) * g.ldc + c] = lanes[l];
            }
        }
    }
}

// The whole groups of rows of a block of at most kMostSideColumns columns.
template <class T, std::size_t C = kMostSideColumns>
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
