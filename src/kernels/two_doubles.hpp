// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numbers of more bits than a double has, as the sum of two. A function that is computed so far has lost a
// quarter of a unit at most before its one rounding as a double, and 2^-30 of one as a float, whatever the
// rounding class.
//
// source  Dekker (1971), Knuth's exact sum, Veltkamp's halves; rounding to odd: Boldo and Melquiond (2008)
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// high + low; unless said otherwise low is at most a few hundredths of high.
template <class V>
struct Two {
    V high;
    V low;
};

// a + b exactly, where |a| >= |b| or a is 0.
template <class V>
[[gnu::always_inline]] inline Two<V> fast_sum(V a, V b) {
    const V sum = a + b;
    return {sum, b - (sum - a)};
}

// a + b exactly.
template <class V>
[[gnu::always_inline]] inline Two<V> exact_sum(V a, V b) {
    const V sum = a + b;
    const V of_b = sum - a;
    return {sum, (a - (sum - of_b)) + (b - of_b)};
}

// a * b exactly: one fma, or by Veltkamp's halves and Dekker's product, whose halves have 26 bits.
template <class V>
[[gnu::always_inline]] inline Two<V> exact_product(V a, V b) {
    const V product = a * b;
    if constexpr (kHasFma) {
        return {product, fma(a, b, -product)};
    } else {
        const V splitter(134217729.0);  // 2^27 + 1
        const V a_far = a * splitter;
        const V a_high = a_far - (a_far - a);
        const V a_low = a - a_high;
        const V b_far = b * splitter;
        const V b_high = b_far - (b_far - b);
        const V b_low = b - b_high;
        return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
    }
}

// The sum as a double that rounds to the same float as the sum itself: where the last bit of the rounded sum
// is even, a double that is not the sum moves by one unit towards it. So it lies exactly between two floats
// only if the sum does.
template <class V>
[[gnu::always_inline]] inline V rounded_to_odd(V high, V low) {
    const Two<V> sum = fast_sum(high, low);
    using Bits = decltype(to_bits(high));
    const Bits bits = to_bits(sum.high);
    const Bits one(std::uint64_t{1});
    const V exact = choose(sum.low == V(0.0), V(1.0), V(-1.0));
    const Bits moves = (to_bits(exact) >> 63) & ~bits & one;
    const Bits back = ((bits ^ to_bits(sum.low)) >> 63) & moves;
    return from_bits(bits + moves - back - back);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
