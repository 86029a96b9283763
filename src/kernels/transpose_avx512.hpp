// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The shuffles of transpose.hpp for 512-bit registers.
#pragma once

#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

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

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
