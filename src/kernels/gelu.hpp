// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// gelu: y = x P(x), where P is the normal distribution, (1 + erf(x / sqrt 2)) / 2; and gelu_tanh, the formula
// 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which comes near it.
//
// Nothing cancels for negative x: P(-a) = e^(-a^2/2) t(a) with a smooth t, and 1 + tanh u = 2 e / (1 + e)
// with e = e^(2u). The exponents carry what their rounding loses.
//
// shape   x, y: n contiguous elements; y may be x
// range   all x: -0 for -Inf, Inf for Inf; subnormal results where due
// error   units in the last place. float: gelu below 5, gelu_tanh below 4 with FMA (all floats from 2^-31 to
//         18 tried); 0.51 without. double: gelu below 9, gelu_tanh below 5 (docs/numerics.md adds them up);
//         worst known
//         gelu       4.781 ULP at x = -0x1.632a1c14425f7p+1 (got -0x1.f65577f6c830fp-8,
//                    want -0x1.f65577f6c8314p-8)
//         gelu_tanh  2.974 ULP at x = -0x1.7d24d05f69a7cp+1 (got -0x1.ffb1d46f58fedp-9,
//                    want -0x1.ffb1d46f58ff0p-9)
// source  Hendrycks and Gimpel 2016. t as a polynomial in (a - c) / (a + c): Schonfelder 1978. Coefficients:
//         tools/coefficients/gelu.py
#pragma once

#include "kernels/array_ops.hpp"
#include "kernels/exp_pair.hpp"
#include "kernels/map_long.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Results for x below the negative of this are 0.
inline constexpr double kGeluLimit = 40.0;

// P(-a) e^(a^2/2) for 0 <= a <= kGeluLimit.
template <class V>
[[gnu::always_inline]] inline V normal_tail(V a) {
    // (a + 5/4) times that, which is nearly level, in (a - 5) / (a + 5); error 2^-54 of it
    constexpr double kTail[] = {
        0x1.ec4896da77b19p-2,   -0x1.04f3080b418b7p-3, 0x1.ebe8e26b67151p-5,   -0x1.4ed7f8c39bde6p-7,
        -0x1.d9140d6f74d2dp-7,  0x1.321c3a9d6924ep-6,  -0x1.a77265b3f473ap-7,  0x1.84736adfdedddp-8,
        -0x1.a8fbdc63f36f2p-10, 0x1.5af5bc096a415p-15, 0x1.5eb3778c38b0ep-13,  -0x1.bfada6e30cd95p-15,
        -0x1.1452f41258e96p-17, 0x1.255bc538023e5p-17, -0x1.00518c86a184p-22,  -0x1.4ed9a8873060cp-20,
        0x1.3a19d09059a5ap-23,  0x1.92316b827564ap-23, -0x1.deb702d46d4d8p-26, -0x1.00812041dac91p-25,
        0x1.bd246daf5d508p-29,  0x1.1f12ed5ad047dp-28, -0x1.64a11b02de612p-34, -0x1.40989216afd4ep-32};
    const V place = divide(a - V(5.0), a + V(5.0));
    return divide(polynomial(place, kTail), a + V(1.25));
}

// |x|, or the limit where that is less. NaN stays NaN.
template <class T>
[[gnu::always_inline]] inline Vec<T> limited_size(Vec<T> x, T limit) {
    return smaller(Vec<T>(limit), magnitude<T>(x));
}

[[gnu::always_inline]] inline Vec<double> gelu_of(Vec<double> x) {
    using V = Vec<double>;
    const V a = limited_size<double>(x, kGeluLimit);
    const auto [square, square_lost] = exact_product(a, a);
    const ExpParts<V> e = exp_of_pair(V(-0.5) * square, V(-0.5) * square_lost);
    const V tail = e.mantissa * normal_tail(a);
    const V positive = x * (V(1.0) - scaled_twice(tail, e.k));
    const V negative = scaled_twice(-a * tail, e.k);
    return choose(x < V(0.0), negative, positive);
}

// 2 sqrt(2/pi) and that times 0.044715, each in two parts.
inline constexpr double kGeluLinear = 0x1.9884533d43651p+0;
inline constexpr double kGeluLinearLow = -0x1.cbc0d30ebfd15p-54;
inline constexpr double kGeluCubic = 0x1.2444f2a4d8b4bp-4;
inline constexpr double kGeluCubicLow = -0x1.6c843a29d1c7p-61;

[[gnu::always_inline]] inline Vec<double> gelu_tanh_of(Vec<double> x) {
    using V = Vec<double>;
    const V a = limited_size<double>(x, kGeluLimit);
    const auto [square, square_lost] = exact_product(a, a);
    auto [cubic, cubic_lost] = exact_product(square, V(kGeluCubic));
    cubic_lost = cubic_lost + fma(square, V(kGeluCubicLow), square_lost * V(kGeluCubic));
    const auto [sum, sum_lost] = exact_sum(cubic, V(kGeluLinear));
    auto [u, u_lost] = exact_product(sum, a);
    u_lost = fma(a, sum_lost + (cubic_lost + V(kGeluLinearLow)), u_lost);
    // Beyond 800 the result is 0 or x.
    const auto far = u > V(800.0);
    const ExpParts<V> e = exp_of_pair(choose(far, V(-800.0), -u), choose(far, V(0.0), -u_lost));
    const V sum_of_e = V(1.0) + scaled_twice(e.mantissa, e.k);
    const V positive = divide(x, sum_of_e);
    const V negative = scaled_twice(divide(-a * e.mantissa, sum_of_e), e.k);
    return choose(x < V(0.0), negative, positive);
}

// The float forms, of CPUs with FMA.

// As normal_tail(), up to 15.
template <class V>
[[gnu::always_inline]] inline V normal_tail_float(V a) {
    // (a + 5/4) times that, in (a - 4) / (a + 4); error 2^-26.2 of it
    constexpr float kTail[] = {0x1.fb8d36p-2F,  -0x1.1d4ad6p-3F, 0x1.7169d8p-5F,  0x1.5dbd5ap-7F,
                               -0x1.91194ap-6F, 0x1.03229ap-6F,  -0x1.3fa9a4p-8F, -0x1.273d42p-13F,
                               0x1.542798p-11F, -0x1.3efa5p-14F, -0x1.27800ep-14F};
    const V place = divide(a - V(4.0F), a + V(4.0F));
    return divide(polynomial(place, kTail), a + V(1.25F));
}

// (e^r - 1 - r) / s^2 for r = -s/2, in s.
inline constexpr float kHalvedExp[] = {0x1.fffffcp-4F, -0x1.555492p-6F, 0x1.5558f2p-9F, -0x1.1239f2p-12F,
                                       0x1.6a241cp-16F};
// e^(-(high + low)/2) = y 2^k for 0 <= high <= 300, y between 0.7 and 1.5; k + 64 in the low bits of
// `rounded`.
template <class V>
[[gnu::always_inline]] inline V exp_of_minus_half(V high, V low, V& rounded) {
    const V rounder(12582912.0F + 64.0F);
    rounded = fma(high, V(-0x1.715476p-1F), rounder);
    const V k = rounded - rounder;
    const V rest = fma(k, V(0x1.62e43p+0F), high);  // exact
    const V s = fma(k, V(-0x1.05c61p-28F), rest) + low;
    return fma(s * s, polynomial(s, kHalvedExp), V(-0.5F) * s) + V(1.0F);
}

[[gnu::always_inline]] inline Vec<float> gelu_of(Vec<float> x) {
    using V = Vec<float>;
    if constexpr (kHasFma) {
        const V a = limited_size<float>(x, 15.0F);
        const V square = a * a;
        V rounded;
        const V e = exp_of_minus_half(square, fma(a, a, -square), rounded);
        const V tail = add_exponent(e * normal_tail_float(a), rounded);  // P(-a) 2^64
        const V unit(-0x1p-64F);
        const V positive = x * fma(tail, unit, V(1.0F));
        const V negative = (a * tail) * unit;
        return choose(x < V(0.0F), negative, positive);
    } else {
        return in_double_apart(x, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return gelu_of(v); });
    }
}

// Twice kGeluLinear and kGeluCubic. The first is a multiple of 2^-18: what it lacks to their sum is exact.
inline constexpr float kGeluLinearFloat = 0x1.98846p+1F;
inline constexpr float kGeluLinearFloatLow = -0x1.985794p-20F;
inline constexpr float kGeluCubicFloat = 0x1.2444f2p-3F;
inline constexpr float kGeluCubicFloatLow = 0x1.49b16ap-28F;

[[gnu::always_inline]] inline Vec<float> gelu_tanh_of(Vec<float> x) {
    using V = Vec<float>;
    if constexpr (kHasFma) {
        const V a = limited_size<float>(x, 11.0F);
        const V square = a * a;
        const V square_lost = fma(a, a, -square);
        const V cubic(kGeluCubicFloat);
        const V linear(kGeluLinearFloat);
        const V sum = fma(cubic, square, linear);
        const V sum_lost = fma(cubic, square, -(sum - linear));
        const V rest = fma(cubic, square_lost, fma(V(kGeluCubicFloatLow), square, V(kGeluLinearFloatLow)));
        const V u = a * sum;
        const V u_lost = fma(a, sum_lost + rest, fma(a, sum, -u));
        V rounded;
        const V mantissa = exp_of_minus_half(u, u_lost, rounded);
        const V e = add_exponent(mantissa, rounded);  // times 2^64
        const V sum_of_e = fma(e, V(0x1p-64F), V(1.0F));
        const auto is_negative = x < V(0.0F);
        const V quotient = divide(choose(is_negative, a * e, x), sum_of_e);
        return choose(is_negative, quotient * V(-0x1p-64F), quotient);
    } else {
        return in_double_apart(x, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return gelu_tanh_of(v); });
    }
}

}  // namespace

template <class T>
void gelu(const T* x, T* y, std::size_t n) {
    map_long(x, y, n, [](Vec<T> v) THALWEG_INLINE_LAMBDA { return gelu_of(v); });
}

template <class T>
void gelu_tanh(const T* x, T* y, std::size_t n) {
    map_long(x, y, n, [](Vec<T> v) THALWEG_INLINE_LAMBDA { return gelu_tanh_of(v); });
}

}  // namespace thalweg::kernels::THALWEG_ISA
