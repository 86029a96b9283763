// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// map() for a function with a quick way that now and then leaves a doubt, and a slow way that never does.
//
// quick(v, y, doubt) computes K vectors side by side, given and returned as arrays, and says for each of them
// whether y holds f or the doubt is not settled; slow(v) gives f of one vector, always.
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Vectors that are worked on side by side, step by step: instructions that wait for operands fill a core's
// scheduler, which holds those of three vectors done one after the other. Arrays and no struct: GCC 12 keeps
// a struct of vectors in memory.
inline constexpr std::size_t kAbreast = kRegisters == 32 ? 4 : 2;

// One step of map_quick(): bit k of the result is set where vector k is open.
template <std::size_t K, class Quick>
[[gnu::always_inline]] inline std::uint64_t quick_vectors(const float* x, float* y, Quick quick) {
    Vec<float> v[K];
    Vec<float> result[K];
    Vec<std::uint32_t> doubt[K];
    std::uint64_t open = 0;
#pragma GCC unroll 4
    for (std::size_t k = 0; k < K; ++k) {
        v[k] = load_full(x + k * kWidth<float>);
    }
    quick(v, result, doubt);
#pragma GCC unroll 4
    for (std::size_t k = 0; k < K; ++k) {
        store_full(y + k * kWidth<float>, result[k]);
        open |= std::uint64_t{!settled(doubt[k])} << k;
    }
    return open;
}

// y[i] = f(x[i]), K vectors at a time. A doubt becomes a bit, not a branch that is predicted wrongly, and is
// done the slow way after a block. y may be x: then the block works on a copy of its arguments.
template <std::size_t K, class Quick, class Slow>
[[gnu::always_inline]] inline void map_quick(const float* x, float* y, std::size_t n, Quick quick,
                                             Slow slow) {
    constexpr std::size_t kLanes = kWidth<float>;
    constexpr std::size_t kVectors = 64;
    static_assert(kVectors % K == 0);
    float copy[kVectors * kLanes];
    while (n >= kLanes) {
        const std::size_t vectors = n / kLanes < kVectors ? n / kLanes : kVectors;
        const float* from = x;
        if (x == y) {
            map(x, copy, vectors * kLanes, [](Vec<float> v) { return v; });
            from = copy;
        }
        std::uint64_t open = 0;
        std::size_t i = 0;
        for (; i + K <= vectors; i += K) {
            open |= quick_vectors<K>(from + i * kLanes, y + i * kLanes, quick) << i;
        }
        for (; i < vectors; ++i) {
            open |= quick_vectors<1>(from + i * kLanes, y + i * kLanes, quick) << i;
        }
        for (; open != 0; open &= open - 1) {
            const std::size_t at = trailing_zeros(open) * kLanes;
            store_full(y + at, slow(load_full(from + at)));
        }
        x += vectors * kLanes;
        y += vectors * kLanes;
        n -= vectors * kLanes;
    }
    if (n > 0) {
        const Vec<float> v[1] = {load_partial(x, n)};
        Vec<float> result[1];
        Vec<std::uint32_t> doubt[1];
        quick(v, result, doubt);
        store_partial(y, settled(doubt[0]) ? result[0] : slow(v[0]), n);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
