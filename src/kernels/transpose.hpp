// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Transposes between rows in memory and vectors that hold one column of kWidth rows.
//
//   kChunk<T>              elements in 16 bytes, the unit that shuffles cross for nothing (1 at width 1)
//   load_columns           kChunk<T> columns of kWidth<T> rows, a vector each
//   store_columns          and back
//
// The shuffles come with vec.hpp, from the level's own header or its transpose_<level>.hpp:
//
//   interleave_low, interleave_high   the lower (upper) halves of every chunk, alternating: a0 b0 a1 b1
//   load_chunks, store_chunks         chunk c of a register from, or to, p + c * stride
//
// Between memory and columns the 16-byte chunks are put where they belong by the loads and stores
// themselves, so that only the shuffles inside chunks remain: half of what a transpose in registers takes.
//
// bound   16x16 float on avx512: 64 loads of 16 bytes, 32 shuffles
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class T>
inline constexpr std::size_t kChunk = kSeveralLanes<double> ? 16 / sizeof(T) : 1;

// kChunk<T> vectors, chunk by chunk: element e of chunk c of v[d] and element d of chunk c of v[e] change
// places. v may be part of a larger array.
template <class T>
[[gnu::always_inline]] inline void transpose_in_chunks(Vec<T>* v) {
    if constexpr (kChunk<T> == 4) {
        const Vec<T> low02 = interleave_low(v[0], v[2]);
        const Vec<T> high02 = interleave_high(v[0], v[2]);
        const Vec<T> low13 = interleave_low(v[1], v[3]);
        const Vec<T> high13 = interleave_high(v[1], v[3]);
        v[0] = interleave_low(low02, low13);
        v[1] = interleave_high(low02, low13);
        v[2] = interleave_low(high02, high13);
        v[3] = interleave_high(high02, high13);
    } else if constexpr (kChunk<T> == 2) {
        const Vec<T> low = interleave_low(v[0], v[1]);
        v[1] = interleave_high(v[0], v[1]);
        v[0] = low;
    }
}

// columns[j], lane i = x[i * ldx + j], for kWidth<T> rows i and kChunk<T> columns j.
template <class T>
[[gnu::always_inline]] inline void load_columns(const T* x, std::size_t ldx, Vec<T>* columns) {
#pragma GCC unroll 4
    for (std::size_t e = 0; e < kChunk<T>; ++e) {
        columns[e] = load_chunks(x + e * ldx, kChunk<T> * ldx);
    }
    transpose_in_chunks<T>(columns);
}

// y[i * ldy + j] = columns[j], lane i.
template <class T>
[[gnu::always_inline]] inline void store_columns(T* y, std::size_t ldy, const Vec<T>* columns) {
    Vec<T> rows[kChunk<T>];
#pragma GCC unroll 4
    for (std::size_t e = 0; e < kChunk<T>; ++e) {
        rows[e] = columns[e];
    }
    transpose_in_chunks<T>(rows);
#pragma GCC unroll 4
    for (std::size_t e = 0; e < kChunk<T>; ++e) {
        store_chunks(y + e * ldy, kChunk<T> * ldy, rows[e]);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
