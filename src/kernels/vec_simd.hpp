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
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return _mm512_cvtps_pd(_mm512_castps512_ps256(x));
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(low)), _mm512_cvtpd_ps(high), 1);
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
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}

[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    const __m512i bytes = _mm512_loadu_si512(p);
    return _mm512_test_epi8_mask(bytes, bytes);
}

#elif defined(THALWEG_ISA_AVX2)

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
[[gnu::always_inline]] inline Doubles widen_low(Floats x) {
    return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}
[[gnu::always_inline]] inline Doubles widen_high(Floats x) {
    return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}
[[gnu::always_inline]] inline Floats narrow(Doubles low, Doubles high) {
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
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
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return _mm256_cvtps_pd(_mm_loadu_ps(p));
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

#if defined(THALWEG_ISA_NEON64)
[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    return nonzero_64_bytewise(p);
}
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
[[gnu::always_inline]] inline Doubles load_as_doubles(const float* p) {
    return vcvt_f64_f32(vld1_f32(p));
}
[[gnu::always_inline]] inline Floats load_pixels(const std::uint8_t* p) {
    std::uint32_t word;
    __builtin_memcpy(&word, p, 4);
    const uint16x8_t halves = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(word)));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(halves)));
}
#else
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
    int word;
    __builtin_memcpy(&word, p, 4);
    const __m128i zero = _mm_setzero_si128();
    const __m128i halves = _mm_unpacklo_epi8(_mm_cvtsi32_si128(word), zero);
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(halves, zero));
}
#endif
#endif

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
template <class M>
[[gnu::always_inline]] inline M both(M a, M b) {
    return a & b;
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

[[gnu::always_inline]] inline Doubles load_as_doubles(const double* p) {
    return load_full(p);
}
[[gnu::always_inline]] inline void store_bits(std::uint64_t* p, Vec<std::uint64_t> v) {
    v.store_unaligned(p);
}

// y * 2^k for y and results that are normal; k in the low bits of `rounded`.
[[gnu::always_inline]] inline Floats add_exponent(Floats y, Floats rounded) {
#if XSIMD_VERSION_MAJOR >= 11
    return xsimd::bitwise_cast<float>(xsimd::bitwise_cast<std::uint32_t>(y) +
                                      (xsimd::bitwise_cast<std::uint32_t>(rounded) << 23));
#else
    using Bits = Vec<std::uint32_t>;
    return xsimd::bitwise_cast<Floats>(xsimd::bitwise_cast<Bits>(y) +
                                       (xsimd::bitwise_cast<Bits>(rounded) << 23));
#endif
}

template <class F>
[[gnu::always_inline]] inline Floats in_double(Floats x, F f) {
    return narrow(f(widen_low(x)), f(widen_high(x)));
}

// The lanes of a vector as doubles, kDoubles<T> vectors of them; part(v, 0) has the first.
template <class T>
inline constexpr std::size_t kDoubles = sizeof(double) / sizeof(T);
[[gnu::always_inline]] inline Doubles part(Floats v, std::size_t which) {
    return which == 0 ? widen_low(v) : widen_high(v);
}
[[gnu::always_inline]] inline Doubles part(Doubles v, std::size_t /*which*/) {
    return v;
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
