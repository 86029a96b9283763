// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Signs as bits, where those of zeros count.
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// The smallest |x| of which e^x - 1, log(1 + x) and tanh x are more than x rounded.
inline constexpr double kLinear = 0x1p-54;

template <class V>
[[gnu::always_inline]] inline V absolute(V x) {
    return from_bits((to_bits(x) << 1) >> 1);
}

// y with the sign of x; y is not negative, or has that sign already.
[[gnu::always_inline]] inline Vec<float> with_sign_of(Vec<float> y, Vec<float> x) {
    using Bits = decltype(to_bits(x));
    return from_bits(to_bits(y) | (to_bits(x) & Bits(0x80000000U)));
}
[[gnu::always_inline]] inline Vec<double> with_sign_of(Vec<double> y, Vec<double> x) {
    using Bits = decltype(to_bits(x));
    return from_bits(to_bits(y) | (to_bits(x) & Bits(0x8000000000000000U)));
}

// x, or the nearer end of [low, high]; NaN stays NaN.
[[gnu::always_inline]] inline Vec<double> within(Vec<double> x, double low, double high) {
    using V = Vec<double>;
    const V above = choose(x < V(low), V(low), x);
    return choose(above > V(high), V(high), above);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
