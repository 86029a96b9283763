// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// e^x - 1 without the cancellation near 0.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: none, the nearest float. Proof: the sweep of tools/ulp_sweep.cpp over all inputs. Hardest:
//         x = 0x1.84a5bap-4, where e^x - 1 is 2^-29.1 of a unit away from a tie (0x1.97aed6p-4 is nearest).
//         double: below 1 ULP; the worst input known stands at the function
// source  x = k ln 2 + r, e^x - 1 = (2^k - 1) + 2^k (e^r - 1); the rounding test of Ziv (1991). Polynomials:
//         tools/coefficients/expm1.py
#pragma once

#include "kernels/exp_float.hpp"
#include "kernels/sign_bits.hpp"
#include "kernels/two_doubles.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// (e^x - 1) / 2 for -64 <= x <= 710: half of it, so that 2^k stays in range, and because tanh needs that.
template <class V>
[[gnu::always_inline]] inline Two<V> half_expm1(V x) {
    // (e^r - 1 - r - r^2/2) / r^3 on |r| <= ln2/2, error of the sum 1.2e-18 of it
    constexpr double kTail[] = {0x1.5555555555555p-3,  0x1.5555555555557p-5,  0x1.1111111111113p-7,
                                0x1.6c16c16c156bdp-10, 0x1.a01a01a0182f5p-13, 0x1.a01a01ab50ebp-16,
                                0x1.71de3a6039449p-19, 0x1.27e4d0c1c4ce8p-22, 0x1.ae64162db85f6p-26,
                                0x1.1f84a8ab6b9c9p-29, 0x1.61e0870be9a75p-33};
    const V rounded = fma(x, V(kLog2E), V(kRounder));
    const V k = rounded - V(kRounder);
    const V exact = fma(k, V(-kLn2High), x);
    const V excess = k * V(kLn2Low);
    const V r = exact - excess;
    const V r_low = (exact - r) - excess;
    const Two<V> square = exact_product(r, r);
    const V cubic = (r * square.high) * polynomial(r, kTail);
    const V rest = cubic + (fma(r, r_low, r_low) + V(0.5) * square.low);
    const Two<V> sum = fast_sum(r, V(0.5) * square.high);
    const V scale = power_of_two(rounded - V(1.0));
    const Two<V> whole = exact_sum(scale, V(-0.5));
    const Two<V> all = exact_sum(whole.high, scale * sum.high);
    return {all.high, all.low + (whole.low + scale * (sum.low + rest))};
}

// worst 0.615 ULP at x = 0x1.64d48565b3cb5p-2 (got 0x1.aae62fe26d96ep-2, want 0x1.aae62fe26d96dp-2)
[[gnu::always_inline]] inline Vec<double> expm1_lanes(Vec<double> x) {
    using V = Vec<double>;
    const Two<V> half = half_expm1(within(x, -64.0, 710.0));
    const V y = V(2.0) * (half.high + half.low);
    return choose(absolute(x) >= V(kLinear), y, x);
}

[[gnu::always_inline]] inline Vec<float> expm1_through_double(Vec<float> x) {
    return in_double(x, [](auto v) {
        using V = decltype(v);
        const Two<V> half = half_expm1(within(v, -64.0, 100.0));
        const V y = V(2.0) * rounded_to_odd(half.high, half.low);
        return choose(absolute(v) >= V(kLinear), y, v);
    });
}

// The quick way, in float lanes, as a sum high + low that is off by at most kExpm1Doubt of itself (the
// largest found over all x is 0.85 of that). |x| up to kExpm1Reach keeps 2^k a normal float.
inline constexpr std::uint32_t kExpm1Reach = 0x42ae0000;  // 87

inline constexpr float kExpm1Doubt = 0x1p-33F;

// e^x = 2^(k/8) e^r with |r| <= ln2/16.
//   power   bits of p_i = float(2^(i/8)), minus i in units of 1/8 in the exponent
//   rest    log(2^(i/8) / p_i)
inline constexpr float kEighths[8] = {0x1p+0F,        0x1.f72b84p-1F, 0x1.f06fep-1F,  0x1.ebfdaep-1F,
                                      0x1.ea09e6p-1F, 0x1.eace54p-1F, 0x1.ee89fap-1F, 0x1.f5818ep-1F};
inline constexpr float kEighthsRest[8] = {0x0p+0F,          -0x1.9c0c22p-27F, 0x1.125002p-25F,
                                          -0x1.0a3552p-25F, 0x1.26055cp-26F,  0x1.67a1cap-28F,
                                          -0x1.f9c306p-27F, -0x1.a5217cp-28F};

// e^x = scale (1 + sum + tail), scale the float near 2^(k/8), sum = r + r^2/2 rounded, and tail what that
// lacks, r^3 and the rest. k ln2/8 and the difference are exact, as in exp_float.hpp.
template <class V>
[[gnu::always_inline]] inline void exp_of_rest(V x, V& scale, V& sum, V& tail) {
    // (e^r - 1 - r - r^2/2) / r^3, error 2^-34 of the sum
    constexpr float kTail[] = {0x1.555556p-3F, 0x1.555a16p-5F, 0x1.1115d2p-7F};
    const V rounder(0x1.8p20F);
    const V rounded = fma(x, V(0x1.715476p+0F), rounder);
    const V k = rounded - rounder;
    const auto bits = to_bits(rounded);
    scale = from_bits(to_bits(lookup(kEighths, bits)) + (bits << 20));
    const V rest = fma(k, V(0x1.05c61p-29F), lookup(kEighthsRest, bits));
    const V r = fma(k, V(-0x1.62e43p-1F), x);
    const V half = r * V(0.5F);
    sum = fma(half, r, r);
    const V low = fma(half, r, r - sum) + fma(rest, sum, rest);
    tail = fma(r * (r * r), polynomial(r, kTail), low);
}

// e^x - 1 as high + low.
template <class V, std::size_t K>
[[gnu::always_inline]] inline void expm1_window(const V (&x)[K], V (&high)[K], V (&low)[K]) {
    const V one(1.0F);
    V scale[K];
    V sum[K];
    V tail[K];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        exp_of_rest(x[i], scale[i], sum[i], tail[i]);
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        // 2^(k/8) - 1 exactly, then + 2^(k/8) sum, then the rest.
        const V whole = scale[i] - one;
        const V of_scale = whole + one;
        const V lost = (scale[i] - of_scale) - ((whole - of_scale) + one);
        high[i] = fma(scale[i], sum[i], whole);
        low[i] = fma(scale[i], tail[i], fma(scale[i], sum[i], whole - high[i]) + lost);
    }
}

template <class V, std::size_t K>
[[gnu::always_inline]] inline void expm1_quick(const V (&x)[K], V (&y)[K], V (&above)[K]) {
    V high[K];
    V low[K];
    expm1_window(x, high, low);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        y[i] = with_sign_of(high[i] + fma(high[i], V(-kExpm1Doubt), low[i]), x[i]);
        above[i] = high[i] + fma(high[i], V(kExpm1Doubt), low[i]);
    }
}

}  // namespace

template <class T>
void expm1(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(double)) {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return expm1_lanes(v); });
    } else {
        const auto slow = [](Vec<float> v) THALWEG_INLINE_LAMBDA { return expm1_through_double(v); };
        if constexpr (kLookupFloats > 0) {
            map_quick<kAbreast>(
                x, y, n,
                [](const auto& v, auto& result, auto& above)
                    THALWEG_INLINE_LAMBDA { expm1_quick(v, result, above); },
                [](auto v) THALWEG_INLINE_LAMBDA { return distance_from_zero(v); }, kExpm1Reach, slow);
        } else {
            map(x, y, n, slow);
        }
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
