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
};
#elif defined(__AVX2__)
struct Registers {
    using Vector = __m256;
    static constexpr std::size_t kWidth = 8;
    static Vector load(const float* x) { return _mm256_loadu_ps(x); }
    static void store(float* y, Vector v) { _mm256_storeu_ps(y, v); }
    static Vector all(float x) { return _mm256_set1_ps(x); }
    static Vector one() { return all(1.0F); }
};
#else
struct Registers {
    using Vector = __m128;
    static constexpr std::size_t kWidth = 4;
    static Vector load(const float* x) { return _mm_loadu_ps(x); }
    static void store(float* y, Vector v) { _mm_storeu_ps(y, v); }
    static Vector all(float x) { return _mm_set1_ps(x); }
    static Vector one() { return all(1.0F); }
};
#endif

}  // namespace thalweg::bench::peers
