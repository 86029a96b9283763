// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The widest registers of the processor that the peers are compiled for.
#pragma once

#include <immintrin.h>

#include <cstddef>

namespace thalweg::bench::peers {

#if defined(__AVX512F__)
struct Registers {
    using Vector = __m512;
    static constexpr std::size_t kWidth = 16;
    static Vector load(const float* x) { return _mm512_loadu_ps(x); }
    static void store(float* y, Vector v) { _mm512_storeu_ps(y, v); }
    static Vector all(float x) { return _mm512_set1_ps(x); }
    static Vector one() { return all(1.0F); }
    static Vector minus_size(Vector x) {
        return _mm512_castsi512_ps(
            _mm512_or_si512(_mm512_castps_si512(x), _mm512_set1_epi32(static_cast<int>(0x80000000U))));
    }
    static Vector positive(Vector x) { return _mm512_max_ps(x, _mm512_setzero_ps()); }
};
#elif defined(__AVX2__)
struct Registers {
    using Vector = __m256;
    static constexpr std::size_t kWidth = 8;
    static Vector load(const float* x) { return _mm256_loadu_ps(x); }
    static void store(float* y, Vector v) { _mm256_storeu_ps(y, v); }
    static Vector all(float x) { return _mm256_set1_ps(x); }
    static Vector one() { return all(1.0F); }
    static Vector minus_size(Vector x) { return _mm256_or_ps(x, _mm256_set1_ps(-0.0F)); }
    static Vector positive(Vector x) { return _mm256_max_ps(x, _mm256_setzero_ps()); }
};
#else
struct Registers {
    using Vector = __m128;
    static constexpr std::size_t kWidth = 4;
    static Vector load(const float* x) { return _mm_loadu_ps(x); }
    static void store(float* y, Vector v) { _mm_storeu_ps(y, v); }
    static Vector all(float x) { return _mm_set1_ps(x); }
    static Vector one() { return all(1.0F); }
    static Vector minus_size(Vector x) { return _mm_or_ps(x, _mm_set1_ps(-0.0F)); }
    static Vector positive(Vector x) { return _mm_max_ps(x, _mm_setzero_ps()); }
};
#endif

}  // namespace thalweg::bench::peers
