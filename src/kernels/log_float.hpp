// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// log x for float vectors, correctly rounded for every x.
//
// error   none: the nearest float; ties cannot occur except at x = 1. Proof: the sweep of
//         tools/ulp_sweep.cpp over all inputs. Hardest: x = 0x1.b121a6p+76, where log x is 2^-34.0 of a unit
//         away from a tie (0x1.a9a3f2p+5 is nearest)
// source  the table-driven logarithm of Tang (1990). Tables: tools/coefficients/log_float.py
#pragma once

#include "kernels/exp_log.hpp"
#include "kernels/map_quick.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// x = 2^e m, m in one of 64 intervals [1 + (i - 1/2)/64, 1 + (i + 1/2)/64), the first half as long below 1.
// Pairs: c_i near 1/m with at most 28 bits, so that m c_i - 1 is exact in either rounding class; and
// -log c_i - i ln2/64. Eight pairs are not the nearest: each of these intervals has one float whose logarithm
// is so near to a tie, down to 0.04 units of double, that the nearest pair rounds it wrongly in one class or
// both (the generator names the float).
inline constexpr std::size_t kLogIntervals = 64;
inline constexpr double kLogPairs[kLogIntervals][2] = {{0x1p+0, 0x0p+0},
                                                       {0x1.f81f82p-1, 0x1.324cb240393eap-8},
                                                       {0x1.f07c1fp-1, 0x1.2a8b03efbf222p-7},
                                                       {0x1.e9131acp-1, 0x1.b469ad7dcc623p-7},
                                                       {0x1.e1e1e2p-1, 0x1.1b7db422e517p-6},
                                                       {0x1.dae6078p-1, 0x1.593b6aefdb66dp-6},
                                                       {0x1.d41d41cp-1, 0x1.938815aa6ff62p-6},
                                                       {0x1.cd85688p-1, 0x1.ca7ca90bf8ac9p-6},
                                                       {0x1.c71c71cp-1, 0x1.fe311ccc2e3dbp-6},
                                                       {0x1.c0d951p-1, 0x1.17e02e20ecd82p-5},
                                                       {0x1.bacf914p-1, 0x1.2e1a4710e43b7p-5},
                                                       {0x1.b4e81b4p-1, 0x1.4357586fdd528p-5},
                                                       {0x1.af34678p-1, 0x1.563be104e6beep-5},
                                                       {0x1.a98ef6p-1, 0x1.697ca539627dbp-5},
                                                       {0x1.a41a41cp-1, 0x1.7a77fd565900ep-5},
                                                       {0x1.9ec8e94p-1, 0x1.8a1aa12d8a68bp-5},
                                                       {0x1.9999998p-1, 0x1.986d3428180cbp-5},
                                                       {0x1.948b0fcp-1, 0x1.a57810e04555fp-5},
                                                       {0x1.8f9c19p-1, 0x1.b14343212f3f6p-5},
                                                       {0x1.8acb91p-1, 0x1.bbd68cc77f3ebp-5},
                                                       {0x1.8618618p-1, 0x1.c53966a7a0ec4p-5},
                                                       {0x1.8181818p-1, 0x1.cd73025da1b05p-5},
                                                       {0x1.7d05f4p-1, 0x1.d48a57ca8aae2p-5},
                                                       {0x1.78a4c8p-1, 0x1.da861912b623p-5},
                                                       {0x1.745d174p-1, 0x1.df6cc1f059a79p-5},
                                                       {0x1.702e05cp-1, 0x1.e344980d3d751p-5},
                                                       {0x1.6c16c18p-1, 0x1.e613a6565d5cp-5},
                                                       {0x1.6816818p-1, 0x1.e7dfc99bf9e69p-5},
                                                       {0x1.642c858p-1, 0x1.e8aead506eaabp-5},
                                                       {0x1.605816p-1, 0x1.e885c2b7f5a15p-5},
                                                       {0x1.5c9882cp-1, 0x1.e76a5b3b56054p-5},
                                                       {0x1.58ed23p-1, 0x1.e5619b4f576d8p-5},
                                                       {0x1.5555554p-1, 0x1.e27078e2af2e7p-5},
                                                       {0x1.51d07ecp-1, 0x1.de9bc023fe458p-5},
                                                       {0x1.4e5e0a8p-1, 0x1.d9e8253158ea4p-5},
                                                       {0x1.4b089dp-1, 0x1.d34502530b156p-5},
                                                       {0x1.47ae148p-1, 0x1.cdf633e08c7a5p-5},
                                                       {0x1.446f864p-1, 0x1.c6c085c7cc6c8p-5},
                                                       {0x1.4141414p-1, 0x1.bebd3b1c4fea5p-5},
                                                       {0x1.3e22cbcp-1, 0x1.b5f05efac8763p-5},
                                                       {0x1.3b13b14p-1, 0x1.ac5dcffb1f40ep-5},
                                                       {0x1.3813814p-1, 0x1.a2095b942c723p-5},
                                                       {0x1.3526eb8p-1, 0x1.966f4eaff4834p-5},
                                                       {0x1.323e34cp-1, 0x1.8b2955bcc053cp-5},
                                                       {0x1.2f685ecp-1, 0x1.7ea2d69932a1ap-5},
                                                       {0x1.2c9fb4cp-1, 0x1.716c85755bdaep-5},
                                                       {0x1.29e4128p-1, 0x1.6383aef0fc45ep-5},
                                                       {0x1.2730094p-1, 0x1.557881a5eb50ep-5},
                                                       {0x1.2492494p-1, 0x1.45ad1c34955dp-5},
                                                       {0x1.21fb78p-1, 0x1.35c58e872ae77p-5},
                                                       {0x1.1f7047cp-1, 0x1.2539be7633d83p-5},
                                                       {0x1.1cf06acp-1, 0x1.140c8d0528614p-5},
                                                       {0x1.1a7982cp-1, 0x1.027cf49c5c8f2p-5},
                                                       {0x1.181181p-1, 0x1.dfb24a6b53b24p-6},
                                                       {0x1.15b1e6p-1, 0x1.b9b09666126fbp-6},
                                                       {0x1.135c81p-1, 0x1.9281b3249a625p-6},
                                                       {0x1.111111p-1, 0x1.6a2a9656fffa5p-6},
                                                       {0x1.0ecf56cp-1, 0x1.40b02dab0652ep-6},
                                                       {0x1.0c9715p-1, 0x1.16174c3af4747p-6},
                                                       {0x1.0a6810cp-1, 0x1.d4c92e62b920fp-7},
                                                       {0x1.0842108p-1, 0x1.7b395f44bd6abp-7},
                                                       {0x1.0624dd4p-1, 0x1.1f87e275d1855p-7},
                                                       {0x1.041041p-1, 0x1.837b2d99b86ap-8},
                                                       {0x1.01febap-1, 0x1.92126611050dbp-9}};

// The lower end of the first interval, 1 - 2^-8, and a bias of 2^10 exponents that keeps the distance from it
// positive. Its upper 18 bits count intervals of all exponents.
inline constexpr std::uint64_t kLogFirst = 0x3fefe00000000000;
inline constexpr std::uint64_t kLogBias = std::uint64_t{1024} << 52;

// log x for positive finite doubles that come from float: all of them are normal doubles.
template <class V>
[[gnu::always_inline]] inline V log_of_float(V x) {
    // (log(1 + r) - r) / r^2 on |r| <= 0.0084, error of the log 2^-41 of r
    constexpr double kTail[] = {-0x1.fffffffb8e3b6p-2, 0x1.5555554d56e77p-2, -0x1.0003d9d9071d2p-2,
                                0x1.99a257ae3addfp-3};
    using Bits = decltype(to_bits(x));
    const Bits distance = to_bits(x) + Bits(kLogBias - kLogFirst);
    const Bits count = distance >> 46;
    const V m = from_bits((distance & Bits(0x000fffffffffffff)) + Bits(kLogFirst));
    V c;
    V log_c;
    lookup_pairs(kLogPairs, count & Bits(kLogIntervals - 1), c, log_c);
    const V two52(0x1p52);
    const V intervals = from_bits(count | to_bits(two52)) - V(0x1p52 + 0x1p16);
    const V r = fma(m, c, V(-1.0));
    const V base = fma(intervals, V(0x1.62e42fefa39efp-7), log_c);
    return base + fma(r * r, polynomial(r, kTail), r);
}

[[gnu::always_inline]] inline Vec<float> log_through_double(Vec<float> x) {
    using V = Vec<float>;
    const V zero(0.0F);
    const V infinity(kInfinityFloat);
    const V y = in_double(x, [](auto v) { return log_of_float(v); });
    if (all_lanes((x > zero) & (x < infinity))) [[likely]] {
        return y;
    }
    V result = choose(x < infinity, y, x);  // Inf and NaN stay
    result = choose(x == zero, -infinity, result);
    return choose(x < zero, V(kNaNFloat), result);
}

// The quick way: x = 2^e m, m in one of N intervals of a binade, of which one has 1 in its middle; there the
// logarithm keeps its relative accuracy.
//   reciprocal  c near 1/m with so few bits that r = m c - 1 is exact
//   high, low   -log c as a multiple of 2^-17, so that its sum with e ln 2 is exact; the rest, minus nearly
//               half the window: the sum high + low becomes a lower bound
//   tail        (log(1 + r) - r) / r^2, |r| <= 0.0212 for N = 32, 0.0430 for N = 16; error of the log
//               2^-37.2, 2^-39.0
//   window      width of the window, from the largest errors over all x (tools/ulp_sweep)
template <std::size_t N>
struct LogTable;

// Of 8, which take one instruction where registers hold so many, the logarithm near 1 would be in doubt too
// often.
inline constexpr std::size_t kLogTable = kLookupFloats == 8 ? 16 : kLookupFloats;

template <>
struct LogTable<32> {
    static constexpr int kShift = 18;
    static constexpr std::uint32_t kFirst = 0x3f3d5556;
    static constexpr float kWindow = 0x1.ap-34F;
    static constexpr float kReciprocal[32] = {
        0x1.58p+0F, 0x1.5p+0F, 0x1.48p+0F, 0x1.44p+0F, 0x1.3cp+0F, 0x1.38p+0F, 0x1.3p+0F,  0x1.2cp+0F,
        0x1.24p+0F, 0x1.2p+0F, 0x1.1cp+0F, 0x1.18p+0F, 0x1.1p+0F,  0x1.0cp+0F, 0x1.08p+0F, 0x1.04p+0F,
        0x1p+0F,    0x1.fp-1F, 0x1.e4p-1F, 0x1.d8p-1F, 0x1.c8p-1F, 0x1.bcp-1F, 0x1.bp-1F,  0x1.a8p-1F,
        0x1.9cp-1F, 0x1.9p-1F, 0x1.88p-1F, 0x1.8p-1F,  0x1.78p-1F, 0x1.6cp-1F, 0x1.64p-1F, 0x1.6p-1F};
    static constexpr float kHigh[32] = {
        -0x1.2e8ep-2F, -0x1.1676p-2F, -0x1.fb9p-3F,  -0x1.e27p-3F, -0x1.af3cp-3F, -0x1.9524p-3F,
        -0x1.5ff4p-3F, -0x1.44d4p-3F, -0x1.0d78p-3F, -0x1.e27p-4F, -0x1.a928p-4F, -0x1.6f1p-4F,
        -0x1.f0ap-5F,  -0x1.774p-5F,  -0x1.f82p-6F,  -0x1.fcp-7F,  0x0p+0F,       0x1.041p-5F,
        0x1.ccbp-5F,   0x1.4d3p-4F,   0x1.da7p-4F,   0x1.23d8p-3F, 0x1.5bf4p-3F,  0x1.823cp-3F,
        0x1.bd08p-3F,  0x1.f99p-3F,   0x1.1178p-2F,  0x1.2696p-2F, 0x1.3c26p-2F,  0x1.5d5cp-2F,
        0x1.741ep-2F,  0x1.7fbp-2F};
    static constexpr float kLow[32] = {
        -0x1.5d7642p-21F, 0x1.aa247ap-21F,  -0x1.86d75p-19F,  -0x1.db907p-21F,  -0x1.29d2f2p-20F,
        -0x1.a9d0b2p-19F, 0x1.f1e834p-20F,  0x1.4931dcp-19F,  0x1.8318a4p-23F,  -0x1.db9624p-22F,
        0x1.2c587ap-20F,  0x1.6ba768p-19F,  -0x1.860364p-20F, -0x1.63da38p-19F, -0x1.361e5ep-19F,
        -0x1.5164d2p-20F, -0x1.6cccccp-35F, 0x1.76263p-19F,   0x1.cf360ap-19F,  0x1.15cf2ep-20F,
        0x1.3b1ab6p-19F,  -0x1.dab9a2p-20F, 0x1.acf5c4p-25F,  0x1.653ad6p-23F,  0x1.ce0942p-21F,
        0x1.c6c9cep-19F,  0x1.d0439p-19F,   0x1.0894bap-21F,  -0x1.b11b06p-19F, -0x1.105904p-21F,
        -0x1.e2513ap-20F, -0x1.710cd4p-20F};
    static constexpr float kTail[] = {-0x1p-1F, 0x1.555554p-2F, -0x1.001b3ep-2F, 0x1.99d3cap-3F};
};

template <>
struct LogTable<16> {
    static constexpr int kShift = 19;
    static constexpr std::uint32_t kFirst = 0x3f3aaaab;
    static constexpr float kWindow = 0x1.ap-32F;
    static constexpr float kReciprocal[16] = {
        0x1.58p+0F, 0x1.48p+0F, 0x1.4p+0F, 0x1.3p+0F, 0x1.28p+0F, 0x1.2p+0F,  0x1.1p+0F,  0x1.08p+0F,
        0x1p+0F,    0x1.ep-1F,  0x1.dp-1F, 0x1.bp-1F, 0x1.ap-1F,  0x1.88p-1F, 0x1.78p-1F, 0x1.68p-1F};
    static constexpr float kHigh[16] = {-0x1.2e8ep-2F, -0x1.fb9p-3F, -0x1.c9p-3F,  -0x1.5ff4p-3F,
                                        -0x1.2954p-3F, -0x1.e27p-4F, -0x1.f0ap-5F, -0x1.f82p-6F,
                                        0x0p+0F,       0x1.0858p-4F, 0x1.9338p-4F, 0x1.5bf4p-3F,
                                        0x1.a94p-3F,   0x1.1178p-2F, 0x1.3c26p-2F, 0x1.68acp-2F};
    static constexpr float kLow[16] = {-0x1.5d888ep-21F, -0x1.86dbe4p-19F, 0x1.0700acp-20F,  0x1.f1df0ep-20F,
                                       -0x1.2f88p-19F,   -0x1.dbbabcp-22F, -0x1.860c8cp-20F, -0x1.3622fp-19F,
                                       -0x1.8p-33F,      0x1.8b4de4p-20F,  -0x1.0d1b36p-19F, 0x1.abd0f6p-25F,
                                       -0x1.2c3d52p-19F, 0x1.d03efcp-19F,  -0x1.b11f9ap-19F, 0x1.07cd8ep-19F};
    static constexpr float kTail[] = {-0x1p-1F, 0x1.555544p-2F, -0x1.ffffb6p-3F, 0x1.9a6838p-3F,
                                      -0x1.56500ap-3F};
};

// e ln 2: as a multiple of 2^-17 and the rest, both in units of the lowest exponent bit, 2^23.
inline constexpr float kLn2HighUnit = 0x1.62e4p-24F;
inline constexpr float kLn2LowUnit = 0x1.7f7d1cp-43F;

// Positive normal numbers, the only ones of the quick way, in an order of unsigned integers.
inline constexpr std::uint32_t kSmallestNormal = 0x00800000;
inline constexpr std::uint32_t kLogReach = 0x7f800000 - 1 - kSmallestNormal;

template <std::size_t N, class V>
[[gnu::always_inline]] inline V log_quick(V x, V& above) {
    using Table = LogTable<N>;
    const auto bits = to_bits(x);
    using Bits = decltype(to_bits(x));
    const Bits distance = bits - Bits(Table::kFirst);
    const Bits exponent = distance & Bits(0xff800000U);
    const Bits index = distance >> Table::kShift;
    const V e = from_integers(exponent);
    const V r = fma(from_bits(bits - exponent), lookup(Table::kReciprocal, index), V(-1.0F));
    const V base = fma(e, V(kLn2HighUnit), lookup(Table::kHigh, index));
    const V rest = fma(e, V(kLn2LowUnit), lookup(Table::kLow, index));
    const V high = base + r;
    const V low = fma(r * r, polynomial(r, Table::kTail), rest) + (r - (high - base));
    above = high + (low + V(Table::kWindow));
    return high + low;
}

template <std::size_t N>
[[gnu::always_inline]] inline void log_floats(const float* x, float* y, std::size_t n) {
    const auto slow = [](Vec<float> v) THALWEG_INLINE_LAMBDA { return log_through_double(v); };
    if constexpr (N > 0) {
        map_quick<1>(
            x, y, n,
            [](const auto& v, auto& result, auto& above)
                THALWEG_INLINE_LAMBDA { result[0] = log_quick<N>(v[0], above[0]); },
            [](auto v) THALWEG_INLINE_LAMBDA { return to_bits(v) - decltype(to_bits(v))(kSmallestNormal); },
            kLogReach, slow);
    } else {
        map(x, y, n, slow);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
