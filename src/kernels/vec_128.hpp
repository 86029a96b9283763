// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The part of vec_simd.hpp that is written with intrinsics, for 128-bit registers: SSE2 and NEON.
#pragma once

#include "kernels/compiler.hpp"
#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

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
[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    return nonzero_64_bytewise(p);
}
[[gnu::always_inline]] inline Floats fma(Floats a, Floats b, Floats c) {
    return vfmaq_f32(c, a, b);
}
[[gnu::always_inline]] inline Doubles fma(Doubles a, Doubles b, Doubles c) {
    return vfmaq_f64(c, a, b);
}
// xsimd's operator (8.1 to 14) is 32-bit ARM's for floats, which has no division: an estimate and two steps
// of Newton's, wrong by up to 2 units in the last place.
[[gnu::always_inline]] inline Floats divide(Floats a, Floats b) {
    return vdivq_f32(a, b);
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
    const uint16x8_t halves = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(load_word(p))));
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
    const __m128i zero = _mm_setzero_si128();
    const __m128i halves = _mm_unpacklo_epi8(_mm_cvtsi32_si128(static_cast<int>(load_word(p))), zero);
    return _mm_cvtepi32_ps(_mm_unpacklo_epi16(halves, zero));
}
#endif

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
