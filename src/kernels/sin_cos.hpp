// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// sin x and cos x.
//
// x = (4n + quarter) pi/2 + r with |r| <= pi/4, r as a sum of two doubles. Then sin r or cos r, of which the
// first terms are added exactly: r - r^3/6 and 1 - r^2/2 + r^4/24. Float first tries less: in double lanes
// x = n pi + r and one odd polynomial, with a bound for its error. Where both ends of the bound round to the
// same float, that is the result; one lane in 200,000 goes through the above, and where the result in double
// is the middle of two floats, what it lacks to the true value decides.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: none, the nearest float for every finite x (tools/ulp_sweep.cpp); NaN for Inf
//         Hardest: sin of 0x1.487e0cp+103, 2^-31.0 of a unit away from a tie (0x1.287508p-2 is nearest), and
//         cos of 0x1.2b9622p+67, 2^-31.9 (0x1.f0285ep-1)
//         double: below 0.55 ULP; worst known
//         sin  0.535 ULP at x = 0x1.956de96e88176p-1 (got 0x1.6c5e521fb9948p-1, want 0x1.6c5e521fb9947p-1)
//         cos  0.537 ULP at x = 0x1.901dcf1f7b3eap+29 (got 0x1.6cbb517db1555p-1, want 0x1.6cbb517db1554p-1)
// source  Cody and Waite 1980, in three parts; beyond kNearTurns large_angle.hpp. Coefficients:
//         tools/coefficients/sin_cos.py
#pragma once

#include "kernels/array_ops.hpp"
#include "kernels/exp_float.hpp"
#include "kernels/exp_log.hpp"
#include "kernels/large_angle.hpp"
#include "kernels/map_long.hpp"
#include "kernels/map_quick.hpp"
#include "kernels/two_doubles.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// pi/2 in three parts.
inline constexpr double kHalfPi = 0x1.921fb54442d18p+0;
inline constexpr double kHalfPiLow = 0x1.1a62633145c07p-54;
inline constexpr double kHalfPiLowest = -0x1.f1976b7ed8fbcp-110;
inline constexpr double kQuartersPerRadian = 0x1.45f306dc9c883p-1;
// 1/6 and 1/24 in two parts.
inline constexpr double kSixth = 1.0 / 6;
inline constexpr double kSixthLow = 0x1.5555555555555p-57;
inline constexpr double kTwentyFourth = 1.0 / 24;
inline constexpr double kTwentyFourthLow = 0x1.5555555555555p-59;

// Up to here a multiple of pi/2 has 21 bits, so that what its first product leaves of x is a double.
inline constexpr double kNearTurns = 2097152.0;

// x = quarter pi/2 + high + low for |x| <= kNearTurns. The error is below 2^-82 of high: no double of this
// size is nearer to a multiple of pi/2 than 2^-60.5.
template <class V, class Bits>
[[gnu::always_inline]] inline void reduce_near(V x, Bits& quarter, V& high, V& low) {
    const V t = fma(x, V(kQuartersPerRadian), V(kRounder));
    const V k = t - V(kRounder);
    quarter = to_bits(t);
    const auto [first, lost] = exact_product(k, V(kHalfPi));
    const V rest = (x - first) - lost;  // exact, both times
    const auto [second, second_lost] = exact_product(k, V(kHalfPiLow));
    const auto [sum, sum_lost] = exact_sum(rest, -second);
    const Two<V> r = fast_sum(sum, sum_lost - fma(k, V(kHalfPiLowest), second_lost));
    high = r.high;
    low = r.low;
}

// The same for the lanes beyond kNearTurns; NaN where x is not finite.
template <class Bits>
[[gnu::always_inline]] inline void reduce_far(Vec<double> x, Bits& quarter, Vec<double>& high,
                                              Vec<double>& low) {
    using V = Vec<double>;
    constexpr std::size_t w = kWidth<double>;
    double lanes[w];
    double turns[w];
    double rest[w] = {};
    std::uint64_t quarters[w] = {};
    store_full(lanes, x);
    for (std::size_t i = 0; i < w; ++i) {
        const bool far = lanes[i] > kNearTurns || lanes[i] < -kNearTurns;
        turns[i] = kNaN;
        if (far && lanes[i] - lanes[i] == 0.0) {
            quarters[i] = quarter_turns(lanes[i], turns[i], rest[i]);
        }
    }
    const auto negative = x < V(0.0);
    const V turn = load_full(turns);
    auto [product, lost] = exact_product(turn, V(kHalfPi));
    lost = lost + fma(turn, V(kHalfPiLow), load_full(rest) * V(kHalfPi));
    const auto [far_high, far_low] = fast_sum(product, lost);
    const auto near = magnitude<double>(x) <= V(kNearTurns);
    high = choose(near, high, choose(negative, -far_high, far_high));
    low = choose(near, low, choose(negative, -far_low, far_low));
    const V far_quarter = from_bits(load_full(quarters));
    const V minus = from_bits(Bits(0) - load_full(quarters));
    quarter = to_bits(choose(near, from_bits(quarter), choose(negative, minus, far_quarter)));
}

// sin r for r = high + low, |r| <= pi/4, as a sum of two doubles with an error below 2^-60 of it.
template <class V>
[[gnu::always_inline]] inline Two<V> exact_sine(V high, V low) {
    // (sin r - r + r^3/6) / r^5, error of the sine 2^-62
    constexpr double kTail[] = {0x1.111111111110fp-7,   -0x1.a01a01a01935p-13, 0x1.71de3a53cb75dp-19,
                                -0x1.ae64533c41536p-26, 0x1.6120eed71feecp-33, -0x1.aace3f47175bp-41};
    const auto [square, square_lost] = exact_product(high, high);
    const auto [cube, cube_lost] = exact_product(square, high);
    auto [term, term_lost] = exact_product(cube, V(-kSixth));
    // What the product with -1/6 lacks: of its rounding, of the cube, and of 1/6.
    term_lost = term_lost - fma(fma(square_lost, high, cube_lost), V(kSixth), cube * V(kSixthLow));
    const V bend = fma(V(-0.5) * square, low, low);  // low cos r
    const V tail = fma(cube * square, polynomial(square, kTail), term_lost + bend);
    const auto [sum, sum_lost] = fast_sum(high, term);
    return fast_sum(sum, sum_lost + tail);
}

// cos r likewise.
template <class V>
[[gnu::always_inline]] inline Two<V> exact_cosine(V high, V low) {
    // (cos r - 1 + r^2/2 - r^4/24) / r^6, error of the cosine 2^-62
    constexpr double kTail[] = {-0x1.6c16c16c1632ep-10, 0x1.a01a019e32603p-16, -0x1.27e4f901181f1p-22,
                                0x1.1eea83cc1700cp-29, -0x1.8ff69bed41595p-37};
    const auto [square, square_lost] = exact_product(high, high);
    auto [fourth, fourth_lost] = exact_product(square, square);
    auto [term, term_lost] = exact_product(fourth, V(kTwentyFourth));
    fourth_lost = fma(square + square, square_lost, fourth_lost);
    term_lost = term_lost + fma(fourth_lost, V(kTwentyFourth), fourth * V(kTwentyFourthLow));
    const V bend = -fma(high, low, V(0.5) * square_lost);
    const V tail = fma(fourth * square, polynomial(square, kTail), term_lost + bend);
    const auto [first, first_lost] = fast_sum(V(1.0), V(-0.5) * square);
    const auto [sum, sum_lost] = fast_sum(first, term);
    return fast_sum(sum, sum_lost + (first_lost + tail));
}

// sin x, or cos x as sine a quarter later: kQuarters 0 or 1.
template <unsigned kQuarters>
[[gnu::always_inline]] inline Two<Vec<double>> wave(Vec<double> x) {
    using V = Vec<double>;
    using Bits = decltype(to_bits(x));
    Bits quarter;
    V high;
    V low;
    reduce_near(x, quarter, high, low);
    if (!all_lanes(magnitude<double>(x) <= V(kNearTurns))) [[unlikely]] {
        reduce_far(x, quarter, high, low);
    }
    quarter = quarter + Bits(kQuarters);
    const auto [sine, sine_lost] = exact_sine(high, low);
    const auto [cosine, cosine_lost] = exact_cosine(high, low);
    const auto odd = from_bits((quarter & Bits(1)) << 62) > V(0.0);
    const Bits sign = (quarter & Bits(2)) << 62;
    const V y_low = from_bits(to_bits(choose(odd, cosine_lost, sine_lost)) ^ sign);
    const V y = from_bits(to_bits(choose(odd, cosine, sine)) ^ sign);
    if constexpr (kQuarters == 0) {  // twice -0, or their sum would be +0
        const auto zero = x == V(0.0);
        return {choose(zero, x, y), choose(zero, x, y_low)};
    } else {
        return {y, y_low};
    }
}

template <unsigned kQuarters>
[[gnu::always_inline]] inline Vec<float> wave_rounded(Vec<float> x) {
    return in_double_apart(x, [](Vec<double> v) THALWEG_INLINE_LAMBDA {
        const Two<Vec<double>> y = wave<kQuarters>(v);
        return rounded_to_odd(y.high, y.low);
    });
}

// The quick way in double lanes: a lower bound for |y|, and an upper bound. x = n pi + r with |r| <= pi/2, or
// for cos (n - 1/2) pi + r. The product with 1 + r^2 p keeps the sign of a zero.
inline constexpr double kPi = 0x1.921fb54442d18p+1;
inline constexpr double kPiLow = 0x1.1a62633145c07p-53;
inline constexpr double kPiFirst = 0x1.921fb544p+1;
inline constexpr double kPiSecond = 0x1.0b4611ap-33;
inline constexpr double kPiThird = 0x1.898cc51701b84p-63;
inline constexpr double kTurnsPerRadian = 0x1.45f306dc9c883p-2;
inline constexpr double kWaveError = 0x1p-43;
template <unsigned kQuarters, class V>
[[gnu::always_inline]] inline V wave_of_float(V x, V& above) {
    // (sin r - r) / r^3, error of the sine 2^-43.7
    constexpr double kTail[] = {-0x1.555555554714p-3,  0x1.1111110a5593ap-7,   -0x1.a019fd5950e3ep-13,
                                0x1.71dcf84bddfa1p-19, -0x1.ae03f8423db05p-26, 0x1.52dbec6e9c73ap-33};
    V t;
    V k;
    V r;
    if constexpr (kQuarters == 0) {
        t = fma(x, V(kTurnsPerRadian), V(kRounder));
        k = t - V(kRounder);
    } else {
        t = fma(x, V(kTurnsPerRadian), V(0.5)) + V(kRounder);
        k = (t - V(kRounder)) - V(0.5);
    }
    if constexpr (kHasFma) {
        r = fma(k, V(-kPiLow), fma(k, V(-kPi), x));
    } else {  // the products with the first two parts, of 32 bits, are exact
        r = ((x - k * V(kPiFirst)) - k * V(kPiSecond)) - k * V(kPiThird);
    }
    r = from_bits(to_bits(r) ^ (to_bits(t) << 63));
    const V square = r * r;
    const V quotient = fma(square, polynomial(square, kTail), V(1.0 - kWaveError));
    const V y = r * quotient;
    above = fma(r, V(2 * kWaveError), y);
    return y;
}

// |x| up to kNearTurns; NaN is beyond everything.
inline constexpr std::uint32_t kWaveReach = 0x4a000000;

template <unsigned kQuarters>
[[gnu::always_inline]] inline void waves(const float* x, float* y, std::size_t n) {
    using V = Vec<float>;
    const auto slow = [](V v) THALWEG_INLINE_LAMBDA { return wave_rounded<kQuarters>(v); };
    const auto quick = [](V v, V& above) THALWEG_INLINE_LAMBDA {
        return in_double(
            v, [](auto d, auto& high) THALWEG_INLINE_LAMBDA { return wave_of_float<kQuarters>(d, high); },
            above);
    };
    if constexpr (kLookupFloats > 0) {
        map_quick<1>(
            x, y, n,
            [quick](const auto& v, auto& low, auto& above)
                THALWEG_INLINE_LAMBDA { low[0] = quick(v[0], above[0]); },
            [](auto v) THALWEG_INLINE_LAMBDA { return distance_from_zero(v); }, kWaveReach, slow);
    } else {
        map_long(x, y, n, [=](V v) THALWEG_INLINE_LAMBDA {
            V above;
            const V low = quick(v, above);
            const bool settled =
                all_lanes(both(low == above, magnitude<float>(v) <= V(static_cast<float>(kNearTurns))));
            return settled ? low : slow(v);
        });
    }
}
template <unsigned kQuarters>
[[gnu::always_inline]] inline void waves(const double* x, double* y, std::size_t n) {
    map_long(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return wave<kQuarters>(v).high; });
}

}  // namespace

template <class T>
void sin(const T* x, T* y, std::size_t n) {
    waves<0>(x, y, n);
}
template <class T>
void cos(const T* x, T* y, std::size_t n) {
    waves<1>(x, y, n);
}

}  // namespace thalweg::kernels::THALWEG_ISA
