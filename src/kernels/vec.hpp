// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The vocabulary every kernel is written in: a vector of T, loads and stores whole and partial, fma,
// selection, bits, and map() over arrays. vec_simd.hpp gives it on xsimd, vec_scalar.hpp at width 1; above
// this line nobody knows which. The names differ from xsimd's own (select, load, store) on purpose:
// argument-dependent lookup would mix the two.
//
//   Vec<T>, kWidth<T>        + - * / and comparisons by operators, Vec<T>(value) broadcasts
//   load_full, store_full    unaligned
//   load_partial             the first n lanes from memory, the others zero; touches nothing beyond them
//   store_partial            the first n lanes
//   fma(a, b, c)             a*b + c with one rounding where kHasFma, with two elsewhere: never the
//                            compiler's choice
//   choose(mask, a, b)       lane by lane, a where mask is true
//   any_lane, all_lanes      whether any lane of a mask is true, or all
//   is_nan(x)                lane by lane; x != x is not to be trusted
//   to_bits, from_bits       the same bits as unsigned integers and back; + - & | << >> on them
//   in_double(x, f)          f on the lanes of a float vector in double, rounded once to float
//   lookup(table, index)     table[low bits of index] from a table of kLookupFloats floats that lives in
//                            registers; kLookupFloats is 0 where there is no such thing. The same from a
//                            table of 16 doubles, everywhere
//   lookup_pairs             table[index][0] and table[index][1] from a table of doubles in memory
//   settled(d, f, reach)     d is 0 and f at most reach in every lane
//   load_pixels(p)           kWidth<float> bytes as floats
#pragma once

#include "kernels/isa.hpp"

#if THALWEG_ISA_SIMD
#include "kernels/vec_simd.hpp"
#else
#include "kernels/vec_scalar.hpp"
#endif

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// The larger and the smaller of two, lane by lane; b where they do not compare. x86 has instructions that do
// just that, vec_simd.hpp.
template <class V>
[[gnu::always_inline]] inline V larger(V a, V b) {
    return choose(a > b, a, b);
}
template <class V>
[[gnu::always_inline]] inline V smaller(V a, V b) {
    return choose(a < b, a, b);
}

// y[i] = f(x[i]): whole vectors, then one partial step through the same f, so that an element's result does
// not depend on where it stands.
template <class T, class F>
[[gnu::always_inline]] inline void map(const T* x, T* y, std::size_t n, F f) {
    std::size_t i = 0;
    for (; i + kWidth<T> <= n; i += kWidth<T>) {
        store_full(y + i, f(load_full(x + i)));
    }
    if (i < n) {
        store_partial(y + i, f(load_partial(x + i, n - i)), n - i);
    }
}

// What a quick way to f may leave open in some lane: two results that differ, or an argument out of reach.
struct Doubt {
    Vec<std::uint32_t> differ = Vec<std::uint32_t>(0U);
    Vec<std::uint32_t> furthest = Vec<std::uint32_t>(0U);

    [[gnu::always_inline]] void note(Vec<float> y, Vec<float> other, Vec<std::uint32_t> distance) {
        differ = differ | (to_bits(y) ^ to_bits(other));
        furthest = larger(furthest, distance);
    }
};

// f of one vector, where quick(v, doubt) gives f unless there is doubt or a distance above `reach`, and
// slow(v) always.
template <class Quick, class Slow>
[[gnu::always_inline]] inline Vec<float> quick_or_slow(Vec<float> v, std::uint32_t reach, Quick quick,
                                                       Slow slow) {
    Doubt doubt;
    const Vec<float> y = quick(v, doubt);
    if (settled(doubt.differ, doubt.furthest, reach)) [[likely]] {
        return y;
    }
    return slow(v);
}

// y[i] = f(x[i]) of the same sort. Two vectors at a time share the test. Where it fails becomes a bit, not a
// branch that is predicted wrongly, and is done the slow way after a block. y may be x: then the block works
// on a copy of its arguments.
template <class Quick, class Slow>
[[gnu::always_inline]] inline void map_quick(const float* x, float* y, std::size_t n, std::uint32_t reach,
                                             Quick quick, Slow slow) {
    constexpr std::size_t kPair = 2 * kWidth<float>;
    constexpr std::size_t kPairs = 64;
    float copy[kPairs * kPair];
    while (n >= kPair) {
        const std::size_t pairs = n / kPair < kPairs ? n / kPair : kPairs;
        const float* from = x;
        if (x == y) {
            map(x, copy, pairs * kPair, [](Vec<float> v) { return v; });
            from = copy;
        }
        std::uint64_t open = 0;
        for (std::size_t p = 0; p < pairs; ++p) {
            const float* const in = from + p * kPair;
            float* const out = y + p * kPair;
            Doubt doubt;
            store_full(out, quick(load_full(in), doubt));
            store_full(out + kWidth<float>, quick(load_full(in + kWidth<float>), doubt));
            open |= std::uint64_t{!settled(doubt.differ, doubt.furthest, reach)} << p;
        }
        for (; open != 0; open &= open - 1) {
            const std::size_t first = static_cast<std::size_t>(__builtin_ctzll(open)) * kPair;
            for (std::size_t i = first; i < first + kPair; i += kWidth<float>) {
                store_full(y + i, slow(load_full(from + i)));
            }
        }
        x += pairs * kPair;
        y += pairs * kPair;
        n -= pairs * kPair;
    }
    map(
        x, y,
        n, [=](Vec<float> v) __attribute__((always_inline)) { return quick_or_slow(v, reach, quick, slow); });
}

// y[i] = f(x1[i], x2[i]).
template <class T, class F>
[[gnu::always_inline]] inline void map2(const T* x1, const T* x2, T* y, std::size_t n, F f) {
    std::size_t i = 0;
    for (; i + kWidth<T> <= n; i += kWidth<T>) {
        store_full(y + i, f(load_full(x1 + i), load_full(x2 + i)));
    }
    if (i < n) {
        store_partial(y + i, f(load_partial(x1 + i, n - i), load_partial(x2 + i, n - i)), n - i);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
