// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What 128-bit registers share, SSE2 and NEON: no masks, and no registers for tables.
#pragma once

#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

[[gnu::always_inline]] inline void leave_vectors() {}

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

// For transpose.hpp: a register is one chunk.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_chunks(const T* p, std::size_t /*stride*/) {
    return load_full(p);
}
template <class T>
[[gnu::always_inline]] inline void store_chunks(T* p, std::size_t /*stride*/, Vec<T> v) {
    store_full(p, v);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
