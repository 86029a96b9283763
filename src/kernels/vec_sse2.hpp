// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// SSE2: what vec.hpp needs of 128-bit registers without fma, with intrinsics where xsimd lacks it.
#pragma once

#include <xsimd/xsimd.hpp>

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

using Arch = xsimd::sse2;
inline constexpr bool kHasFma = false;
inline constexpr std::size_t kRegisterBytes = 16;
inline constexpr std::size_t kRegisters = 16;

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/compiler.hpp"
#include "kernels/vec_128.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    std::uint64_t zeros = 0;
    for (std::size_t at = 0; at < 64; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at));
        const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
        zeros |= static_cast<std::uint64_t>(found) << at;
    }
    return ~zeros;
}
[[gnu::always_inline]] inline Floats fma(Floats a, Floats b, Floats c) {
    return a * b + c;
}
[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
    return a * b + c;
}
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return _mm_cvtps_pd(x);
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return _mm_cvtps_pd(_mm_movehl_ps(x, x));
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
}
[[gnu::always_inline]] inline Floats larger(Floats a, Floats b) {
    return _mm_max_ps(a, b);
}
[[gnu::always_inline]] inline Floats smaller(Floats a, Floats b) {
    return _mm_min_ps(a, b);
}
[[gnu::always_inline]] inline Doubles larger(Doubles a, Doubles b) {
    return _mm_max_pd(a, b);
}
[[gnu::always_inline]] inline Doubles smaller(Doubles a, Doubles b) {
    return _mm_min_pd(a, b);
}
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return _mm_cvtps_pd(_mm_castpd_ps(_mm_load_sd(reinterpret_cast<const double*>(p))));
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    const __m128i zero = _mm_setzero_si128();
    const __m128i halves = _mm_unpacklo_epi8(_mm_cvtsi32_si128(static_cast<int>(load_word(p))), zero);
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(halves, zero));
}
// Signed integers in 32 bits as floats.
[[gnu::always_inline]] inline Floats from_integers(Vec<std::uint32_t> x) {
    return _mm_cvtepi32_ps(x);
}

// For transpose.hpp.
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

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/no_ten_columns.hpp"
#include "kernels/vec_simd.hpp"
