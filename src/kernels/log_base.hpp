// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// log2 x and log10 x.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: none, the nearest float. Proof: the sweep of tools/ulp_sweep.cpp over all inputs. Hardest:
//         log2 at 0x1.40f572p-2, 2^-27.6 of a unit away from a tie (-0x1.ac7b44p+0 is nearest),
//         log10 at 0x1.0acfc8p+67, 2^-32.4 of a unit away (0x1.42fdd8p+4 is nearest).
//         double: below 1 ULP; the worst inputs known stand at the function
// source  the table-driven logarithm of Tang (1990), the rounding test of Ziv (1991). Tables:
//         tools/coefficients/log_base.py
#pragma once

#include "kernels/log_float.hpp"
#include "kernels/log_pair.hpp"
#include "kernels/sign_bits.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// What a logarithm of base b is made of. In double lanes:
//   kOne, kOneLow      log_b 2 in two parts, the first of so few bits that its product with k is exact
//   kFactor, kFactorLow  1 / ln b
// In float lanes, of e in units of the lowest exponent bit and of one of eight intervals of m:
//   kUnit, kUnitLow    log_b 2 as a multiple of 2^-16 or 2^-17 and the rest
//   kHigh, kLow        minus log_b of the interval's c, likewise
struct Base2 {
    static constexpr double kOne = 1.0;
    static constexpr double kOneLow = 0.0;
    static constexpr double kFactor = 0x1.71547652b82fep+0;
    static constexpr double kFactorLow = 0x1.777d0ffda0d24p-56;
    static constexpr float kUnit = 0x1p-23F;
    static constexpr float kUnitLow = 0.0F;
    static constexpr float kFloatFactor = 0x1.715476p+0F;
    static constexpr float kFloatFactorLow = 0x1.4ae0cp-26F;
    static constexpr float kHigh[8] = {-0x1.d674p-2F, -0x1.49a8p-2F, -0x1.5cp-3F, -0x1.664p-4F,
                                       0x0p+0F,       0x1.22d8p-3F,  0x1.32cp-2F, 0x1.a9p-2F};
    static constexpr float kLow[8] = {-0x1.3e032ep-18F, 0x1.ed0cbap-20F, -0x1.a39fbep-19F, 0x1.20a6dep-21F,
                                      0x0p+0F,          0x1.6e155ap-18F, -0x1.1c8f12p-22F, -0x1.a39fbep-20F};
};
struct Base10 {
    static constexpr double kOne = 0x1.34413509f78p-2;
    static constexpr double kOneLow = 0x1.fef311f12b358p-46;
    static constexpr double kFactor = 0x1.bcb7b1526e50ep-2;
    static constexpr double kFactorLow = 0x1.95355baaafad3p-57;
    static constexpr float kUnit = 0x1.3442p-25F;
    static constexpr float kUnitLow = -0x1.95ec1p-42F;
    static constexpr float kFloatFactor = 0x1.bcb7b2p-2F;
    static constexpr float kFloatFactorLow = -0x1.5b235ep-27F;
    static constexpr float kHigh[8] = {-0x1.1b4p-3F, -0x1.8cfp-4F, -0x1.a31p-5F, -0x1.af6p-6F,
                                       0x0p+0F,      0x1.5e4p-5F,  0x1.716p-4F,  0x1.ffcp-4F};
    static constexpr float kLow[8] = {0x1.8e136cp-19F, -0x1.838864p-20F, 0x1.58a7d8p-19F,  0x1.b53fc6p-24F,
                                      0x0p+0F,         -0x1.a65206p-19F, -0x1.798e4cp-19F, -0x1.ea21c4p-23F};
};

// log_b of 2^k m.
template <class Base, class V>
[[gnu::always_inline]] inline Two<V> log_base_pair(V k, V m) {
    const Two<V> natural = log_pair(m - V(1.0), V(0.0));
    const Two<V> product = exact_product(natural.high, V(Base::kFactor));
    const V low = fma(natural.low, V(Base::kFactor), fma(natural.high, V(Base::kFactorLow), product.low));
    const Two<V> sum = fast_sum(k * V(Base::kOne), product.high);
    return {sum.high, sum.low + fma(k, V(Base::kOneLow), low)};
}

// worst log2 0.736 ULP at x = 0x1.67fe82832a053p+0 (got 0x1.f7a2390a01f96p-2, want 0x1.f7a2390a01f97p-2)
//       log10 0.675 at 0x1.5364b9159bc4fp+0 (got 0x1.f59c46d3f45b8p-4, want 0x1.f59c46d3f45b9p-4)
template <class Base>
[[gnu::always_inline]] inline Vec<double> log_base_lanes(Vec<double> x) {
    using V = Vec<double>;
    return log_of_any(x, [](V k, V m) THALWEG_INLINE_LAMBDA {
        const Two<V> y = log_base_pair<Base>(k, m);
        return y.high + y.low;
    });
}

template <class Base>
[[gnu::always_inline]] inline Vec<float> log_base_through_double(Vec<float> x) {
    return in_double(x, [](auto v) {
        using V = decltype(v);
        return log_of_any(v, [](V k, V m) THALWEG_INLINE_LAMBDA {
            const Two<V> y = log_base_pair<Base>(k, m);
            return rounded_to_odd(y.high, y.low);
        });
    });
}

// x = 2^e m, m in one of 8 intervals, of which one has 1 in its middle. c: so few bits near 1/m that m c - 1
// is exact.
inline constexpr std::uint32_t kEighthFirst = 0x3f355556;
inline constexpr float kEighthReciprocal[8] = {0x1.6p+0F, 0x1.4p+0F, 0x1.2p+0F, 0x1.1p+0F,
                                               0x1p+0F,   0x1.dp-1F, 0x1.ap-1F, 0x1.8p-1F};

template <class V>
struct LogParts {
    V e;  // in units of the lowest exponent bit
    V r;  // m c - 1, exact
    V c;
    decltype(to_bits(V(0.0F))) exponent;
    decltype(to_bits(V(0.0F))) index;
};
template <class V>
[[gnu::always_inline]] inline LogParts<V> log_parts(V x) {
    using Bits = decltype(to_bits(x));
    const Bits bits = to_bits(x);
    const Bits distance = bits - Bits(kEighthFirst);
    const Bits exponent = distance & Bits(0xff800000U);
    const Bits index = distance >> 20;
    const V c = lookup(kEighthReciprocal, index);
    return {from_integers(exponent), fma(from_bits(bits - exponent), c, V(-1.0F)), c, exponent, index};
}

// log(1 + r) for |r| <= 1/16 as high + low.
template <class V>
[[gnu::always_inline]] inline void log_of_rest(V r, V& high, V& low) {
    // (log(1 + r) - r + r^2/2) / r^3, error 2^-34.4 of the log
    constexpr float kTail[] = {0x1.555556p-2F, -0x1.ffff7cp-3F, 0x1.999872p-3F, -0x1.56d49cp-3F,
                               0x1.266afap-3F};
    const V half = r * V(-0.5F);
    high = fma(half, r, r);
    low = fma(r * (r * r), polynomial(r, kTail), fma(half, r, r - high));
}

// The window's half width, relative to the result. The largest error over all x is 0.88 of that.
inline constexpr float kLogDoubt = 0x1.ep-32F;
template <class V>
[[gnu::always_inline]] inline void log_ends(V high, V low, float doubt, V& y, V& above) {
    y = high + fma(high, V(-doubt), low);
    above = high + fma(high, V(doubt), low);
}

template <class Base, class V>
[[gnu::always_inline]] inline void log_base_window(V x, V& high, V& low) {
    const LogParts<V> parts = log_parts(x);
    V natural;
    V natural_low;
    log_of_rest(parts.r, natural, natural_low);
    const V table = fma(parts.e, V(Base::kUnit), lookup(Base::kHigh, parts.index));
    V rest = lookup(Base::kLow, parts.index);
    if constexpr (Base::kUnitLow != 0.0F) {
        rest = fma(parts.e, V(Base::kUnitLow), rest);
    }
    const V product = natural * V(Base::kFloatFactor);
    const V lost = negative_fma(natural, V(Base::kFloatFactor), product);
    rest = fma(natural, V(Base::kFloatFactorLow), fma(natural_low, V(Base::kFloatFactor), rest)) - lost;
    high = table + product;
    low = (product - (high - table)) + rest;
}

template <class Base, class V, std::size_t K>
[[gnu::always_inline]] inline void log_base_quick(const V (&x)[K], V (&y)[K], V (&above)[K]) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        V high;
        V low;
        log_base_window<Base>(x[i], high, low);
        log_ends(high, low, kLogDoubt, y[i], above[i]);
    }
}

template <class Base, class T>
[[gnu::always_inline]] inline void log_base(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(double)) {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return log_base_lanes<Base>(v); });
    } else {
        const auto slow = [](Vec<float> v) THALWEG_INLINE_LAMBDA { return log_base_through_double<Base>(v); };
        if constexpr (kLookupFloats > 0) {
            map_quick<kAbreast>(
                x, y, n,
                [](const auto& v, auto& result, auto& above)
                    THALWEG_INLINE_LAMBDA { log_base_quick<Base>(v, result, above); },
                [](auto v)
                    THALWEG_INLINE_LAMBDA { return to_bits(v) - decltype(to_bits(v))(kSmallestNormal); },
                kLogReach, slow);
        } else {
            map(x, y, n, slow);
        }
    }
}

}  // namespace

template <class T>
void log2(const T* x, T* y, std::size_t n) {
    log_base<Base2>(x, y, n);
}

template <class T>
void log10(const T* x, T* y, std::size_t n) {
    log_base<Base10>(x, y, n);
}

}  // namespace thalweg::kernels::THALWEG_ISA
