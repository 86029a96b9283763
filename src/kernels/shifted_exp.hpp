// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// e^d for softmax, where d = x - max is at most 0. For double that is exp; float has a function of its own in
// float lanes: d carries the rounding of the shift, half a unit of d, which costs e^d up to |d| / 2 units in
// the last place whatever computes it, so that rounding correctly through double lanes would take twice the
// time for nothing.
//
// error   float: 0.8 + |d| / 21 units with fma (ln 2 in one step), 1.2 without; all floats from -87 to 0
//         were tried; worst 4.49 at d = -0x1.5a9366p+6 (got 0x1.ffb876p-126, want 0x1.ffb86ep-126), without
//         1.16 at -0x1.4c97p+2 (got 0x1.6ab904p-8, want 0x1.6ab902p-8). e^0 = 1 exactly; 0 below -87, where
//         results would be subnormal
// bound   8 multiply-adds, 1 addition and 2 integer operations for 64 bytes; double lanes take about 20
// source  polynomial: tools/coefficients/shifted_exp.py
#pragma once

#include "kernels/elementwise.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Shifts from here up are ordinary: quotients by sums of such exponentials do not underflow (quotient.hpp),
// and exp_ordinary() may be used.
template <class T>
inline constexpr T kOrdinaryShift = sizeof(T) == 4 ? T(-44) : T(-346);

[[gnu::always_inline]] inline Vec<double> exp_ordinary(Vec<double> d) {
    return exp_lanes(d);
}
[[gnu::always_inline]] inline Vec<double> exp_any(Vec<double> d) {
    return exp_lanes(d);
}

inline constexpr float kLog2EFloat = 0x1.715476p+0F;

// d - k ln 2; the first part of ln 2 has 15 bits: its product with k is exact.
[[gnu::always_inline]] inline Vec<float> rest_in_two_steps(Vec<float> k, Vec<float> d) {
    using V = Vec<float>;
    return fma(k, V(-0x1.7f7d1cp-20F), fma(k, V(-0x1.62e400p-1F), d));
}

// e^r for |r| <= ln2/2.
[[gnu::always_inline]] inline Vec<float> exp_polynomial(Vec<float> r) {
    // e^r - 1 - r, relative error 3.8e-9 of e^r
    using V = Vec<float>;
    V p = fma(V(0x1.6a241cp-10F), r, V(0x1.1239f2p-7F));
    p = fma(p, r, V(0x1.5558f2p-5F));
    p = fma(p, r, V(0x1.555492p-3F));
    p = fma(p, r, V(0x1.fffffcp-2F));
    p = fma(p, r, V(1.0F));
    p = fma(p, r, V(1.0F));
    return p;
}

// e^d for -87 <= d <= 0.
[[gnu::always_inline]] inline Vec<float> exp_ordinary(Vec<float> d) {
    using V = Vec<float>;
    const V rounder(12582912.0F);  // 1.5 * 2^23: leaves an integer in the low bits
    const V rounded = fma(d, V(kLog2EFloat), rounder);
    const V k = rounded - rounder;
    V r;
    if constexpr (kHasFma) {
        r = fma(k, V(-0x1.62e430p-1F), d);
    } else {
        r = rest_in_two_steps(k, d);
    }
    return add_exponent(exp_polynomial(r), rounded);
}
// e^d for any d <= 0, and NaN.
[[gnu::always_inline]] inline Vec<float> exp_any(Vec<float> d) {
    const Vec<float> lowest(-87.0F);
    const Vec<float> zero(0.0F);
    const Vec<float> y = choose(d < lowest, zero, exp_ordinary(larger(d, lowest)));
    return choose(is_nan(d), d, y);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
