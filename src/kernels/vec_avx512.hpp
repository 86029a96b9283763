// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// AVX-512: what vec.hpp needs of 512-bit registers, with intrinsics where xsimd lacks it.
#pragma once

#include <xsimd/xsimd.hpp>

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

using Arch = xsimd::avx512bw;
inline constexpr bool kHasFma = true;
inline constexpr std::size_t kRegisterBytes = 64;
inline constexpr std::size_t kRegisters = 32;

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/transpose_avx512.hpp"
#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

[[gnu::always_inline]] inline void leave_vectors() {
    _mm256_zeroupper();
}
[[gnu::always_inline]] inline Floats load_partial(const float* p, std::size_t n) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << n) - 1U), p);
}
[[gnu::always_inline]] inline Doubles load_partial(const double* p, std::size_t n) {
    return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1U << n) - 1U), p);
}
[[gnu::always_inline]] inline void store_partial(float* p, Floats v, std::size_t n) {
    _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << n) - 1U), v);
}
[[gnu::always_inline]] inline void store_partial(double* p, Doubles v, std::size_t n) {
    _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1U << n) - 1U), v);
}
[[gnu::always_inline]] inline Floats fma(Floats a, Floats b, Floats c) {
    return _mm512_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
    return _mm512_fmadd_pd(a, b, c);
}
[[gnu::always_inline]] inline Floats larger(Floats a, Floats b) {
    return _mm512_max_ps(a, b);
}
[[gnu::always_inline]] inline Floats smaller(Floats a, Floats b) {
    return _mm512_min_ps(a, b);
}
[[gnu::always_inline]] inline Doubles larger(Doubles a, Doubles b) {
    return _mm512_max_pd(a, b);
}
[[gnu::always_inline]] inline Doubles smaller(Doubles a, Doubles b) {
    return _mm512_min_pd(a, b);
}
// c - a*b, one rounding.
[[gnu::always_inline]] inline Floats negative_fma(Floats a, Floats b, Floats c) {
    return _mm512_fnmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return _mm512_cvtps_pd(_mm512_castps512_ps256(x));
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
}
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
inline constexpr std::size_t kLookupFloats = 32;
[[gnu::always_inline]] inline Floats lookup(const float (&table)[kLookupFloats], Vec<std::uint32_t> index) {
    return _mm512_permutex2var_ps(_mm512_loadu_ps(table), index, _mm512_loadu_ps(table + 16));
}
// The eight stand in the register twice: bit 3 of the index does not count.
[[gnu::always_inline]] inline Floats lookup(const float (&table)[8], Vec<std::uint32_t> index) {
    return _mm512_permutexvar_ps(index, _mm512_broadcast_f32x8(_mm256_loadu_ps(table)));
}
[[gnu::always_inline]] inline Doubles lookup(const double (&table)[16], Vec<std::uint64_t> index) {
    return _mm512_permutex2var_pd(_mm512_loadu_pd(table), index, _mm512_loadu_pd(table + 8));
}
[[gnu::always_inline]] inline void lookup_pairs(const double (*table)[2], Vec<std::uint64_t> index,
                                                Doubles& first, Doubles& second) {
    const __m512i pair = _mm512_slli_epi64(index, 1);
    first = _mm512_i64gather_pd(pair, &table[0][0], 8);
    second = _mm512_i64gather_pd(pair, &table[0][1], 8);
}
[[gnu::always_inline]] inline std::uint32_t lanes_that_differ(Floats a, Floats b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ);
}
[[gnu::always_inline]] inline Vec<std::uint32_t> larger_unsigned(Vec<std::uint32_t> a, Vec<std::uint32_t> b) {
    return _mm512_max_epu32(a, b);
}
[[gnu::always_inline]] inline std::uint32_t lanes_beyond(Vec<std::uint32_t> x, std::uint32_t reach) {
    return _mm512_cmpgt_epu32_mask(x, _mm512_set1_epi32(static_cast<int>(reach)));
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}

[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    const __m512i bytes = _mm512_loadu_si512(p);
    return _mm512_test_epi8_mask(bytes, bytes);
}
// Signed integers in 32 bits as floats.
[[gnu::always_inline]] inline Floats from_integers(Vec<std::uint32_t> x) {
    return _mm512_cvtepi32_ps(x);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/ten_columns_avx512.hpp"
#include "kernels/vec_simd.hpp"
