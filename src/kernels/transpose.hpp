// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Transposes in registers, and between rows in memory and vectors that hold one column of kWidth rows.
//
//   kChunk<T>              elements in 16 bytes, the unit that shuffles cross for nothing (1 at width 1)
//   transpose_registers    a square tile of kWidth<T> vectors
//   load_columns           kChunk<T> columns of kWidth<T> rows, a vector each
//   store_columns          and back
//
// Between memory and columns the 16-byte chunks are put where they belong by the loads and stores
// themselves, so that only the shuffles inside chunks remain: half of what transpose_registers takes.
//
// bound   16x16 float on avx512: 64 shuffles in registers; from memory 64 loads of 16 bytes, 32 shuffles
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

#if THALWEG_ISA_SIMD
template <class T>
inline constexpr std::size_t kChunk = 16 / sizeof(T);
#else
template <class T>
inline constexpr std::size_t kChunk = 1;
#endif
template <class T>
inline constexpr std::size_t kChunks = kWidth<T> / kChunk<T>;

// interleave_low, interleave_high: the lower (upper) halves of every chunk, alternating: a0 b0 a1 b1.
// load_chunks, store_chunks: chunk c of a register from, or to, p + c * stride.
// exchange_chunks: chunk c of v[d] and chunk d of v[c] change places.

#if defined(THALWEG_ISA_AVX512)

[[gnu::always_inline]] inline Floats interleave_low(Floats a, Floats b) {
    return _mm512_unpacklo_ps(a, b);
}
[[gnu::always_inline]] inline Floats interleave_high(Floats a, Floats b) {
    return _mm512_unpackhi_ps(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_low(Doubles a, Doubles b) {
    return _mm512_unpacklo_pd(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_high(Doubles a, Doubles b) {
    return _mm512_unpackhi_pd(a, b);
}
[[gnu::always_inline]] inline Floats load_chunks(const float* p, std::size_t stride) {
    const __m256 low =
        _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + stride), 1);
    const __m256 high = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p + 2 * stride)),
                                             _mm_loadu_ps(p + 3 * stride), 1);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}
[[gnu::always_inline]] inline Doubles load_chunks(const double* p, std::size_t stride) {
    const __m256d low =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p)), _mm_loadu_pd(p + stride), 1);
    const __m256d high = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p + 2 * stride)),
                                              _mm_loadu_pd(p + 3 * stride), 1);
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}
[[gnu::always_inline]] inline void store_chunks(float* p, std::size_t stride, Floats v) {
    _mm_storeu_ps(p, _mm512_castps512_ps128(v));
    _mm_storeu_ps(p + stride, _mm512_extractf32x4_ps(v, 1));
    _mm_storeu_ps(p + 2 * stride, _mm512_extractf32x4_ps(v, 2));
    _mm_storeu_ps(p + 3 * stride, _mm512_extractf32x4_ps(v, 3));
}
[[gnu::always_inline]] inline void store_chunks(double* p, std::size_t stride, Doubles v) {
    _mm_storeu_pd(p, _mm512_castpd512_pd128(v));
    _mm_storeu_pd(p + stride, _mm512_extractf64x2_pd(v, 1));
    _mm_storeu_pd(p + 2 * stride, _mm512_extractf64x2_pd(v, 2));
    _mm_storeu_pd(p + 3 * stride, _mm512_extractf64x2_pd(v, 3));
}
template <int kWhich>
[[gnu::always_inline]] inline Floats pick_chunks(Floats a, Floats b) {
    return _mm512_shuffle_f32x4(a, b, kWhich);
}
template <int kWhich>
[[gnu::always_inline]] inline Doubles pick_chunks(Doubles a, Doubles b) {
    return _mm512_shuffle_f64x2(a, b, kWhich);
}
template <class V>
[[gnu::always_inline]] inline void exchange_chunks(V& v0, V& v1, V& v2, V& v3) {
    const V low01 = pick_chunks<0x44>(v0, v1);
    const V high01 = pick_chunks<0xee>(v0, v1);
    const V low23 = pick_chunks<0x44>(v2, v3);
    const V high23 = pick_chunks<0xee>(v2, v3);
    v0 = pick_chunks<0x88>(low01, low23);
    v1 = pick_chunks<0xdd>(low01, low23);
    v2 = pick_chunks<0x88>(high01, high23);
    v3 = pick_chunks<0xdd>(high01, high23);
}

// Lane i of the result: lane index[i] of a, or index[i] - kWidth of b.
[[gnu::always_inline]] inline Floats permute_pair(Floats a, Floats b, const std::int32_t* index) {
    return _mm512_permutex2var_ps(a, _mm512_load_si512(index), b);
}
[[gnu::always_inline]] inline Doubles permute_pair(Doubles a, Doubles b, const std::int64_t* index) {
    return _mm512_permutex2var_pd(a, _mm512_load_si512(index), b);
}
[[gnu::always_inline]] inline Floats take_lanes(unsigned lanes, Floats a, Floats b) {
    return _mm512_mask_mov_ps(b, static_cast<__mmask16>(lanes), a);
}
[[gnu::always_inline]] inline Doubles take_lanes(unsigned lanes, Doubles a, Doubles b) {
    return _mm512_mask_mov_pd(b, static_cast<__mmask8>(lanes), a);
}

#elif defined(THALWEG_ISA_AVX2)

[[gnu::always_inline]] inline Floats interleave_low(Floats a, Floats b) {
    return _mm256_unpacklo_ps(a, b);
}
[[gnu::always_inline]] inline Floats interleave_high(Floats a, Floats b) {
    return _mm256_unpackhi_ps(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_low(Doubles a, Doubles b) {
    return _mm256_unpacklo_pd(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_high(Doubles a, Doubles b) {
    return _mm256_unpackhi_pd(a, b);
}
[[gnu::always_inline]] inline Floats load_chunks(const float* p, std::size_t stride) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(p + stride), 1);
}
[[gnu::always_inline]] inline Doubles load_chunks(const double* p, std::size_t stride) {
    return _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p)), _mm_loadu_pd(p + stride), 1);
}
[[gnu::always_inline]] inline void store_chunks(float* p, std::size_t stride, Floats v) {
    _mm_storeu_ps(p, _mm256_castps256_ps128(v));
    _mm_storeu_ps(p + stride, _mm256_extractf128_ps(v, 1));
}
[[gnu::always_inline]] inline void store_chunks(double* p, std::size_t stride, Doubles v) {
    _mm_storeu_pd(p, _mm256_castpd256_pd128(v));
    _mm_storeu_pd(p + stride, _mm256_extractf128_pd(v, 1));
}
[[gnu::always_inline]] inline void exchange_chunks(Floats& v0, Floats& v1) {
    const Floats low = _mm256_permute2f128_ps(v0, v1, 0x20);
    v1 = _mm256_permute2f128_ps(v0, v1, 0x31);
    v0 = low;
}
[[gnu::always_inline]] inline void exchange_chunks(Doubles& v0, Doubles& v1) {
    const Doubles low = _mm256_permute2f128_pd(v0, v1, 0x20);
    v1 = _mm256_permute2f128_pd(v0, v1, 0x31);
    v0 = low;
}

#else  // one chunk a register, or none

template <class T>
[[gnu::always_inline]] inline Vec<T> load_chunks(const T* p, std::size_t /*stride*/) {
    return load_full(p);
}
template <class T>
[[gnu::always_inline]] inline void store_chunks(T* p, std::size_t /*stride*/, Vec<T> v) {
    store_full(p, v);
}

#if defined(THALWEG_ISA_NEON64)
[[gnu::always_inline]] inline Floats interleave_low(Floats a, Floats b) {
    return vzip1q_f32(a, b);
}
[[gnu::always_inline]] inline Floats interleave_high(Floats a, Floats b) {
    return vzip2q_f32(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_low(Doubles a, Doubles b) {
    return vzip1q_f64(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_high(Doubles a, Doubles b) {
    return vzip2q_f64(a, b);
}
#elif defined(THALWEG_ISA_SSE2)
[[gnu::always_inline]] inline Floats interleave_low(Floats a, Floats b) {
    return _mm_unpacklo_ps(a, b);
}
[[gnu::always_inline]] inline Floats interleave_high(Floats a, Floats b) {
    return _mm_unpackhi_ps(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_low(Doubles a, Doubles b) {
    return _mm_unpacklo_pd(a, b);
}
[[gnu::always_inline]] inline Doubles interleave_high(Doubles a, Doubles b) {
    return _mm_unpackhi_pd(a, b);
}
#endif
#endif

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

// v[i], lane j <-> v[j], lane i.
template <class T>
[[gnu::always_inline]] inline void transpose_registers(Vec<T> (&v)[kWidth<T>]) {
#pragma GCC unroll 4
    for (std::size_t c = 0; c < kChunks<T>; ++c) {
        transpose_in_chunks<T>(v + c * kChunk<T>);
    }
#pragma GCC unroll 4
    for (std::size_t e = 0; e < kChunk<T>; ++e) {
        if constexpr (kChunks<T> == 4) {
            exchange_chunks(v[e], v[kChunk<T> + e], v[2 * kChunk<T> + e], v[3 * kChunk<T> + e]);
        } else if constexpr (kChunks<T> == 2) {
            exchange_chunks(v[e], v[kChunk<T> + e]);
        }
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

#if defined(THALWEG_ISA_AVX512)

// Ten columns without gaps, the book's output layer. Half a group, kWidth / 2 rows, is five registers, and
// pair c of its row r stands in lane pair (5 r + c) mod (kWidth / 2) of one of them: the rows of one c fall
// on different lanes, because 5 is odd. So blends collect a pair of columns, and one permutation of two
// halves gives each column with its rows in order.
//
// bound   80 blends (any port) and 20 permutations for a group there and back
inline constexpr bool kTenColumns = true;

template <class T>
struct TenColumns {
    static constexpr std::size_t kPairs = kWidth<T> / 2;
    using Index = decltype([] {
        if constexpr (sizeof(T) == 4) {
            return std::int32_t{};
        } else {
            return std::int64_t{};
        }
    }());
    struct Tables {
        unsigned lanes[5][5];                       // of register k: those that belong to pair c
        alignas(64) Index gather[10][kWidth<T>];    // column from collected halves
        alignas(64) Index spread[5][2][kWidth<T>];  // a half's collected pairs from two columns
    };
    static constexpr Tables make() {
        Tables t{};
        for (std::size_t k = 0; k < 5; ++k) {
            for (std::size_t l = 0; l < kPairs; ++l) {
                t.lanes[k][(kPairs * k + l) % 5] |= 3U << (2 * l);
            }
        }
        for (std::size_t c = 0; c < 5; ++c) {
            for (std::size_t i = 0; i < kWidth<T>; ++i) {
                const std::size_t half = i / kPairs;
                const std::size_t lane = 2 * ((5 * i + c) % kPairs);
                for (std::size_t odd = 0; odd < 2; ++odd) {
                    t.gather[2 * c + odd][i] = static_cast<Index>(half * kWidth<T> + lane + odd);
                    t.spread[c][half][lane + odd] = static_cast<Index>(odd * kWidth<T> + i);
                }
            }
        }
        return t;
    }
};

// The group's first n elements, the others zero.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_up_to(const T* x, std::size_t i, std::size_t n) {
    return i + kWidth<T> <= n ? load_full(x + i) : i < n ? load_partial(x + i, n - i) : Vec<T>(T(0));
}
template <class T>
[[gnu::always_inline]] inline void store_up_to(T* y, std::size_t i, std::size_t n, Vec<T> v) {
    if (i + kWidth<T> <= n) {
        store_full(y + i, v);
    } else if (i < n) {
        store_partial(y + i, v, n - i);
    }
}

// rows: at most kWidth<T>; missing ones are zero.
template <class T>
[[gnu::always_inline]] inline void read_ten_columns(const T* x, std::size_t rows, Vec<T>* columns) {
    static constexpr auto kTables = TenColumns<T>::make();
    Vec<T> half[2][5];
#pragma GCC unroll 2
    for (std::size_t h = 0; h < 2; ++h) {
        Vec<T> in[5];
#pragma GCC unroll 5
        for (std::size_t k = 0; k < 5; ++k) {
            in[k] = load_up_to(x, (5 * h + k) * kWidth<T>, 10 * rows);
        }
#pragma GCC unroll 5
        for (std::size_t c = 0; c < 5; ++c) {
            half[h][c] = in[0];
#pragma GCC unroll 4
            for (std::size_t k = 1; k < 5; ++k) {
                half[h][c] = take_lanes(kTables.lanes[k][c], in[k], half[h][c]);
            }
        }
    }
#pragma GCC unroll 10
    for (std::size_t j = 0; j < 10; ++j) {
        columns[j] = permute_pair(half[0][j / 2], half[1][j / 2], kTables.gather[j]);
    }
}

template <class T>
[[gnu::always_inline]] inline void write_ten_columns(T* y, std::size_t rows, const Vec<T>* columns) {
    static constexpr auto kTables = TenColumns<T>::make();
#pragma GCC unroll 2
    for (std::size_t h = 0; h < 2; ++h) {
        Vec<T> pairs[5];
#pragma GCC unroll 5
        for (std::size_t c = 0; c < 5; ++c) {
            pairs[c] = permute_pair(columns[2 * c], columns[2 * c + 1], kTables.spread[c][h]);
        }
#pragma GCC unroll 5
        for (std::size_t k = 0; k < 5; ++k) {
            Vec<T> out = pairs[0];
#pragma GCC unroll 4
            for (std::size_t c = 1; c < 5; ++c) {
                out = take_lanes(kTables.lanes[k][c], pairs[c], out);
            }
            store_up_to(y, (5 * h + k) * kWidth<T>, 10 * rows, out);
        }
    }
}

#else
inline constexpr bool kTenColumns = false;
template <class T>
void read_ten_columns(const T* x, std::size_t rows, Vec<T>* columns);
template <class T>
void write_ten_columns(T* y, std::size_t rows, const Vec<T>* columns);
#endif

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
