// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products with 8-bit pixels of which most are zero (81 % of MNIST): the chains leave out the steps whose
// pixel is 0. fma(0, b, acc) is acc for every finite b, so no bit changes; whoever calls sees to it that b is
// finite. Which pixels count is a bit each; bits are walked, not lists, since finding the next one runs
// ahead of the multiply-adds that wait for it. A pixel's value comes from a table of 256: nothing is
// converted that is not used.
//
// bound   multiply-adds and loads of b, one of each a vector and step
#pragma once

#include "kernels/gemm_tile.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Bit p of bits[p / 64] is x[p] != 0; bits beyond n are 0.
inline void nonzero_bits(const std::uint8_t* x, std::size_t n, std::uint64_t* bits) {
    std::size_t p = 0;
    for (; p + 64 <= n; p += 64) {
        *bits++ = nonzero_64(x + p);
    }
    if (p < n) {
        std::uint8_t rest[64] = {};
        for (std::size_t q = 0; p + q < n; ++q) {
            rest[q] = x[p + q];
        }
        *bits = nonzero_64(rest);
    }
}

// One round of transpose_bits: squares of Side bits above the diagonal change places with those below it.
template <std::size_t Side>
[[gnu::always_inline]] inline void exchange_squares(std::uint64_t* y, std::uint64_t low) {
#pragma GCC unroll 64
    for (std::size_t i = 0; i < 64; i += 2 * Side) {
#pragma GCC unroll 32
        for (std::size_t r = i; r < i + Side; ++r) {
            const std::uint64_t swap = ((y[r] >> Side) ^ y[r + Side]) & low;
            y[r + Side] ^= swap;
            y[r] ^= swap << Side;
        }
    }
}

// Bit i of y[j] = bit j of x[i], 64 words each way.
// source  Warren, Hacker's Delight, 7-3
inline void transpose_bits(const std::uint64_t* x, std::size_t x_stride, std::size_t rows, std::uint64_t* y) {
    for (std::size_t i = 0; i < 64; ++i) {
        y[i] = i < rows ? x[i * x_stride] : 0;
    }
    exchange_squares<32>(y, 0x00000000ffffffffU);
    exchange_squares<16>(y, 0x0000ffff0000ffffU);
    exchange_squares<8>(y, 0x00ff00ff00ff00ffU);
    exchange_squares<4>(y, 0x0f0f0f0f0f0f0f0fU);
    exchange_squares<2>(y, 0x3333333333333333U);
    exchange_squares<1>(y, 0x5555555555555555U);
}

// How many columns and rows of c one walk over the bits serves.
//
// 16 registers: one row, as many columns as there are accumulators for, so that 50 hidden units are walked
// once. The last vector overlaps the one before it: it computes some columns twice, with the same bits, and
// no load or store is masked, which is slow on many of these processors.
// 32 registers: two rows of four vectors, of which masks cut the last. Two rows share each load of b and do
// the steps of both: an image takes 19 % of the steps, two less than twice that, and a pixel and its
// neighbour agree in most samples. Alone, a row's four chains would wait for each other; three or four rows
// at a time were no faster.
inline constexpr bool kOverlapping = kRegisters != 32;
inline constexpr std::size_t kNonzeroRows = kOverlapping ? 1 : 2;
inline constexpr std::size_t kNonzeroVectors = !kOverlapping ? kMostVectors : (kHasFma ? 13 : 12);

// V vectors of columns: where they begin, and what the last one is.
struct Columns {
    std::size_t first;
    std::size_t lanes;  // of the last vector, where it is partial
    std::size_t last;   // where the last vector begins, after `first`
};

template <class T, std::size_t V>
[[gnu::always_inline]] inline std::size_t column_of(const Columns& columns, std::size_t v) {
    return kOverlapping && v == V - 1 ? columns.last : v * kWidth<T>;
}

// One row's V vectors; f(v, place, whether it is partial).
template <class T, std::size_t V, bool Partial, class F>
[[gnu::always_inline]] inline void each_vector(const Columns& columns, F f) {
#pragma GCC unroll 13
    for (std::size_t v = 0; v < V; ++v) {
        f(v, column_of<T, V>(columns, v), Partial && v == V - 1);
    }
}

template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void load_sums(Vec<T> (&acc)[R][V], const T* from, std::size_t row,
                                             const Columns& columns) {
#pragma GCC unroll 4
    for (std::size_t r = 0; r < R; ++r) {
        each_vector<T, V, Partial>(
            columns, [&](std::size_t v, std::size_t at, bool partial) THALWEG_INLINE_LAMBDA {
                acc[r][v] = from == nullptr ? Vec<T>(T(0))
                            : partial       ? load_partial(from + r * row + at, columns.lanes)
                                            : load_full(from + r * row + at);
            });
    }
}

// One step of the chains: the pixels at x, x + x_row, ... and b's row.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void add_step(const NonzeroBlock<T>& g, const std::uint8_t* x, const T* b,
                                            const Columns& columns, Vec<T> (&acc)[R][V]) {
    Vec<T> factor[R];
#pragma GCC unroll 4
    for (std::size_t r = 0; r < R; ++r) {
        factor[r] = Vec<T>(g.values[x[r * g.x_row]]);
    }
    each_vector<T, V, Partial>(
        columns, [&](std::size_t v, std::size_t at, bool partial) THALWEG_INLINE_LAMBDA {
            const Vec<T> row = partial ? load_partial(b + at, columns.lanes) : load_full(b + at);
#pragma GCC unroll 4
            for (std::size_t r = 0; r < R; ++r) {
                acc[r][v] = fma(factor[r], row, acc[r][v]);
            }
        });
}

// The chains of R rows from row i on, over the steps at which one of them has a bit.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void add_nonzero(const NonzeroBlock<T>& g, std::size_t i,
                                               const Columns& columns, Vec<T> (&acc)[R][V]) {
    const std::uint8_t* const x = g.x + i * g.x_row;
    const std::uint64_t* const bits = g.bits + i * g.bits_row;
    const T* const b = g.b + columns.first;
    for (std::size_t word = 0; word < g.words; ++word) {
        std::uint64_t left = bits[word];
#pragma GCC unroll 4
        for (std::size_t r = 1; r < R; ++r) {
            left |= bits[r * g.bits_row + word];
        }
        while (left != 0) {
            const std::size_t p = 64 * word + trailing_zeros(left);
            left &= left - 1;
            add_step<T, R, V, Partial>(g, x + p * g.x_col, b + p * g.ldb, columns, acc);
        }
    }
}

template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void store_sums(const Vec<T> (&acc)[R][V], T* to, std::size_t row,
                                              const Columns& columns) {
#pragma GCC unroll 4
    for (std::size_t r = 0; r < R; ++r) {
        each_vector<T, V, Partial>(columns,
                                   [&](std::size_t v, std::size_t at, bool partial) THALWEG_INLINE_LAMBDA {
                                       if (partial) {
                                           store_partial(to + r * row + at, acc[r][v], columns.lanes);
                                       } else {
                                           store_full(to + r * row + at, acc[r][v]);
                                       }
                                   });
    }
}

// c = start + sums.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void sum_tile(const NonzeroBlock<T>& g, std::size_t i, const Columns& columns) {
    Vec<T> acc[R][V];
    const T* const start = g.start == nullptr ? nullptr : g.start + i * g.start_row + columns.first;
    load_sums<T, R, V, Partial>(acc, start, g.start_row, columns);
    add_nonzero<T, R, V, Partial>(g, i, columns, acc);
    store_sums<T, R, V, Partial>(acc, g.c + i * g.ldc + columns.first, g.ldc, columns);
}

// c += factor * sums. All of c is read before any is written: the last vector may overlap.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void descend_tile(const NonzeroBlock<T>& g, std::size_t i,
                                                const Columns& columns) {
    Vec<T> acc[R][V];
    T* const c = g.c + i * g.ldc + columns.first;
    load_sums<T, R, V, Partial>(acc, nullptr, 0, columns);
    add_nonzero<T, R, V, Partial>(g, i, columns, acc);
    const Vec<T> factor(g.factor);
#pragma GCC unroll 4
    for (std::size_t r = 0; r < R; ++r) {
        each_vector<T, V, Partial>(columns, [&](std::size_t v, std::size_t at,
                                                bool partial) THALWEG_INLINE_LAMBDA {
            const T* const old = c + r * g.ldc + at;
            acc[r][v] = fma(factor, acc[r][v], partial ? load_partial(old, columns.lanes) : load_full(old));
        });
    }
    store_sums<T, R, V, Partial>(acc, c, g.ldc, columns);
}

template <std::size_t R, class T>
bool no_bits(const NonzeroBlock<T>& g, std::size_t i) {
    std::uint64_t all = 0;
    for (std::size_t r = i; r < i + R; ++r) {
        for (std::size_t word = 0; word < g.words; ++word) {
            all |= g.bits[r * g.bits_row + word];
        }
    }
    return all == 0;
}

// Rows i to m - 1, R at a time, and what is left.
template <class T, std::size_t R, std::size_t V, bool Partial>
void nonzero_rows(const NonzeroBlock<T>& g, std::size_t i, const Columns& columns) {
    for (; i + R <= g.m; i += R) {
        if ((g.descend || g.start == g.c) && no_bits<R>(g, i)) {
            continue;
        }
        if (g.descend) {
            descend_tile<T, R, V, Partial>(g, i, columns);
        } else {
            sum_tile<T, R, V, Partial>(g, i, columns);
        }
    }
    if constexpr (R > 1) {
        if (i < g.m) {
            nonzero_rows<T, R - 1, V, Partial>(g, i, columns);
        }
    }
}

template <class T, std::size_t V = kNonzeroVectors>
void nonzero_strip_of(const NonzeroBlock<T>& g, std::size_t vectors, const Columns& columns) {
    if constexpr (V > 1) {
        if (vectors < V) {
            nonzero_strip_of<T, V - 1>(g, vectors, columns);
            return;
        }
    }
    if constexpr (!kOverlapping || V == 1) {
        if (columns.lanes < kWidth<T>) {
            nonzero_rows<T, kNonzeroRows, V, true>(g, 0, columns);
            return;
        }
    }
    nonzero_rows<T, kNonzeroRows, V, false>(g, 0, columns);
}

// Rows first to last - 1, and so many words of their steps. Steps behind the first ones go on with c.
template <class T>
NonzeroBlock<T> nonzero_part(const NonzeroBlock<T>& g, std::size_t first, std::size_t last, std::size_t word,
                             std::size_t words) {
    NonzeroBlock<T> part = g;
    part.m = last - first;
    part.words = words;
    part.x += first * g.x_row + 64 * word * g.x_col;
    part.bits += first * g.bits_row + word;
    part.b += 64 * word * g.ldb;
    part.c += first * g.ldc;
    if (word > 0) {
        part.start = part.c;
        part.start_row = g.ldc;
    } else if (g.start != nullptr) {
        part.start += first * g.start_row;
    }
    return part;
}

// Rows of b that stay in the first cache; what is behind them is for c, pixels and values.
inline constexpr std::size_t kNearBytes = 28 << 10;

// The strip's columns of b's rows that some row of g has a bit for: row p to row p of `to`.
template <class T>
void copy_near(const NonzeroBlock<T>& g, std::size_t vectors, std::size_t last, T* to) {
    const std::size_t ld = vectors * kWidth<T>;
    for (std::size_t word = 0; word < g.words; ++word) {
        std::uint64_t left = 0;
        for (std::size_t i = 0; i < g.m; ++i) {
            left |= g.bits[i * g.bits_row + word];
        }
        for (; left != 0; left &= left - 1) {
            const std::size_t p = 64 * word + trailing_zeros(left);
            for (std::size_t v = 0; v < vectors; ++v) {
                const std::size_t at = v + 1 == vectors ? last : v * kWidth<T>;
                store_full(to + p * ld + at, load_full(g.b + p * g.ldb + at));
            }
        }
    }
}

// One strip. A row walks over a fifth of b's rows; out of the second cache that takes twice the time of the
// multiply-adds. So a part of b that stays in the first one serves a group of rows, whose sums stay in the
// second: 1000 x 784 x 100 takes 0.83 of the time, 784 x 1000 x 100 0.65 (Zen 3). Rows a multiple of 512
// bytes apart share few sets of the first cache, and are copied. Behind 32 registers strips are narrow (not
// measured).
template <class T>
void nonzero_strip(NonzeroBlock<T> g, std::size_t vectors, Columns columns) {
    constexpr std::size_t kGroup = 256;
    const std::size_t row = vectors * kWidth<T>;
    const std::size_t near = kNearBytes / (64 * row * sizeof(T));
    const std::size_t words = near == 0 ? 1 : near;
    if (!kOverlapping || g.descend || g.words <= words) {
        nonzero_strip_of<T>(g, vectors, columns);
        return;
    }
    alignas(64) T copy[kNearBytes / sizeof(T)];
    const bool crowded = g.ldb * sizeof(T) % 512 == 0 && row < g.ldb;
    g.b += columns.first;
    g.c += columns.first;
    g.start = g.start == nullptr ? nullptr : g.start + columns.first;
    columns.first = 0;
    for (std::size_t i = 0; i < g.m; i += kGroup) {
        const std::size_t end = g.m - i < kGroup ? g.m : i + kGroup;
        for (std::size_t word = 0; word < g.words; word += words) {
            const std::size_t count = g.words - word < words ? g.words - word : words;
            NonzeroBlock<T> part = nonzero_part(g, i, end, word, count);
            if (crowded) {
                copy_near(part, vectors, columns.last, copy);
                part.b = copy;
                part.ldb = row;
            }
            nonzero_strip_of<T>(part, vectors, columns);
        }
    }
}

}  // namespace

template <class T>
void gemm_nonzero(const NonzeroBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    const EvenParts strips((g.n + w - 1) / w, kNonzeroVectors);
    std::size_t j = 0;
    for (std::size_t s = 0; s < strips.count; ++s) {
        const std::size_t vectors = strips.of(s);
        const std::size_t wanted = vectors * w;
        const std::size_t columns = g.n - j < wanted ? g.n - j : wanted;
        nonzero_strip<T>(g, vectors, {j, columns - (vectors - 1) * w, columns < w ? 0 : columns - w});
        j += wanted;
    }
}

// Whether none of n elements is Inf or NaN: 0 times such a one is NaN.
template <class T>
bool all_finite(const T* x, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    const Vec<T> zero(T(0));
    Vec<T> acc[4] = {zero, zero, zero, zero};
    std::size_t i = 0;
    for (; i + 4 * w <= n; i += 4 * w) {
#pragma GCC unroll 4
        for (std::size_t v = 0; v < 4; ++v) {
            acc[v] = fma(zero, load_full(x + i + v * w), acc[v]);
        }
    }
    for (; i < n; i += w) {
        const Vec<T> last = n - i < w ? load_partial(x + i, n - i) : load_full(x + i);
        acc[0] = fma(zero, last, acc[0]);
    }
    return !any_lane(is_nan((acc[0] + acc[1]) + (acc[2] + acc[3])));
}

}  // namespace thalweg::kernels::THALWEG_ISA
