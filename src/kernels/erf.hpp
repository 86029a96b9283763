// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// erf x = 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.
//
// With |x| = a + h, a the nearest multiple of 1/128: erf |x| = erf(a) + s h q(a, h), where s is the slope at
// a and q the series of the integral of e^(-2at - t^2), whose coefficients are polynomials in a. Float takes
// four terms of q in double lanes, with a bound for the error. Where both ends of the bound round to the same
// float, that is the result; one lane in 4,000 takes the way of double: six terms, and for |x| < 1/2 an odd
// polynomial, as a sum of two doubles.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: none, the nearest float for every x (tools/ulp_sweep.cpp)
//         Hardest: x = 0x1.81d5acp-13, where erf x is 2^-32.6 of a unit away from a tie (0x1.b35e28p-13 is
//         nearest). double: below 0.8 ULP; worst known
//         0.746 ULP at x = 0x1.cc124929d4afap-2 (got 0x1.e638bf022cf64p-2, want 0x1.e638bf022cf65p-2)
// source  the integrand's generating function: Hermite's polynomials. Tables: tools/coefficients/erf.py
#pragma once

#include "kernels/array_ops.hpp"
#include "kernels/erf_table.hpp"
#include "kernels/erf_table_low.hpp"
#include "kernels/exp_float.hpp"
#include "kernels/map_long.hpp"
#include "kernels/map_quick.hpp"
#include "kernels/two_doubles.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// 2/sqrt(pi) in two parts.
inline constexpr double kErfSlope = 0x1.20dd750429b6dp+0;
inline constexpr double kErfSlopeLow = 0x1.1ae3a914fed8p-56;
// From here on erf is 1 for a double, and a float. The last rows are theirs.
inline constexpr double kErfLimit = 5.93;
inline constexpr float kErfLimitFloat = 3.99F;
inline constexpr std::uint64_t kErfRowsFloat = 512;
// 1.5 * 2^45: adding it leaves a number rounded to 1/128, counted in the low bits.
inline constexpr double kErfRounder = 0x1.8p45;

// erf x for 0 <= x <= 1/2.
template <class V>
[[gnu::always_inline]] inline Two<V> erf_near(V x) {
    // (erf(x) / x - 2/sqrt(pi)) / x^2, error of erf 2^-58
    constexpr double kTail[] = {-0x1.812746b0379e7p-2,  0x1.ce2f21a042be1p-4,   -0x1.b82ce31288a16p-6,
                                0x1.565bcd0e60199p-8,   -0x1.c02db3fa23619p-11, 0x1.f9a324b660d5cp-14,
                                -0x1.f4d1d2ffa6186p-17, 0x1.b9d1eb787ac45p-20,  -0x1.5d7aadfd3ddd4p-23,
                                0x1.c63cb7bf56a64p-27};
    const V square = x * x;
    const auto [product, product_lost] = exact_product(x, V(kErfSlope));
    const V low = fma(x, V(kErfSlopeLow), product_lost);
    return fast_sum(product, fma(x * square, polynomial(square, kTail), low));
}

// erf x for 1/2 <= x <= kErfLimit; for less the sum is not as exact.
template <class V>
[[gnu::always_inline]] inline Two<V> erf_far(V x) {
    const V t = x + V(kErfRounder);
    const V a = t - V(kErfRounder);
    const V h = x - a;
    const auto row = to_bits(t) & decltype(to_bits(t))(1023);
    V value;
    V slope;
    lookup_pairs(kErfTable, row, value, slope);
    // (-1)^k H_k(a) / (k + 1)!, Hermite's polynomials; the first term left out is below 2^-60
    const V square = a * a;
    const V second = fma(square, V(2.0 / 3), V(-1.0 / 3));
    const V third = a * fma(square, V(-1.0 / 3), V(0.5));
    const V fourth = fma(square, fma(square, V(2.0 / 15), V(-0.4)), V(0.1));
    const V fifth = a * fma(square, fma(square, V(-2.0 / 45), V(2.0 / 9)), V(-1.0 / 6));
    V q = fma(fifth, h, fourth);
    q = fma(q, h, third);
    q = fma(q, h, second);
    q = fma(q, h, -a);
    const V step = slope * h;
    const V rest = fma(step * h, q, lookup_each(kErfTableLow, row));
    const auto [sum, sum_lost] = fast_sum(value, step);
    return fast_sum(sum, sum_lost + rest);
}

// erf x for every x.
template <class V>
[[gnu::always_inline]] inline Two<V> exact_erf(V x) {
    const V size = magnitude<double>(x);
    const V sign = sign_of<double>(x);
    const V half(0.5);
    const auto [near, near_lost] = erf_near(size);
    const V tiny = fma(size, V(kErfSlope - 1.0), size);  // where parts of a product underflow
    const auto [far, far_lost] = erf_far(choose(size < V(kErfLimit), larger(size, half), V(kErfLimit)));
    const auto is_near = size < half;
    const V low = from_bits(to_bits(choose(is_near, near_lost, far_lost)) ^ to_bits(sign));
    const V y = bits_or(choose(is_near, choose(size < V(0x1p-500), tiny, near), far), sign);
    return {choose(is_nan(x), x, y), low};
}

// erf x for 0 <= x <= kErfLimitFloat: a lower and an upper bound. Four terms, of which the second has what
// evens out the fifth near 0: error 2^-38.
inline constexpr double kErfError = 0x1p-37;
template <class V>
[[gnu::always_inline]] inline V erf_of_float(V x, V& above) {
    const V t = x + V(kErfRounder);
    const V a = t - V(kErfRounder);
    const V h = x - a;
    V value;
    V slope;
    lookup_pairs(kErfTable, to_bits(t) & decltype(to_bits(t))(kErfRowsFloat - 1), value, slope);
    const V square = a * a;
    const V second = fma(square, V(2.0 / 3), V(-0x1.5555088888889p-2));
    const V third = a * fma(square, V(-1.0 / 3), V(0.5));
    const V q = fma(fma(third, h, second), h, -a);
    const V step = slope * h;
    const V y = value + fma(step * h, q, step);
    above = fma(y, V(kErfError), y);
    return fma(y, V(-kErfError), y);
}

[[gnu::always_inline]] inline void erfs(const float* x, float* y, std::size_t n) {
    using V = Vec<float>;
    const auto slow = [](V v) THALWEG_INLINE_LAMBDA {
        return in_double_apart(v, [](Vec<double> d) THALWEG_INLINE_LAMBDA {
            const Two<Vec<double>> exact = exact_erf(d);
            return rounded_to_odd(exact.high, exact.low);
        });
    };
    const auto quick = [](V v, V& above) THALWEG_INLINE_LAMBDA {
        const V sign = sign_of<float>(v);
        const V low = in_double(
            smaller(V(kErfLimitFloat), magnitude<float>(v)),
            [](auto d, auto& high) THALWEG_INLINE_LAMBDA { return erf_of_float(d, high); }, above);
        above = bits_or(above, sign);
        return bits_or(low, sign);
    };
    if constexpr (kLookupFloats > 0) {
        map_quick<1>(
            x, y, n,
            [quick](const auto& v, auto& low, auto& above)
                THALWEG_INLINE_LAMBDA { low[0] = quick(v[0], above[0]); },
            [](auto v) THALWEG_INLINE_LAMBDA { return distance_from_zero(v); }, kEverything, slow);
    } else {
        map_long(x, y, n, [=](V v) THALWEG_INLINE_LAMBDA {
            V above;
            const V low = quick(v, above);
            return all_lanes(low == above) ? low : slow(v);
        });
    }
}
[[gnu::always_inline]] inline void erfs(const double* x, double* y, std::size_t n) {
    map_long(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return exact_erf(v).high; });
}

}  // namespace

template <class T>
void erf(const T* x, T* y, std::size_t n) {
    erfs(x, y, n);
}

}  // namespace thalweg::kernels::THALWEG_ISA
