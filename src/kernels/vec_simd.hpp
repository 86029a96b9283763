// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// vec.hpp's vocabulary on xsimd 8.1 to 14. What xsimd lacks in some version (an AVX-512 fma before 11.0,
// partial loads and stores, widening) is supplied here with the compiler's intrinsics; nowhere else.
#pragma once

#include "kernels/isa.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class T>
using Vec = xsimd::batch<T, Arch>;
using Floats = Vec<float>;
using Doubles = Vec<double>;

template <class T>
inline constexpr std::size_t kWidth = kRegisterBytes / sizeof(T);
static_assert(Floats::size == kWidth<float> && Doubles::size == kWidth<double>,
              "the flags of this unit do not match");

template <class T>
[[gnu::always_inline]] inline Vec<T> load_full(const T* p) {
    return Vec<T>::load_unaligned(p);
}
template <class T>
[[gnu::always_inline]] inline void store_full(T* p, Vec<T> v) {
    v.store_unaligned(p);
}

#if defined(THALWEG_ISA_AVX512)

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
inline constexpr std::size_t kLookupFloats = 32;
[[gnu::always_inline]] inline Floats lookup(const float (&table)[kLookupFloats], Vec<std::uint32_t> index) {
    return _mm512_permutex2var_ps(_mm512_loadu_ps(table), index, _mm512_loadu_ps(table + 16));
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
// 0xf6: (a ^ b) | c.
[[gnu::always_inline]] inline Vec<std::uint32_t> doubt_of(Floats a, Floats b, Vec<std::uint32_t> distance,
                                                          std::uint32_t reach) {
    const __m512i beyond = _mm512_subs_epu16(distance, _mm512_set1_epi32(static_cast<int>(reach)));
    return _mm512_ternarylogic_epi32(beyond, _mm512_castps_si512(a), _mm512_castps_si512(b), 0xf6);
}
[[gnu::always_inline]] inline bool settled(Vec<std::uint32_t> doubt) {
    const __mmask16 none = _mm512_testn_epi32_mask(doubt, doubt);
    return _kortestc_mask16_u8(none, none) != 0;
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}

#elif defined(THALWEG_ISA_AVX2)

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
inline constexpr std::size_t kLookupFloats = 16;
[[gnu::always_inline]] inline Floats lookup(const float (&table)[kLookupFloats], Vec<std::uint32_t> index) {
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
[[gnu::always_inline]] inline Vec<std::uint32_t> doubt_of(Floats a, Floats b, Vec<std::uint32_t> distance,
                                                          std::uint32_t reach) {
    const __m256i beyond = _mm256_subs_epu16(distance, _mm256_set1_epi32(static_cast<int>(reach)));
    return _mm256_or_si256(beyond, _mm256_castps_si256(_mm256_xor_ps(a, b)));
}
[[gnu::always_inline]] inline bool settled(Vec<std::uint32_t> doubt) {
    return _mm256_testz_si256(doubt, doubt) != 0;
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}

#else  // 128-bit registers

// n is 1 to 3 (float) or 1 (double); copies of a constant size become single moves.
[[gnu::always_inline]] inline Floats load_partial(const float* p, std::size_t n) {
    float lanes[4] = {};
    for (std::size_t i = 0; i < n; ++i) {
        lanes[i] = p[i];
    }
    return load_full(lanes);
}
[[gnu::always_inline]] inline Doubles load_partial(const double* p, std::size_t n) {
    double lanes[2] = {};
    for (std::size_t i = 0; i < n; ++i) {
        lanes[i] = p[i];
    }
    return load_full(lanes);
}
template <class T>
[[gnu::always_inline]] inline void store_partial(T* p, Vec<T> v, std::size_t n) {
    T lanes[kWidth<T>];
    store_full(lanes, v);
    for (std::size_t i = 0; i < n; ++i) {
        p[i] = lanes[i];
    }
}

// No registers for a table of floats here: the functions take the way through double.
inline constexpr std::size_t kLookupFloats = 0;
[[gnu::always_inline]] inline bool settled(Vec<std::uint32_t> doubt) {
    return xsimd::all(doubt == Vec<std::uint32_t>(0U));
}
[[gnu::always_inline]] inline Doubles lookup(const double (&table)[16], Vec<std::uint64_t> index) {
    std::uint64_t i[2];
    index.store_unaligned(i);
    const double lanes[2] = {table[i[0] % 16], table[i[1] % 16]};
    return load_full(lanes);
}
[[gnu::always_inline]] inline void lookup_pairs(const double (*table)[2], Vec<std::uint64_t> index,
                                                Doubles& first, Doubles& second) {
    std::uint64_t i[2];
    index.store_unaligned(i);
    const double firsts[2] = {table[i[0]][0], table[i[1]][0]};
    const double seconds[2] = {table[i[0]][1], table[i[1]][1]};
    first = load_full(firsts);
    second = load_full(seconds);
}

#if defined(THALWEG_ISA_NEON64)
[[gnu::always_inline]] inline Floats fma(Floats a, Floats b, Floats c) {
    return vfmaq_f32(c, a, b);
}
[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
    return vfmaq_f64(c, a, b);
}
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return vcvt_f64_f32(vget_low_f32(x));
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return vcvt_high_f64_f32(x);
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return vcvt_high_f32_f64(vcvt_f32_f64(low), high);
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    std::uint32_t word;
    __builtin_memcpy(&word, p, 4);
    const uint16x8_t halves = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(word)));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(halves)));
}
#else
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
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    int word;
    __builtin_memcpy(&word, p, 4);
    const __m128i zero = _mm_setzero_si128();
    const __m128i halves = _mm_unpacklo_epi8(_mm_cvtsi32_si128(word), zero);
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(halves, zero));
}
#endif
#endif

// Signed integers in 32 bits as floats.
[[gnu::always_inline]] inline Floats from_integers(Vec<std::uint32_t> x) {
#if defined(THALWEG_ISA_AVX512)
    return _mm512_cvtepi32_ps(x);
#elif defined(THALWEG_ISA_AVX2)
    return _mm256_cvtepi32_ps(x);
#elif defined(THALWEG_ISA_NEON64)
    return vcvtq_f32_s32(vreinterpretq_s32_u32(x));
#else
    return _mm_cvtepi32_ps(x);
#endif
}

template <class M, class T>
[[gnu::always_inline]] inline Vec<T> choose(M mask, Vec<T> a, Vec<T> b) {
    return xsimd::select(mask, a, b);
}
template <class M>
[[gnu::always_inline]] inline bool any_lane(M mask) {
    return xsimd::any(mask);
}

template <class M>
[[gnu::always_inline]] inline bool all_lanes(M mask) {
    return xsimd::all(mask);
}

// Not x != x: xsimd 8.1 compares ordered there on AVX, which is false for NaN.
template <class T>
[[gnu::always_inline]] inline auto is_nan(xsimd::batch<T, Arch> x) {
    return xsimd::isnan(x);
}

[[gnu::always_inline]] inline Vec<std::uint64_t> to_bits(Doubles x) {
#if XSIMD_VERSION_MAJOR >= 11
    return xsimd::bitwise_cast<std::uint64_t>(x);
#else
    return xsimd::bitwise_cast<Vec<std::uint64_t>>(x);
#endif
}
[[gnu::always_inline]] inline Doubles from_bits(Vec<std::uint64_t> x) {
#if XSIMD_VERSION_MAJOR >= 11
    return xsimd::bitwise_cast<double>(x);
#else
    return xsimd::bitwise_cast<Doubles>(x);
#endif
}

[[gnu::always_inline]] inline Vec<std::uint32_t> to_bits(Floats x) {
#if XSIMD_VERSION_MAJOR >= 11
    return xsimd::bitwise_cast<std::uint32_t>(x);
#else
    return xsimd::bitwise_cast<Vec<std::uint32_t>>(x);
#endif
}
[[gnu::always_inline]] inline Floats from_bits(Vec<std::uint32_t> x) {
#if XSIMD_VERSION_MAJOR >= 11
    return xsimd::bitwise_cast<float>(x);
#else
    return xsimd::bitwise_cast<Floats>(x);
#endif
}

template <class F>
[[gnu::always_inline]] inline Floats in_double(Floats x, F f) {
    return narrow(f(widen_low(x)), f(widen_high(x)));
}

[[gnu::always_inline]] inline void store_as(float* p, Floats v) {
    store_full(p, v);
}
[[gnu::always_inline]] inline void store_as(double* p, Floats v) {
    store_full(p, widen_low(v));
    store_full(p + kWidth<double>, widen_high(v));
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
