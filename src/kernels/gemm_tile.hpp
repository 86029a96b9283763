// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The register tile of every product: R x V accumulators, each lane one fma chain over ascending k.
//
// Every step of k loads V vectors of b's row and broadcasts R elements of a's column: R * V multiply-adds for
// R + V loads. With 24 accumulators of 32 registers the adds' latency is hidden three times over and the
// loads stay below one for two multiply-adds.
//
// source  Goto and van de Geijn 2008, for the outer-product form; order: docs/numerics.md
#pragma once

#include "kernels/table.hpp"
#include "kernels/transpose.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// 24 of 32 registers, or 12 of 16, leave room for b's vectors and a broadcast; without fma a product needs a
// register as well.
inline constexpr std::size_t kAccumulators = kRegisters == 32 ? 24 : (kHasFma ? 12 : 8);
inline constexpr std::size_t kMostVectors = kRegisters == 32 ? 4 : (kHasFma ? 3 : 2);

// One to three rows have strips of up to eight vectors behind 16 registers: fewer chains than eight would
// wait for each other. With 32, four are wide enough for a row of the book's nets.
inline constexpr std::size_t kWidestStrip = kRegisters == 32 ? kMostVectors : 8;

// Strips of three vectors: tiles of eight (four) rows then divide a panel of packed rows evenly.
inline constexpr std::size_t kPackedVectors = kMostVectors < 3 ? kMostVectors : 3;

// Rows of the tile for V vectors. More than 12 would spare few loads of b and need more pointers than there
// are registers.
template <std::size_t V>
inline constexpr std::size_t kTileRows = kAccumulators / V < 12 ? kAccumulators / V : 12;

// What one tile reads and writes; (i, j) is its corner in c.
template <class T>
struct TilePlace {
    const T* a;  // element (r, p) at a[r * a_row + p * a_col]
    std::size_t a_row;
    std::size_t a_col;
    const T* b;  // vector v of row p at b[p * ldb + v * kWidth<T>]
    std::size_t ldb;
    std::size_t k;
    std::size_t lanes;  // of the last vector
};

// Whether a tile takes four steps between two looks at its counter. A core that runs another thread beside
// this one starts instructions in every second cycle only: then 23 for 12 multiply-adds take eight cycles
// where 21 take seven, and the pipes need six. 24 accumulators of 32 registers have the room.
template <std::size_t R, std::size_t V>
inline constexpr bool kFourSteps = kRegisters != 32 && kHasFma&& R* V >= 6;

template <class T, std::size_t R, std::size_t V>
struct Accumulators {
    Vec<T> at[R][V];

    template <class F>
    [[gnu::always_inline]] void each(F f) {
#pragma GCC unroll 12
        for (std::size_t r = 0; r < R; ++r) {
#pragma GCC unroll 8
            for (std::size_t v = 0; v < V; ++v) {
                f(r, v, at[r][v]);
            }
        }
    }
};

// All steps of all chains. Rows are addressed from a pointer for every four of them, which is as far as
// scaled addressing reaches.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void multiply_add(const TilePlace<T>& t, Accumulators<T, R, V>& acc) {
    constexpr std::size_t kPointers = (R + 3) / 4;
    const T* rows[kPointers];
#pragma GCC unroll 4
    for (std::size_t q = 0; q < kPointers; ++q) {
        rows[q] = t.a + 4 * q * t.a_row;
    }
    const std::size_t a_row = t.a_row;
    const std::size_t lanes = t.lanes;
    const T* b = t.b;
    const auto step = [&]() THALWEG_INLINE_LAMBDA {
        Vec<T> row[V];
#pragma GCC unroll 8
        for (std::size_t v = 0; v < V; ++v) {
            row[v] =
                Partial && v == V - 1 ? load_partial(b + v * kWidth<T>, lanes) : load_full(b + v * kWidth<T>);
        }
#pragma GCC unroll 12
        for (std::size_t r = 0; r < R; ++r) {
            const Vec<T> factor(rows[r / 4][r % 4 * a_row]);
#pragma GCC unroll 8
            for (std::size_t v = 0; v < V; ++v) {
                acc.at[r][v] = fma(factor, row[v], acc.at[r][v]);
            }
        }
        b += t.ldb;
#pragma GCC unroll 4
        for (std::size_t q = 0; q < kPointers; ++q) {
            rows[q] += t.a_col;
        }
    };
    if constexpr (kFourSteps<R, V>) {
#pragma GCC unroll 4
        for (std::size_t p = 0; p < t.k; ++p) {
            step();
        }
    } else {
        for (std::size_t p = 0; p < t.k; ++p) {
            step();
        }
    }
}

// The accumulators' first values, from rows that lie as c's do; nullptr: zero.
template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void load_start(Accumulators<T, R, V>& acc, const T* start,
                                              std::size_t start_row, std::size_t lanes) {
    if (start == nullptr) {
        acc.each([](std::size_t, std::size_t, Vec<T>& value) { value = Vec<T>(T(0)); });
        return;
    }
    acc.each([=](std::size_t r, std::size_t v, Vec<T>& value) {
        const T* const from = start + r * start_row + v * kWidth<T>;
        value = Partial && v == V - 1 ? load_partial(from, lanes) : load_full(from);
    });
}

template <class T, std::size_t R, std::size_t V, bool Partial>
[[gnu::always_inline]] inline void store_rows(Accumulators<T, R, V>& acc, T* c, std::size_t ldc,
                                              std::size_t lanes) {
    acc.each([=](std::size_t r, std::size_t v, Vec<T>& value) {
        T* const to = c + r * ldc + v * kWidth<T>;
        if (Partial && v == V - 1) {
            store_partial(to, value, lanes);
        } else {
            store_full(to, value);
        }
    });
}

// c = start + a b for R rows and V vectors of columns. PartialB: b's last vector has `lanes` lanes as well;
// a packed b is padded to whole vectors.
template <class T, std::size_t R, std::size_t V, bool Partial, bool PartialB = Partial>
void tile(const TilePlace<T>& t, const T* start, std::size_t start_row, T* c, std::size_t ldc) {
    Accumulators<T, R, V> acc;
    load_start<T, R, V, Partial>(acc, start, start_row, t.lanes);
    multiply_add<T, R, V, PartialB>(t, acc);
    store_rows<T, R, V, Partial>(acc, c, ldc, t.lanes);
}

template <class T>
using TileFunction = void (*)(const TilePlace<T>&, const T*, std::size_t, T*, std::size_t);

// The tile for r rows, 1 to kTileRows<V>.
template <class T, std::size_t V, bool Partial, std::size_t R = kTileRows<V>>
TileFunction<T> tile_of(std::size_t r) {
    if constexpr (R > 1) {
        if (r < R) {
            return tile_of<T, V, Partial, R - 1>(r);
        }
    }
    return tile<T, R, V, Partial>;
}

// total, cut into parts of at most `most` that differ by one at most.
struct EvenParts {
    std::size_t count;
    std::size_t size;
    std::size_t larger;  // so many of them, the first ones, have one more

    EvenParts(std::size_t total, std::size_t most)
        : count((total + most - 1) / most),
          size(count == 0 ? 0 : total / count),
          larger(total - count * size) {}
    std::size_t of(std::size_t index) const { return size + (index < larger ? 1 : 0); }
};

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
