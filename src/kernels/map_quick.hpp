// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// map() for a function with a quick way that is in doubt about a lane now and then, and a slow way that never
// is.
//
//   quick(v, low, high)   the results of K vectors, given and returned as arrays, as an interval: a lane
//                         whose two ends are the same float is settled
//   distance(v), reach    quick is to be believed where distance, an unsigned integer, is at most reach
//   slow(v)               the results of one vector, always
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Vectors that are worked on side by side, step by step: instructions that wait for operands fill a core's
// scheduler, which holds those of three vectors done one after the other. Arrays and no struct: GCC 12 keeps
// a struct of vectors in memory.
inline constexpr std::size_t kAbreast = kRegisters == 32 ? 4 : 2;

// The reach of a quick way that is to be believed wherever it settles a lane.
inline constexpr std::uint32_t kEverything = 0xffffffff;

// A block of arguments, and a bit for each whose result is open. Testing a bit vector by vector would take a
// third of the time that the results take: the bits are stored and looked at after the block.
struct OpenLanes {
    static constexpr std::size_t kVectors = 64;
    static constexpr std::size_t kElements = kVectors * kWidth<float>;
    static constexpr std::size_t kWords = (kElements + 63) / 64;

    std::uint64_t words[kWords];
    std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(words); }

    [[gnu::always_inline]] void set(std::size_t vector, std::uint32_t lanes) {
        if constexpr (kWidth<float> == 16) {
            const std::uint16_t both = static_cast<std::uint16_t>(lanes);
            __builtin_memcpy(bytes() + 2 * vector, &both, sizeof(both));
        } else {
            bytes()[vector] = static_cast<std::uint8_t>(lanes);
        }
    }
    [[gnu::always_inline]] void add(std::size_t vector, std::uint32_t lanes) {
        const std::size_t bit = vector * kWidth<float>;
        words[bit / 64] |= std::uint64_t{lanes} << (bit % 64);
    }
};

// Quick results of K vectors, the `vector`th of the block and the following ones.
template <std::size_t K, class Quick>
[[gnu::always_inline]] inline void quick_vectors(const float* x, float* y, std::size_t vector, Quick quick,
                                                 OpenLanes& open) {
    Vec<float> v[K];
    Vec<float> low[K];
    Vec<float> high[K];
#pragma GCC unroll 4
    for (std::size_t k = 0; k < K; ++k) {
        v[k] = load_full(x + (vector + k) * kWidth<float>);
    }
    quick(v, low, high);
#pragma GCC unroll 4
    for (std::size_t k = 0; k < K; ++k) {
        store_full(y + (vector + k) * kWidth<float>, low[k]);
        open.set(vector + k, lanes_that_differ(low[k], high[k]));
    }
}

// Arguments beyond reach are rare; one look at a block spares three instructions a vector. A vector looked at
// twice does no harm.
template <class Distance>
[[gnu::always_inline]] inline bool all_within(const float* x, std::size_t vectors, Distance distance,
                                              std::uint32_t reach) {
    constexpr std::size_t w = kWidth<float>;
    auto farthest = distance(load_full(x));
    auto others = distance(load_full(x + (vectors - 1) * w));
    std::size_t i = 0;
    for (; i + 4 <= vectors; i += 4) {
        farthest = larger_unsigned(farthest, distance(load_full(x + i * w)));
        others = larger_unsigned(others, distance(load_full(x + (i + 1) * w)));
        farthest = larger_unsigned(farthest, distance(load_full(x + (i + 2) * w)));
        others = larger_unsigned(others, distance(load_full(x + (i + 3) * w)));
    }
    for (; i < vectors; ++i) {
        farthest = larger_unsigned(farthest, distance(load_full(x + i * w)));
    }
    return lanes_beyond(larger_unsigned(farthest, others), reach) == 0;
}

template <class Distance>
[[gnu::always_inline]] inline void open_beyond(const float* x, std::size_t vectors, Distance distance,
                                               std::uint32_t reach, OpenLanes& open) {
    for (std::size_t i = 0; i < vectors; ++i) {
        open.add(i, lanes_beyond(distance(load_full(x + i * kWidth<float>)), reach));
    }
}

// y = slow(x) in the open lanes, gathered into vectors.
template <class Slow>
[[gnu::always_inline]] inline void settle(const float* x, float* y, const OpenLanes& open,
                                          std::size_t vectors, Slow slow) {
    constexpr std::size_t w = kWidth<float>;
    std::size_t count = 0;
    std::uint32_t at[OpenLanes::kElements];
    for (std::size_t word = 0; word * 64 < vectors * w; ++word) {
        for (std::uint64_t left = open.words[word]; left != 0; left &= left - 1) {
            at[count++] = static_cast<std::uint32_t>(word * 64 + trailing_zeros(left));
        }
    }
    for (std::size_t first = 0; first < count; first += w) {
        const std::size_t lanes = count - first < w ? count - first : w;
        float values[w] = {};
        for (std::size_t l = 0; l < lanes; ++l) {
            values[l] = x[at[first + l]];
        }
        store_full(values, slow(load_full(values)));
        for (std::size_t l = 0; l < lanes; ++l) {
            y[at[first + l]] = values[l];
        }
    }
}

// Up to a vector of arguments; the lanes beyond n have 1, about which no function here is in doubt.
template <std::size_t K, class Quick, class Distance, class Slow>
[[gnu::always_inline]] inline void map_quick_rest(const float* x, float* y, std::size_t n, Quick quick,
                                                  Distance distance, std::uint32_t reach, Slow slow) {
    const Vec<float> v[K] = {load_partial_over(x, n, Vec<float>(1.0F))};
    Vec<float> low[K];
    Vec<float> high[K];
    quick(v, low, high);
    const bool open = (lanes_that_differ(low[0], high[0]) | lanes_beyond(distance(v[0]), reach)) != 0;
    store_partial(y, open ? slow(v[0]) : low[0], n);
}

// y[i] = f(x[i]), K vectors at a time. y may be x: then a block works on a copy of its arguments.
template <std::size_t K, class Quick, class Distance, class Slow>
[[gnu::always_inline]] inline void map_quick(const float* x, float* y, std::size_t n, Quick quick,
                                             Distance distance, std::uint32_t reach, Slow slow) {
    constexpr std::size_t w = kWidth<float>;
    static_assert(OpenLanes::kVectors % K == 0);
    float copy[OpenLanes::kElements];
    OpenLanes open;
    while (n >= w) {
        const std::size_t vectors = n / w < OpenLanes::kVectors ? n / w : OpenLanes::kVectors;
        const float* from = x;
        if (x == y) {
            map(x, copy, vectors * w, [](Vec<float> v) { return v; });
            from = copy;
        }
        open.words[(vectors * w - 1) / 64] = 0;  // not all of its bits are set below
        std::size_t i = 0;
        for (; i + K <= vectors; i += K) {
            quick_vectors<K>(from, y, i, quick, open);
        }
        for (; i < vectors; ++i) {
            quick_vectors<1>(from, y, i, quick, open);
        }
        if (reach != kEverything && !all_within(from, vectors, distance, reach)) {
            open_beyond(from, vectors, distance, reach, open);
        }
        settle(from, y, open, vectors, slow);
        x += vectors * w;
        y += vectors * w;
        n -= vectors * w;
    }
    if (n > 0) {
        map_quick_rest<1>(x, y, n, quick, distance, reach, slow);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
