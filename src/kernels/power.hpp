// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// x^p for one exponent p.
//
// e^(p log |x|), with the logarithm as a sum of two doubles, of 68 bits; float takes log and exp of double
// lanes. Exponents 1, 2 and -1 are x, x * x and 1 / x.
//
// shape   x, y: n contiguous elements; y may be x
// range   as pow of C99: x^0 and 1^p are 1, also for NaN; x < 0 gives NaN unless p is an integer, and keeps
//         its sign for odd ones; 0, Inf and p = Inf as the limits
// error   float: below 0.51 ULP; double: below 1 ULP (tests/kernels/test_power.cpp)
// source  the reduction of log_float.hpp, whose reciprocals have 28 bits. Low parts:
//         tools/coefficients/power.py
#pragma once

#include "kernels/array_ops.hpp"
#include "kernels/exp_pair.hpp"
#include "kernels/log_float.hpp"
#include "kernels/map_long.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// What the logarithms in kLogPairs lack to the true ones.
inline constexpr double kLogPairsLow[kLogIntervals] = {0x0p+0,
                                                       -0x1.2ed3101251836p-62,
                                                       0x1.bbfdfced508b1p-61,
                                                       0x1.e5a054917f4a4p-61,
                                                       0x1.601c67828a005p-60,
                                                       0x1.b5b7b54998434p-61,
                                                       -0x1.f6ca73a5af7fcp-61,
                                                       -0x1.3e42bc1565c9cp-64,
                                                       -0x1.c75a3b3dd6458p-63,
                                                       -0x1.d349356ba3d69p-62,
                                                       0x1.6da16a7334156p-59,
                                                       0x1.481feffbf21c7p-61,
                                                       0x1.e8994f91761b9p-50,
                                                       0x1.1c3a834dd013p-61,
                                                       -0x1.048e4759ebd2dp-59,
                                                       -0x1.b86912a262701p-60,
                                                       -0x1.2a6c8a9aaac34p-60,
                                                       0x1.329b7c26e28c2p-59,
                                                       -0x1.5a63b3228ecccp-60,
                                                       -0x1.e6022326ec1f6p-61,
                                                       0x1.0c4082db9efa5p-60,
                                                       0x1.d2bd63fafe916p-60,
                                                       0x1.da5be29ad3467p-60,
                                                       -0x1.cffb6996517f2p-60,
                                                       -0x1.21ee4423b5d2cp-59,
                                                       0x1.0150c488baa73p-59,
                                                       0x1.b3619dc9fc8e6p-59,
                                                       -0x1.97719eaeb1f1dp-59,
                                                       0x1.8376ce63380ebp-66,
                                                       -0x1.c238e39e3ddc2p-62,
                                                       -0x1.2b5205c0bfe17p-59,
                                                       0x1.7fb540e7d3fa2p-61,
                                                       -0x1.61577f57356b7p-61,
                                                       -0x1.6296ccb88f67ep-59,
                                                       -0x1.f23c52687ef7bp-59,
                                                       0x1.a5e928d04c56ap-50,
                                                       -0x1.c0517cca76c54p-59,
                                                       -0x1.b5aca3694e4c1p-59,
                                                       0x1.f0c5dafe944fp-59,
                                                       0x1.5b3c37ebea005p-59,
                                                       -0x1.af60fc603f1fbp-59,
                                                       0x1.3a2f368825b99p-61,
                                                       0x1.66385d96f2104p-50,
                                                       -0x1.04779a5a3bafdp-59,
                                                       -0x1.ea5275c011ec3p-50,
                                                       0x1.a3ab864a64dabp-59,
                                                       0x1.58040c5402c8bp-59,
                                                       -0x1.51ecb929b72fep-59,
                                                       -0x1.8ba4ed489726p-59,
                                                       -0x1.094de1714bb7p-60,
                                                       0x1.8310077535744p-62,
                                                       -0x1.4efffd465de9ep-60,
                                                       -0x1.de84b111e2a61p-62,
                                                       -0x1.8e699beae1b7ap-60,
                                                       0x1.4beeb86102b1p-62,
                                                       -0x1.b009b7cd01f2ap-61,
                                                       -0x1.32ac1202cad63p-60,
                                                       0x1.8f815e34ac02bp-61,
                                                       0x1.58f03e26048cdp-60,
                                                       0x1.d1a92d5d7f283p-62,
                                                       0x1.5620000c8d2ap-61,
                                                       -0x1.ae5714d5115a6p-62,
                                                       0x1.70e04ccd972bp-63,
                                                       0x1.ed7588ff9a6f1p-50};
// ln 2 / 64 in two parts, the first of 36 bits: its product with a number of intervals is exact.
inline constexpr double kIntervalHigh = 0x1.62e42fefap-7;
inline constexpr double kIntervalLow = 0x1.cf79abc9e3b3ap-46;

// log x for positive finite x; anything for others.
[[gnu::always_inline]] inline Two<Vec<double>> long_log(Vec<double> any) {
    using V = Vec<double>;
    using Bits = decltype(to_bits(any));
    // (log(1 + r) - r + r^2/2) / r^3 on |r| <= 0.0084, error of the log 2^-68 of r
    constexpr double kTail[] = {0x1.5555555555555p-2, -0x1p-2,
                                0x1.9999999999ca4p-3, -0x1.5555555555a9ep-3,
                                0x1.24924904c03d4p-3, -0x1.ffffffab60227p-4,
                                0x1.c72cd55b9cc98p-4, -0x1.99ab565009381p-4};
    const auto subnormal = any < V(0x1p-1022);
    const V x = choose(subnormal, any * V(0x1p54), any);
    const V offset = choose(subnormal, V(0x1p52 + 0x1p16 + 54.0 * 64.0), V(0x1p52 + 0x1p16));
    const Bits distance = to_bits(x) + Bits(kLogBias - kLogFirst);
    const Bits count = distance >> 46;
    const V m = from_bits((distance & Bits(0x000fffffffffffff)) + Bits(kLogFirst));
    V c;
    V log_c;
    const Bits row = count & Bits(kLogIntervals - 1);
    lookup_pairs(kLogPairs, row, c, log_c);
    const V intervals = from_bits(count | to_bits(V(0x1p52))) - offset;
    const auto [product, product_lost] = exact_product(m, c);
    const auto [r, r_low] = exact_sum(product - V(1.0), product_lost);
    const auto [square, square_lost] = exact_product(r, r);
    const auto [base, base_lost] = exact_sum(intervals * V(kIntervalHigh), log_c);
    const auto [first, first_lost] = exact_sum(base, r);
    const auto [second, second_lost] = exact_sum(first, V(-0.5) * square);
    const V terms = fma(r * square, polynomial(r, kTail), fma(V(-0.5), square_lost, fma(-r, r_low, r_low)));
    const V rest = fma(intervals, V(kIntervalLow), lookup_each(kLogPairsLow, row)) +
                   ((base_lost + first_lost) + second_lost);
    return exact_sum(second, terms + rest);
}

// |x|^p for positive finite x. p is not beyond 2^64: there the result is 0, 1 or Inf either way.
[[gnu::always_inline]] inline Vec<double> power_of(Vec<double> x, double p) {
    using V = Vec<double>;
    const auto [high, low] = long_log(x);
    auto [e, e_low] = exact_product(V(p), high);
    e_low = fma(V(p), low, e_low);
    const auto below = e < V(-800.0);
    const auto above = e > V(800.0);
    const V limited = choose(below, V(-800.0), choose(above, V(800.0), e));
    const ExpParts<V> parts = exp_of_pair(limited, choose(either(below, above), V(0.0), e_low));
    return scaled_twice(parts.mantissa, parts.k);
}
[[gnu::always_inline]] inline Vec<float> power_of(Vec<float> x, double p) {
    return in_double(x, [p](auto v) THALWEG_INLINE_LAMBDA {
        using V = decltype(v);
        return exp_of_float(V(p) * log_of_float(v));
    });
}

// What an exponent does to signs: 2 to those of all x, 1 keeps them, 0 allows none.
enum class Exponent : std::uint8_t { kFraction, kOdd, kEven };
[[gnu::always_inline]] inline Exponent kind_of(double p) {
    const double size = p < 0.0 ? -p : p;
    if (size >= 0x1p53) {
        return Exponent::kEven;
    }
    const std::uint64_t whole = static_cast<std::uint64_t>(size);
    if (static_cast<double>(whole) != size) {
        return Exponent::kFraction;
    }
    return whole % 2 == 0 ? Exponent::kEven : Exponent::kOdd;
}

// p is finite and not 0.
template <class T>
[[gnu::always_inline]] inline void powers(double p, const T* x, T* y, std::size_t n) {
    using V = Vec<T>;
    const Exponent kind = kind_of(p);
    const double limited = p > 0x1p64 ? 0x1p64 : p < -0x1p64 ? -0x1p64 : p;
    const V infinity(static_cast<T>(kInfinity));
    const V at_zero = p > 0.0 ? V(T(0)) : infinity;
    const V at_infinity = p > 0.0 ? infinity : V(T(0));
    const V of_negative = kind == Exponent::kFraction ? V(static_cast<T>(kNaN)) : V(T(0));
    const V sign = kind == Exponent::kOdd ? sign_bit<T>() : V(T(0));
    map_long(x, y, n, [=](V v) THALWEG_INLINE_LAMBDA {
        const V size = magnitude<T>(v);
        V result = power_of(size, limited);
        // Below zero a fraction has no power: NaN for all of them but -0 and -Inf.
        result = choose(v < V(T(0)), result + of_negative, result);
        result = choose(size == V(T(0)), at_zero, result);
        result = choose(size == infinity, at_infinity, result);
        result = bits_or(result, bits_and(v, sign));
        return choose(is_nan(v), v, result);
    });
}

// p = Inf, -Inf or NaN.
template <class T>
[[gnu::always_inline]] inline void limits_of_power(double p, const T* x, T* y, std::size_t n) {
    using V = Vec<T>;
    const V above(p > 0.0 ? static_cast<T>(kInfinity) : p < 0.0 ? T(0) : static_cast<T>(kNaN));
    const V below(p > 0.0 ? T(0) : p < 0.0 ? static_cast<T>(kInfinity) : static_cast<T>(kNaN));
    const V one(T(1));
    const bool nan = p != p;
    map(x, y, n, [=](V v) THALWEG_INLINE_LAMBDA {
        const V size = nan ? v : magnitude<T>(v);
        const V result = choose(size > one, above, choose(size < one, below, one));
        return choose(is_nan(v), v, result);
    });
}

}  // namespace

template <class T>
void power(T p, const T* x, T* y, std::size_t n) {
    using V = Vec<T>;
    const V one(T(1));
    if (p == T(0)) {
        map(x, y, n, [=](V) { return one; });
    } else if (p == T(1)) {
        map(x, y, n, [](V v) { return v; });
    } else if (p == T(2)) {
        map(x, y, n, [](V v) { return v * v; });
    } else if (p == T(-1)) {
        map(x, y, n, [=](V v) { return divide(one, v); });
    } else if (p - p == T(0)) {
        powers<T>(static_cast<double>(p), x, y, n);
    } else {
        limits_of_power<T>(static_cast<double>(p), x, y, n);
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
