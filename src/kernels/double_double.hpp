// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sums and products of doubles, each with what its rounding lost: together they are exact. A number may so
// have twice the digits, as high + low.
//
// error   none, as long as nothing overflows or underflows; products without fma of factors below 2^996
// source  Dekker 1971; Knuth, The Art of Computer Programming 4.2.2
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// a + b, whichever is larger.
template <class V>
[[gnu::always_inline]] inline V exact_sum(V a, V b, V& lost) {
    const V sum = a + b;
    const V b_there = sum - a;
    lost = (a - (sum - b_there)) + (b - b_there);
    return sum;
}
// a + b for |a| >= |b|.
template <class V>
[[gnu::always_inline]] inline V exact_sum_ordered(V a, V b, V& lost) {
    const V sum = a + b;
    lost = b - (sum - a);
    return sum;
}

// The upper 26 bits of x; what is left of it has 26, too.
template <class V>
[[gnu::always_inline]] inline V upper_half(V x) {
    const V far = x * V(134217729.0);  // 2^27 + 1
    return far - (far - x);
}
// a * b: one fma, or by Veltkamp's halves and Dekker's product.
template <class V>
[[gnu::always_inline]] inline V exact_product(V a, V b, V& lost) {
    const V product = a * b;
    if constexpr (kHasFma) {
        lost = fma(a, b, -product);
    } else {
        const V a_high = upper_half(a);
        const V a_low = a - a_high;
        const V b_high = upper_half(b);
        const V b_low = b - b_high;
        lost = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    }
    return product;
}

// high + lost, of which high is the nearest double, rounded to odd: to a neighbour whose last bit is 1 unless
// it is a double. Rounding that to float gives the float nearest to high + lost, where rounding high may not:
// when high lies in the middle of two floats.
template <class V>
[[gnu::always_inline]] inline V rounded_to_odd(V high, V lost) {
    using Bits = decltype(to_bits(high));
    const Bits bits = to_bits(high);
    const Bits even = ~bits & Bits(1);
    const Bits inwards = even & ((bits ^ to_bits(lost)) >> 63);
    return choose(lost == V(0.0), high, from_bits(bits + even - (inwards + inwards)));
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
