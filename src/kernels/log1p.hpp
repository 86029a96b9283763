// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// log(1 + x) without the rounding of 1 + x.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: none, the nearest float. Proof: the sweep of tools/ulp_sweep.cpp over all inputs. Hardest:
//         x = 0x1.800006p-21, where log(1 + x) is 2^-42.8 of a unit off a tie (0x1.7ffffep-21 is nearest).
//         double: below 1 ULP; the worst input known stands at the function
// source  1 + x = u + c exactly, in two floating-point numbers; then as log_base.hpp
#pragma once

#include "kernels/log_base.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

struct BaseE {
    static constexpr float kUnit = 0x1.62e4p-24F;
    static constexpr float kUnitLow = 0x1.7f7d1cp-43F;
    static constexpr float kHigh[8] = {-0x1.4618p-2F, -0x1.c9p-3F,  -0x1.e27p-4F, -0x1.f0ap-5F,
                                       0x0p+0F,       0x1.9338p-4F, 0x1.a94p-3F,  0x1.2696p-2F};
    static constexpr float kLow[8] = {-0x1.78438cp-19F, 0x1.070cacp-20F,  -0x1.db8abcp-22F, -0x1.86008cp-20F,
                                      0x0p+0F,          -0x1.0d1536p-19F, -0x1.2c3752p-19F, 0x1.089a6ep-21F};
};

// log(1 + x) for x > -1, finite.
template <class V>
[[gnu::always_inline]] inline Two<V> log1p_pair(V x) {
    const Two<V> sum = exact_sum(V(1.0), x);
    V k;
    V m;
    split_exponent(sum.high, k, m);
    // What 1 + x has lost, in units of m; above 2^60 it does not count, and 2^-k may not exist.
    const V scaled = choose(x < V(0x1p60), sum.low * (m / sum.high), V(0.0));
    const Two<V> f = fast_sum(m - V(1.0), scaled);
    const Two<V> log_m = log_pair(f.high, f.low);
    const Two<V> all = fast_sum(k * V(kLn2High), log_m.high);
    return {all.high, all.low + fma(k, V(kLn2Low), log_m.low)};
}

// y where it is log(1 + x), else the limits.
template <class V>
[[gnu::always_inline]] inline V log1p_of_any(V x, V y) {
    V result = choose(x < V(kInfinity), y, x);  // Inf and NaN stay
    result = choose(x == V(-1.0), V(-kInfinity), result);
    result = choose(x < V(-1.0), V(kNaN), result);
    return choose(absolute(x) < V(kLinear), x, result);
}

// worst 0.667 ULP at x = -0x1.2db75222e7ed2p-2 (got -0x1.656e49a579252p-2, want -0x1.656e49a579251p-2)
[[gnu::always_inline]] inline Vec<double> log1p_lanes(Vec<double> x) {
    const Two<Vec<double>> y = log1p_pair(x);
    return log1p_of_any(x, y.high + y.low);
}

[[gnu::always_inline]] inline Vec<float> log1p_through_double(Vec<float> x) {
    return in_double(x, [](auto v) {
        const auto y = log1p_pair(v);
        return log1p_of_any(v, rounded_to_odd(y.high, y.low));
    });
}

// 1 + x is positive, and below 2^24, where u - 1 is exact.
inline constexpr std::uint32_t kLog1pReach = 0x4b800000 - 0x00800000;
template <class V>
[[gnu::always_inline]] inline auto log1p_distance(V x) {
    using Bits = decltype(to_bits(x));
    return to_bits(V(1.0F) + x) - Bits(0x00800000U);
}

template <class V>
[[gnu::always_inline]] inline void log1p_window(V x, V& high, V& low) {
    const V one(1.0F);
    const V u = one + x;
    const LogParts<V> parts = log_parts(u);
    // What u has lost, in units of r: r + r_low = (u + lost) 2^-e c - 1.
    const V scale = from_bits(to_bits(one) - parts.exponent);
    const V lost = ((x - (u - one)) * scale) * parts.c;
    const V r = parts.r + lost;
    const V r_low = lost - (r - parts.r);
    V log_r;
    V log_low;
    log_of_rest(r, log_r, log_low);
    const V table = fma(parts.e, V(BaseE::kUnit), lookup(BaseE::kHigh, parts.index));
    const V rest = fma(parts.e, V(BaseE::kUnitLow), lookup(BaseE::kLow, parts.index));
    high = table + log_r;
    low = (log_r - (high - table)) + (log_low + (rest + negative_fma(r, r_low, r_low)));
}

// As kLogDoubt; the largest error is 0.95 of it.
inline constexpr float kLog1pDoubt = 0x1.1p-31F;

template <class V, std::size_t K>
[[gnu::always_inline]] inline void log1p_quick(const V (&x)[K], V (&y)[K], V (&above)[K]) {
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        V high;
        V low;
        log1p_window(x[i], high, low);
        log_ends(high, low, kLog1pDoubt, y[i], above[i]);
        y[i] = with_sign_of(y[i], x[i]);
    }
}

}  // namespace

template <class T>
void log1p(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(double)) {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return log1p_lanes(v); });
    } else {
        const auto slow = [](Vec<float> v) THALWEG_INLINE_LAMBDA { return log1p_through_double(v); };
        if constexpr (kLookupFloats > 0) {
            map_quick<kAbreast>(
                x, y, n,
                [](const auto& v, auto& result, auto& above)
                    THALWEG_INLINE_LAMBDA { log1p_quick(v, result, above); },
                [](auto v) THALWEG_INLINE_LAMBDA { return log1p_distance(v); }, kLog1pReach, slow);
        } else {
            map(x, y, n, slow);
        }
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
