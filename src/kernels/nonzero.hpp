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

// One step of the chains: the pixels at x, x + x_row, ... and b's row.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void add_step(const NonzeroBlock<T>& g, const std::uint8_t* x, const T* b,
                                            std::size_t lanes, Accumulators<T, R, V>& acc) {
    Vec<T> row[V];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < V; ++v) {
        row[v] =
            Partial && v == V - 1 ? load_partial(b + v * kWidth<T>, lanes) : load_full(b + v * kWidth<T>);
    }
#pragma GCC unroll 4
    for (std::size_t r = 0; r < R; ++r) {
        const Vec<T> factor(g.values[x[r * g.x_row]]);
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v) {
            acc.at[r][v] = fma(factor, row[v], acc.at[r][v]);
        }
    }
}

// The chains of R rows and V vectors from column j on, over the steps at which one of the rows has a bit.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void add_nonzero(const NonzeroBlock<T>& g, std::size_t i, std::size_t j,
                                               std::size_t lanes, Accumulators<T, R, V>& acc) {
    const std::uint8_t* const x = g.x + i * g.x_row;
    const std::uint64_t* const bits = g.bits + i * g.bits_row;
    for (std::size_t word = 0; word < g.words; ++word) {
        std::uint64_t left = bits[word];
#pragma GCC unroll 4
        for (std::size_t r = 1; r < R; ++r) {
            left |= bits[r * g.bits_row + word];
        }
        while (left != 0) {
            const std::size_t p = 64 * word + trailing_zeros(left);
            left &= left - 1;
            add_step<T, R, V, Partial>(g, x + p * g.x_col, g.b + p * g.ldb + j, lanes, acc);
        }
    }
}

template <class T, std::size_t R, std::size_t V, bool Partial>
void nonzero_tile(const NonzeroBlock<T>& g, std::size_t i, std::size_t j, std::size_t lanes) {
    Accumulators<T, R, V> acc;
    T* const c = g.c + i * g.ldc + j;
    if (!g.descend) {
        load_start<T, R, V, Partial>(acc, g.start == nullptr ? nullptr : g.start + i * g.start_row + j,
                                     g.start_row, lanes);
        add_nonzero<T, R, V, Partial>(g, i, j, lanes, acc);
        store_rows<T, R, V, Partial>(acc, c, g.ldc, lanes);
        return;
    }
    load_start<T, R, V, Partial>(acc, nullptr, 0, lanes);
    add_nonzero<T, R, V, Partial>(g, i, j, lanes, acc);
    Accumulators<T, R, V> old;
    load_start<T, R, V, Partial>(old, c, g.ldc, lanes);
    const Vec<T> factor(g.factor);
    acc.each([&](std::size_t r, std::size_t v, Vec<T>& sum) { sum = fma(factor, sum, old.at[r][v]); });
    store_rows<T, R, V, Partial>(acc, c, g.ldc, lanes);
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

// Rows that share each load of b and do the steps of both: an image takes 19 % of the steps, two less than
// twice that, and a pixel and its neighbour agree in most samples. Alone, a row's four chains would wait for
// each other; three or four rows at a time were no faster.
inline constexpr std::size_t kRowsAtATime = 2;

template <class T, std::size_t V, bool Partial, std::size_t R>
void nonzero_rows(const NonzeroBlock<T>& g, std::size_t i, std::size_t j, std::size_t lanes) {
    for (; i + R <= g.m; i += R) {
        if (!g.descend || !no_bits<R>(g, i)) {
            nonzero_tile<T, R, V, Partial>(g, i, j, lanes);
        }
    }
    if constexpr (R > 1) {
        if (i < g.m) {
            nonzero_rows<T, V, Partial, R - 1>(g, i, j, lanes);
        }
    }
}

template <class T, std::size_t V, bool Partial>
void nonzero_strip(const NonzeroBlock<T>& g, std::size_t j, std::size_t lanes) {
    nonzero_rows<T, V, Partial, kRowsAtATime>(g, 0, j, lanes);
}

template <class T, std::size_t V = kMostVectors>
void nonzero_strip_of(const NonzeroBlock<T>& g, std::size_t vectors, std::size_t j, std::size_t lanes) {
    if constexpr (V > 1) {
        if (vectors < V) {
            nonzero_strip_of<T, V - 1>(g, vectors, j, lanes);
            return;
        }
    }
    if (lanes == kWidth<T>) {
        nonzero_strip<T, V, false>(g, j, lanes);
    } else {
        nonzero_strip<T, V, true>(g, j, lanes);
    }
}

}  // namespace

template <class T>
void gemm_nonzero(const NonzeroBlock<T>& g) {
    constexpr std::size_t w = kWidth<T>;
    const EvenParts strips((g.n + w - 1) / w, kMostVectors);
    std::size_t j = 0;
    for (std::size_t s = 0; s < strips.count; ++s) {
        const std::size_t vectors = strips.of(s);
        const std::size_t left = g.n - j;
        nonzero_strip_of<T>(g, vectors, j, left < vectors * w ? left - (vectors - 1) * w : w);
        j += vectors * w;
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
