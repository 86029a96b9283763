// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The shuffles of transpose.hpp for 256-bit registers.
#pragma once

#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

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

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
