// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// vec.hpp's vocabulary on xsimd 8.1 to 14. What xsimd lacks in some version (an AVX-512 fma before 11.0,
// partial loads and stores, widening) is supplied with the compiler's intrinsics in vec_<level>.hpp, which
// includes this.
#pragma once

#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

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
template <class M>
[[gnu::always_inline]] inline M either(M a, M b) {
    return a | b;
}
template <class T>
[[gnu::always_inline]] inline xsimd::batch<T, Arch> square_root(xsimd::batch<T, Arch> x) {
    return xsimd::sqrt(x);
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

template <class F>
[[gnu::always_inline]] inline Floats in_double(Floats x, F f, Floats& other) {
    Doubles other_low;
    Doubles other_high;
    const Doubles low = f(widen_low(x), other_low);
    const Doubles high = f(widen_high(x), other_high);
    other = narrow(other_low, other_high);
    return narrow(low, high);
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
