// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// vec.hpp's vocabulary at width 1: a vector is a number, a mask is a bool. The level that runs everywhere,
// and the plainest reading of every kernel. Multiplies and adds with two roundings, as sse2 does: their bits
// are equal.
#pragma once

#include "kernels/isa.hpp"
#include "kernels/no_ten_columns.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr bool kHasFma = false;
inline constexpr std::size_t kRegisters = 16;

template <class T>
using Vec = T;
template <class T>
using Register = T;

template <class T>
inline constexpr std::size_t kWidth = 1;

[[gnu::always_inline]] inline void leave_vectors() {}

template <class T>
[[gnu::always_inline]] inline T load_full(const T* p) {
    return *p;
}
template <class T>
[[gnu::always_inline]] inline void store_full(T* p, T v) {
    *p = v;
}
template <class T>
[[gnu::always_inline]] inline T load_partial(const T* p, std::size_t n) {
    return n == 0 ? T(0) : *p;
}
template <class T>
[[gnu::always_inline]] inline void store_partial(T* p, T v, std::size_t n) {
    if (n != 0) {
        *p = v;
    }
}

template <class T>
[[gnu::always_inline]] inline T fma(T a, T b, T c) {
    const T product = a * b;
    return product + c;
}
template <class T>
[[gnu::always_inline]] inline T choose(bool mask, T a, T b) {
    return mask ? a : b;
}
[[gnu::always_inline]] inline bool any_lane(bool mask) {
    return mask;
}
[[gnu::always_inline]] inline bool all_lanes(bool mask) {
    return mask;
}
[[gnu::always_inline]] inline bool both(bool a, bool b) {
    return a && b;
}
[[gnu::always_inline]] inline bool either(bool a, bool b) {
    return a || b;
}
[[gnu::always_inline]] inline float square_root(float x) {
    return __builtin_sqrtf(x);
}
[[gnu::always_inline]] inline double square_root(double x) {
    return __builtin_sqrt(x);
}

inline constexpr std::size_t kLookupFloats = 0;
[[gnu::always_inline]] inline bool settled(std::uint32_t doubt) {
    return doubt == 0;
}
[[gnu::always_inline]] inline double lookup(const double (&table)[16], std::uint64_t index) {
    return table[index % 16];
}
[[gnu::always_inline]] inline void lookup_pairs(const double (*table)[2], std::uint64_t index, double& first,
                                                double& second) {
    first = table[index][0];
    second = table[index][1];
}

template <class T>
[[gnu::always_inline]] inline bool is_nan(T x) {
    return x != x;
}

[[gnu::always_inline]] inline std::uint64_t to_bits(double x) {
    return __builtin_bit_cast(std::uint64_t, x);
}
[[gnu::always_inline]] inline double from_bits(std::uint64_t x) {
    return __builtin_bit_cast(double, x);
}

template <class T>
[[gnu::always_inline]] inline double load_as_doubles(const T* p) {
    return static_cast<double>(*p);
}
[[gnu::always_inline]] inline void store_bits(std::uint64_t* p, std::uint64_t v) {
    *p = v;
}

template <class T>
inline constexpr std::size_t kDoubles = 1;
template <class T>
[[gnu::always_inline]] inline double part(T v, std::size_t /*which*/) {
    return static_cast<double>(v);
}

[[gnu::always_inline]] inline float add_exponent(float y, float rounded) {
    return __builtin_bit_cast(
        float, __builtin_bit_cast(std::uint32_t, y) + (__builtin_bit_cast(std::uint32_t, rounded) << 23));
}

[[gnu::always_inline]] inline std::uint32_t to_bits(float x) {
    return __builtin_bit_cast(std::uint32_t, x);
}
[[gnu::always_inline]] inline float from_bits(std::uint32_t x) {
    return __builtin_bit_cast(float, x);
}

// Signed integers in 32 bits as floats.
[[gnu::always_inline]] inline float from_integers(std::uint32_t x) {
    return static_cast<float>(static_cast<std::int32_t>(x));
}

template <class F>
[[gnu::always_inline]] inline float in_double(float x, F f) {
    return static_cast<float>(f(static_cast<double>(x)));
}
template <class F>
[[gnu::always_inline]] inline float in_double(float x, F f, float& other) {
    double second;
    const double first = f(static_cast<double>(x), second);
    other = static_cast<float>(second);
    return static_cast<float>(first);
}

[[gnu::always_inline]] inline float load_pixels(const std::uint8_t* p) {
    return static_cast<float>(*p);
}
[[gnu::always_inline]] inline void store_as(float* p, float v) {
    *p = v;
}
[[gnu::always_inline]] inline void store_as(double* p, float v) {
    *p = static_cast<double>(v);
}

[[gnu::always_inline]] inline std::uint64_t nonzero_64(const std::uint8_t* p) {
    return nonzero_64_bytewise(p);
}

// For transpose.hpp: nothing to transpose.
template <class T>
[[gnu::always_inline]] inline T load_chunks(const T* p, std::size_t /*stride*/) {
    return load_full(p);
}
template <class T>
[[gnu::always_inline]] inline void store_chunks(T* p, std::size_t /*stride*/, T v) {
    store_full(p, v);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
