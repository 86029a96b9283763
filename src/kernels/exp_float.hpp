// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// e^x for float vectors, correctly rounded for every x.
//
// Where a table of floats fits into registers (avx2, avx512) the work is done in float lanes, twice as many
// as double lanes and without conversions: e^x = high + low, two floats of which the second carries the error
// of the first. The sum is known to lie in a window of relative width kWindow; where both ends of the window
// round to the same float, that float is the correctly rounded result. One lane in some hundred, where they
// do not or |x| is above kExpReach, goes through double, as everything does at the other levels.
//
// error   none: the nearest float, ties cannot occur except at x = 0. Proof: the sweep of tools/ulp_sweep.cpp
//         over all inputs; the double way has no wrong rounding either. Hardest: x = -0x1.d2259ap+3, where
//         e^x is 2^-28.7 of a unit away from a tie (0x1.fa6636p-22 is nearest)
// source  the table-driven reduction of Tang (1989); the rounding test of Ziv (1991). Tables:
//         tools/coefficients/exp_float.py
#pragma once

#include "kernels/exp_log.hpp"
#include "kernels/map_quick.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// The bits of the float below 75.5: for larger |x| the low part of e^x leaves the normal floats.
inline constexpr std::uint32_t kExpReach = 0x4296ffff;

// N entries for e^x = 2^(k / N) e^r, |r| <= ln 2 / 2N.
//   power   bits of p_i = float(2^(i / N)), minus i in units of 1/N in the exponent, so that adding k there
//           gives float(2^(k / N))
//   rest    log(2^(i / N) / p_i), minus nearly half the window: the sum high + low becomes a lower bound
//   tail    (e^r - 1 - r) / r^2; error of e^r: 2^-42.4 for N = 32, 2^-37.8 for N = 8
//   window  relative width of the window, from the largest errors over all x (tools/ulp_sweep)
template <std::size_t N>
struct ExpTable;

template <>
struct ExpTable<32> {
    static constexpr int kBits = 5;
    static constexpr float kWindow = 0x1.3p-35F;
    static constexpr float kPower[32] = {
        0x1p+0F,        0x1.fd9b0ep-1F, 0x1.fb5586p-1F, 0x1.f9301ep-1F, 0x1.f72b84p-1F, 0x1.f54874p-1F,
        0x1.f387a6p-1F, 0x1.f1e9ep-1F,  0x1.f06fep-1F,  0x1.ef1a74p-1F, 0x1.edea64p-1F, 0x1.ece086p-1F,
        0x1.ebfdaep-1F, 0x1.eb42b6p-1F, 0x1.eab07ep-1F, 0x1.ea47ecp-1F, 0x1.ea09e6p-1F, 0x1.e9f75ep-1F,
        0x1.ea1148p-1F, 0x1.ea589ap-1F, 0x1.eace54p-1F, 0x1.eb737cp-1F, 0x1.ec4918p-1F, 0x1.ed503cp-1F,
        0x1.ee89fap-1F, 0x1.eff77p-1F,  0x1.f199bep-1F, 0x1.f3720ep-1F, 0x1.f5818ep-1F, 0x1.f7c974p-1F,
        0x1.fa4afap-1F, 0x1.fd0766p-1F};
    static constexpr float kRest[32] = {
        -0x1.0a3d7p-36F,  -0x1.94955cp-25F, 0x1.8d758cp-25F,  -0x1.ddc446p-25F, -0x1.9c914p-27F,
        -0x1.a31cfcp-25F, 0x1.9627bcp-25F,  -0x1.2b2f04p-25F, 0x1.122ebap-25F,  -0x1.ce2b5ep-26F,
        0x1.36ea9cp-25F,  0x1.2f44ecp-30F,  -0x1.0a5698p-25F, -0x1.c58444p-26F, -0x1.015dcap-27F,
        -0x1.6cd3ccp-25F, 0x1.25c2ccp-26F,  0x1.8ae928p-26F,  -0x1.05ec8cp-25F, -0x1.1c63d2p-26F,
        0x1.66978cp-28F,  -0x1.34af9ep-25F, 0x1.a2aba6p-28F,  -0x1.0ba01p-25F,  -0x1.fa4824p-27F,
        -0x1.e50b16p-26F, -0x1.6a6bf2p-28F, -0x1.b61f5ap-28F, -0x1.a62bbap-28F, -0x1.abb3cp-26F,
        0x1.60385p-28F,   -0x1.2b5b16p-27F};
    static constexpr float kTail[] = {0x1p-1F, 0x1.5555c8p-3F, 0x1.5555dap-5F};
};

template <>
struct ExpTable<8> {
    static constexpr int kBits = 3;
    static constexpr float kWindow = 0x1.08p-31F;
    static constexpr float kPower[8] = {0x1p+0F,        0x1.f72b84p-1F, 0x1.f06fep-1F,  0x1.ebfdaep-1F,
                                        0x1.ea09e6p-1F, 0x1.eace54p-1F, 0x1.ee89fap-1F, 0x1.f5818ep-1F};
    static constexpr float kRest[8] = {-0x1.f5c29p-33F, -0x1.a3e32cp-27F, 0x1.105a3ep-25F,  -0x1.0c2b14p-25F,
                                       0x1.2219d8p-26F, 0x1.57f3b6p-28F,  -0x1.00cd08p-26F, -0x1.b4cf92p-28F};
    static constexpr float kTail[] = {0x1p-1F, 0x1.555556p-3F, 0x1.555cfp-5F, 0x1.11167ap-7F};
};

// e^x (kSign 1) or e^-x (-1) in [high + low, high + low + scale * kWindow], low much smaller than high, scale
// near the result.
template <std::size_t N, int kSign = 1, class V, std::size_t K>
[[gnu::always_inline]] inline void exp_window(const V (&x)[K], V (&scale)[K], V (&high)[K], V (&low)[K]) {
    using Table = ExpTable<N>;
    // kHigh is ln 2 rounded to a float, kLow the float of its excess. x - k kHigh is exact: k is a multiple
    // of 1/N, so k kHigh has 24 + kBits bits, and what is left of x is a multiple of the last of them and
    // less than 2^24 times it, which a float holds.
    constexpr float kHigh = 0x1.62e43p-1F;
    constexpr float kLow = 0x1.05c61p-29F;
    const V rounder(0x1.8p23F / static_cast<float>(N));
    V rest[K];
    V r[K];  // minus r for e^-x
    V all[K];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        const V t = fma(x[i], V(kSign * 0x1.715476p+0F), rounder);
        const V k = t - rounder;
        const auto bits = to_bits(t);
        scale[i] = from_bits(to_bits(lookup(Table::kPower, bits)) + (bits << (23 - Table::kBits)));
        rest[i] = fma(k, V(kLow), lookup(Table::kRest, bits));
        r[i] = fma(k, V(-kSign * kHigh), x[i]);
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        if constexpr (kSign > 0) {
            all[i] = rest[i] + r[i];
            high[i] = fma(scale[i], r[i], scale[i]);
            low[i] = fma(scale[i], r[i], scale[i] - high[i]);
        } else {
            all[i] = rest[i] - r[i];
            high[i] = negative_fma(scale[i], r[i], scale[i]);
            low[i] = negative_fma(scale[i], r[i], scale[i] - high[i]);
        }
    }
    V tail[K];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        tail[i] = fma(all[i] * all[i], polynomial(all[i], Table::kTail), rest[i]);
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        low[i] = fma(scale[i], tail[i], low[i]);
    }
}

[[gnu::always_inline]] inline Vec<float> exp_through_double(Vec<float> x) {
    return in_double(x, [](auto v) { return exp_of_float(v); });
}

// |x| in an order of unsigned integers; NaN is beyond everything.
template <class V>
[[gnu::always_inline]] inline auto distance_from_zero(V x) {
    using Bits = decltype(to_bits(x));
    return to_bits(x) & Bits(0x7fffffffU);
}

template <std::size_t N, class V, std::size_t K>
[[gnu::always_inline]] inline void exp_quick(const V (&x)[K], V (&y)[K], V (&above)[K]) {
    V scale[K];
    V high[K];
    V low[K];
    exp_window<N>(x, scale, high, low);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        y[i] = high[i] + low[i];
        above[i] = high[i] + fma(scale[i], V(ExpTable<N>::kWindow), low[i]);
    }
}

template <std::size_t N>
[[gnu::always_inline]] inline void exp_floats(const float* x, float* y, std::size_t n) {
    const auto slow = [](Vec<float> v) THALWEG_INLINE_LAMBDA { return exp_through_double(v); };
    if constexpr (N > 0) {
        map_quick<kAbreast>(
            x, y, n,
            [](const auto& v, auto& result, auto& above)
                THALWEG_INLINE_LAMBDA { exp_quick<N>(v, result, above); },
            [](auto v) THALWEG_INLINE_LAMBDA { return distance_from_zero(v); }, kExpReach, slow);
    } else {
        map(x, y, n, slow);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
