// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// AVX2 with FMA: what vec.hpp needs of 256-bit registers, with intrinsics where xsimd lacks it.
#pragma once

#include <xsimd/xsimd.hpp>

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Not plain avx2: xsimd's AVX-512 code borrows that tag.
using Arch = xsimd::fma3<xsimd::avx2>;
inline constexpr bool kHasFma = true;
inline constexpr std::size_t kRegisterBytes = 32;
inline constexpr std::size_t kRegisters = 16;

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/transpose_avx2.hpp"
#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

[[gnu::always_inline]] inline void leave_vectors() {
    _mm256_zeroupper();
}
[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    const auto zero_bits = [=](std::size_t at) {
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + at));
        return static_cast<std::uint32_t>(
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_setzero_si256())));
    };
    return ~(static_cast<std::uint64_t>(zero_bits(32)) << 32 | zero_bits(0));
}
[[gnu::always_inline]] inline __m256i first_lanes_32(std::size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
[[gnu::always_inline]] inline __m256i first_lanes_64(std::size_t n) {
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(static_cast<long long>(n)), _mm256_setr_epi64x(0, 1, 2, 3));
}
[[gnu::always_inline]] inline Floats load_partial(const float* p, std::size_t n) {
    return _mm256_maskload_ps(p, first_lanes_32(n));
}
[[gnu::always_inline]] inline Doubles load_partial(const double* p, std::size_t n) {
    return _mm256_maskload_pd(p, first_lanes_64(n));
}
[[gnu::always_inline]] inline void store_partial(float* p, Floats v, std::size_t n) {
    _mm256_maskstore_ps(p, first_lanes_32(n), v);
}
[[gnu::always_inline]] inline void store_partial(double* p, Doubles v, std::size_t n) {
    _mm256_maskstore_pd(p, first_lanes_64(n), v);
}
[[gnu::always_inline]] inline Floats fma(Floats a, Floats b, Floats c) {
    return _mm256_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
    return _mm256_fmadd_pd(a, b, c);
}
[[gnu::always_inline]] inline Floats larger(Floats a, Floats b) {
    return _mm256_max_ps(a, b);
}
[[gnu::always_inline]] inline Floats smaller(Floats a, Floats b) {
    return _mm256_min_ps(a, b);
}
[[gnu::always_inline]] inline Doubles larger(Doubles a, Doubles b) {
    return _mm256_max_pd(a, b);
}
[[gnu::always_inline]] inline Doubles smaller(Doubles a, Doubles b) {
    return _mm256_min_pd(a, b);
}
// c - a*b, one rounding.
[[gnu::always_inline]] inline Floats negative_fma(Floats a, Floats b, Floats c) {
    return _mm256_fnmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
}
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
inline constexpr std::size_t kLookupFloats = 8;
[[gnu::always_inline]] inline Floats lookup(const float (&table)[8], Vec<std::uint32_t> index) {
    return _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index);
}
[[gnu::always_inline]] inline Floats lookup(const float (&table)[16], Vec<std::uint32_t> index) {
    const __m256 low = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table), index);
    const __m256 high = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), index);
    // Bit 3 of the index, moved to the sign, picks the half.
    return _mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(index, 28)));
}
[[gnu::always_inline]] inline Doubles lookup(const double (&table)[16], Vec<std::uint64_t> index) {
    std::uint64_t i[4];
    index.store_unaligned(i);
    return _mm256_setr_pd(table[i[0] % 16], table[i[1] % 16], table[i[2] % 16], table[i[3] % 16]);
}
[[gnu::always_inline]] inline void lookup_pairs(const double (*table)[2], Vec<std::uint64_t> index,
                                                Doubles& first, Doubles& second) {
    std::uint64_t i[4];
    index.store_unaligned(i);
    const __m256d even = _mm256_set_m128d(_mm_loadu_pd(table[i[2]]), _mm_loadu_pd(table[i[0]]));
    const __m256d odd = _mm256_set_m128d(_mm_loadu_pd(table[i[3]]), _mm_loadu_pd(table[i[1]]));
    first = _mm256_unpacklo_pd(even, odd);
    second = _mm256_unpackhi_pd(even, odd);
}
[[gnu::always_inline]] inline std::uint32_t lanes_that_differ(Floats a, Floats b) {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_NEQ_UQ)));
}
[[gnu::always_inline]] inline Vec<std::uint32_t> larger_unsigned(Vec<std::uint32_t> a, Vec<std::uint32_t> b) {
    return _mm256_max_epu32(a, b);
}
[[gnu::always_inline]] inline std::uint32_t lanes_beyond(Vec<std::uint32_t> x, std::uint32_t reach) {
    const __m256i limit = _mm256_set1_epi32(static_cast<int>(reach));
    const __m256i within = _mm256_cmpeq_epi32(_mm256_max_epu32(x, limit), limit);
    return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(within))) ^ 0xffU;
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
// Signed integers in 32 bits as floats.
[[gnu::always_inline]] inline Floats from_integers(Vec<std::uint32_t> x) {
    return _mm256_cvtepi32_ps(x);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA

#include "kernels/no_ten_columns.hpp"
#include "kernels/vec_simd.hpp"
