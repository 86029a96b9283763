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
//                            registers; kLookupFloats is 0 where there is no such thing
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
// just that, vec_avx2.hpp.
template <class V>
[[gnu::always_inline]] inline V larger(V a, V b) {
    return choose(a > b, a, b);
}
template <class V>
[[gnu::always_inline]] inline V smaller(V a, V b) {
    return choose(a < b, a, b);
}

// The first n lanes of v, the others zero.
template <class T>
[[gnu::always_inline]] inline Vec<T> first_lanes(Vec<T> v, std::size_t n) {
    T lanes[kWidth<T>];
    store_full(lanes, v);
    return load_partial(lanes, n);
}
// load_partial with the lanes of `rest` beyond n.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_partial_over(const T* p, std::size_t n, Vec<T> rest) {
    T lanes[kWidth<T>];
    store_full(lanes, rest);
    store_partial(lanes, load_partial(p, n), n);
    return load_full(lanes);
}

// All lanes combined: upper half onto lower until one is left.
template <class T, class Op>
[[gnu::always_inline]] inline T fold_lanes(Vec<T> v, Op op) {
    T lanes[kWidth<T>];
    store_full(lanes, v);
#pragma GCC unroll 4
    for (std::size_t half = kWidth<T> / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
        for (std::size_t l = 0; l < half; ++l) {
            lanes[l] = op(lanes[l], lanes[l + half]);
        }
    }
    return lanes[0];
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

// y[i] = f(x[i]) where the quick way, quick(v, doubt), is settled for nearly all vectors: no doubt, and no
// distance above `reach`. Two vectors at a time share the test. What is not settled is written down, without
// a branch that could be predicted wrongly, and done again by careful(v) later; x may be y.
template <class Quick, class Careful>
[[gnu::always_inline]] inline void map_quick(const float* x, float* y, std::size_t n, std::uint32_t reach,
                                             Quick quick, Careful careful) {
    constexpr std::size_t kPair = 2 * kWidth<float>;
    constexpr std::size_t kPairs = 64;
    float arguments[kPairs][kPair];
    std::size_t places[kPairs];
    std::size_t i = 0;
    while (n - i >= kPair) {
        const std::size_t last = i + ((n - i) / kPair < kPairs ? (n - i) / kPair : kPairs) * kPair;
        std::size_t count = 0;
        for (; i < last; i += kPair) {
            const Vec<float> a = load_full(x + i);
            const Vec<float> b = load_full(x + i + kWidth<float>);
            Doubt doubt;
            store_full(y + i, quick(a, doubt));
            store_full(y + i + kWidth<float>, quick(b, doubt));
            store_full(arguments[count], a);
            store_full(arguments[count] + kWidth<float>, b);
            places[count] = i;
            count += settled(doubt.differ, doubt.furthest, reach) ? 0 : 1;
        }
        for (std::size_t c = 0; c < count; ++c) {
            map(arguments[c], y + places[c], kPair, careful);
        }
    }
    map(x + i, y + i, n - i, careful);
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
