// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// exp and log on double vectors, the arithmetic under every transcendental kernel. Float kernels evaluate
// these in double lanes and round once. Same operations on every ISA of a rounding class, hence the same
// bits.
//
// error   below 1 ULP each for double (budgets: tests/functions.inc); see docs/numerics.md. The worst input
//         known stands at the function (tests/kernels/find_worst_inputs.cpp looks for it)
// source  exp: argument reduction by multiples of ln 2 (of ln 2 / 16 for float, with a table as Tang 1989)
//         and a near-minimax polynomial. log: the series of
//         log((1 + s) / (1 - s)) in s = f / (2 + f), as in fdlibm's e_log.c, with coefficients of our own.
//         Coefficients: tools/coefficients/exp_log.py; the relative error stands beside each.
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// ln 2 in two parts; the first has 42 bits, so that its product with any exponent (11 bits) is exact.
inline constexpr double kLn2High = 0x1.62e42fefa3800p-1;
inline constexpr double kLn2Low = 0x1.ef35793c76730p-45;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;
// 1.5 * 2^52: adding it leaves a number of at most 51 bits rounded to an integer in the low bits.
inline constexpr double kRounder = 6755399441055744.0;

// p(x) = c[0] + c[1] x + ... by Horner's rule.
template <class V, class C, std::size_t N>
[[gnu::always_inline]] inline V polynomial(V x, const C (&c)[N]) {
    V sum(c[N - 1]);
    for (std::size_t i = N - 1; i > 0; --i) {
        sum = fma(sum, x, V(c[i - 1]));
    }
    return sum;
}

// 2^k for integers k of at most 10 bits and sign, given as kRounder + k.
template <class V>
[[gnu::always_inline]] inline V power_of_two(V rounded) {
    const auto exponent = to_bits(rounded) << 52;
    return from_bits(exponent + to_bits(V(1.0)));
}

// e^x = 2^k e^r with |r| <= ln2/2. Gives e^r and k.
template <class V>
struct ExpParts {
    V mantissa;
    V k;
};
template <class V>
[[gnu::always_inline]] inline V exp_tail(V r) {
    // (e^r - 1 - r) / r^2 on |r| <= ln2/2, relative error 3.4e-19 of e^r
    constexpr double kTail[] = {0x1.0000000000000p-1,  0x1.5555555555557p-3,  0x1.5555555555556p-5,
                                0x1.11111111100dcp-7,  0x1.6c16c16c162d4p-10, 0x1.a01a01abe7fe1p-13,
                                0x1.a01a01a6d889cp-16, 0x1.71de0231960ebp-19, 0x1.27e4db646b17ep-22,
                                0x1.af4de97ca4194p-26, 0x1.1f730349868cep-29};
    return polynomial(r, kTail);
}
template <class V>
[[gnu::always_inline]] inline ExpParts<V> exp_parts(V x) {
    const V k = fma(x, V(kLog2E), V(kRounder)) - V(kRounder);
    V r = fma(k, V(-kLn2High), x);
    r = fma(k, V(-kLn2Low), r);
    const V tail = fma(r * r, exp_tail(r), r);
    return {tail + V(1.0), k};
}

// y 2^k for |k| up to 1200, in two steps so that subnormal results are rounded once.
template <class V>
[[gnu::always_inline]] inline V scaled_twice(V y, V k) {
    const V half = fma(k, V(0.5), V(kRounder));
    const V first = half - V(kRounder);
    const V second = (k - first) + V(kRounder);
    return y * power_of_two(half) * power_of_two(second);
}

// e^x for double vectors, all x.
// worst 0.986 ULP at x = -0x1.97781788f50bcp+5 (got 0x1.6ea881e618856p-74, want 0x1.6ea881e618857p-74)
template <class V>
[[gnu::always_inline]] inline V exp_double(V x) {
    // Beyond these the result is 0 or Inf anyway, and the exponents stay within what two steps can scale.
    V clamped = choose(x < V(-746.0), V(-746.0), x);
    clamped = choose(clamped > V(710.0), V(710.0), clamped);
    const ExpParts<V> parts = exp_parts(clamped);
    return choose(is_nan(x), x, scaled_twice(parts.mantissa, parts.k));
}

// e^x in double for x that come from float: any result in float's range or just beyond is a normal double.
// e^x = 2^(k/16) e^r with |r| <= ln2/32. NaN stays NaN.
template <class V>
[[gnu::always_inline]] inline V exp_of_float(V x) {
    // 2^(i/16), minus i sixteenths of an exponent, so that adding k of them gives 2^(k/16)
    constexpr double kPower[16] = {
        0x1.0000000000000p+0, 0x1.fb5586cf9890fp-1, 0x1.f72b83c7d517bp-1, 0x1.f387a6e756238p-1,
        0x1.f06fe0a31b715p-1, 0x1.edea64c123422p-1, 0x1.ebfdad5362a27p-1, 0x1.eab07dd485429p-1,
        0x1.ea09e667f3bcdp-1, 0x1.ea11473eb0187p-1, 0x1.eace5422aa0dbp-1, 0x1.ec49182a3f090p-1,
        0x1.ee89f995ad3adp-1, 0x1.f199bdd85529cp-1, 0x1.f5818dcfba487p-1, 0x1.fa4afa2a490dap-1};
    // (e^r - 1 - r) / r^2, relative error 1.2e-17 of e^r
    constexpr double kTail[] = {0x1.0000000000005p-1, 0x1.555555548f83bp-3, 0x1.555555545ea7fp-5,
                                0x1.11123ab218a53p-7, 0x1.6c185df0670f9p-10};
    // ln2/16 in two parts, the first of 40 bits
    constexpr double kHigh = 0x1.62e42fefa2000p-5;
    constexpr double kLow = 0x1.9ef35793c7673p-45;
    V clamped = choose(x < V(-110.0), V(-110.0), x);
    clamped = choose(clamped > V(110.0), V(110.0), clamped);
    const V t = fma(clamped, V(16 * kLog2E), V(kRounder));
    const V k = t - V(kRounder);
    const V r = fma(k, V(-kLow), fma(k, V(-kHigh), clamped));
    const V power = from_bits(to_bits(lookup(kPower, to_bits(t))) + (to_bits(t) << 48));
    const V tail = fma(r * r, polynomial(r, kTail), r);
    return fma(power, tail, power);
}

// k ln2 + log m with m in [sqrt(1/2), sqrt(2)).
template <class V>
[[gnu::always_inline]] inline V log_of_parts(V k, V m) {
    // (log((1+s)/(1-s)) - 2s) / s^3 as a polynomial in s^2 on |s| <= 0.1716, relative error of the
    // log 4.7e-18
    constexpr double kSeries[] = {0x1.5555555555558p-1, 0x1.99999999952d7p-2, 0x1.2492492df281ap-2,
                                  0x1.c71c62e3f11e6p-3, 0x1.7462b51cb66b1p-3, 0x1.39fe51a7c18f9p-3,
                                  0x1.2b5900de53b32p-3};
    const V f = m - V(1.0);
    const V s = f / (V(2.0) + f);
    const V z = s * s;
    const V half_square = V(0.5) * f * f;
    const V series = z * polynomial(z, kSeries);
    const V low = fma(s, half_square + series, k * V(kLn2Low));
    return fma(k, V(kLn2High), f - (half_square - low));
}

// x = 2^k m for positive normal x, m in [sqrt(1/2), sqrt(2)). Exponent and mantissa come by integer
// arithmetic on the distance from sqrt(1/2), kept positive by a bias of 1023.
inline constexpr double kRootHalf = 0x1.6a09e667f3bcdp-1;
template <class V>
[[gnu::always_inline]] inline void split_exponent(V x, V& k, V& m) {
    const auto distance = to_bits(x) - to_bits(V(kRootHalf));
    const auto biased = (distance + to_bits(V(1.0))) >> 52;
    const V two52(4503599627370496.0);
    k = (from_bits(biased | to_bits(two52)) - two52) - V(1023.0);
    m = from_bits(to_bits(x) - (biased << 52) + to_bits(V(1.0)));
}

// The same bits for 1 <= x < Inf, where nothing needs a bias.
template <class V>
[[gnu::always_inline]] inline V log_above_one(V x) {
    const auto distance = to_bits(x) - to_bits(V(kRootHalf));
    const V two52(4503599627370496.0);
    const V k = from_bits((distance >> 52) | to_bits(two52)) - two52;
    const V m = from_bits(to_bits(x) - ((distance >> 52) << 52));
    return log_of_parts(k, m);
}

// The logarithm of any double, of(k, m) being that of 2^k m.
template <class V, class Of>
[[gnu::always_inline]] inline V log_of_any(V x, Of of) {
    const V smallest_normal(0x1.0p-1022);
    const auto subnormal = x < smallest_normal;
    V k;
    V m;
    split_exponent(choose(subnormal, x * V(0x1.0p54), x), k, m);
    const V y = of(k + choose(subnormal, V(-54.0), V(0.0)), m);
    const V infinity(kInfinity);
    V result = choose(x < infinity, y, x);  // Inf and NaN stay
    result = choose(x == V(0.0), -infinity, result);
    return choose(x < V(0.0), V(kNaN), result);
}

// log x for double vectors, all x.
// worst 0.884 ULP at x = 0x1.69f1850ba3d0fp-1 (got -0x1.6329277df1e92p-2, want -0x1.6329277df1e91p-2)
template <class V>
[[gnu::always_inline]] inline V log_double(V x) {
    return log_of_any(x, [](V k, V m) THALWEG_INLINE_LAMBDA { return log_of_parts(k, m); });
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
