// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// sigmoid: y = 1 / (1 + e^-x), its derivative e / (1 + e)^2 with e = e^-|x|, and the step backpropagation
// takes through it, y = z (1 - z) dz.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: sigmoid correctly rounded for every x (tools/ulp_sweep.cpp), hardest x = -0x1p-24, where it
//         is 2^-52.6 of a unit away from a tie (0.5 is nearest); sigmoid_grad one rounding of a double one.
//         double: sigmoid below 2 ULP, sigmoid_grad below 5 (budgets: tests/functions.inc); worst known
//         sigmoid       1.482 ULP at x = -0x1.3642511a2b304p+2 (got 0x1.fe2b4938fed1ap-8,
//                       want 0x1.fe2b4938fed1bp-8)
//         sigmoid_grad  4.225 ULP at x = -0x1.36107f89134cbp+2 (got 0x1.fbb710e5dbef3p-8,
//                       want 0x1.fbb710e5dbef7p-8)
// source  Deep Learning from Scratch 3.2.4; the notebook's sigmoid_grad
#pragma once

#include "kernels/exp_float.hpp"
#include "kernels/exp_log.hpp"
#include "kernels/two_doubles.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class V>
[[gnu::always_inline]] inline V minus_abs(V x) {
    return choose(x > V(0.0), -x, x);
}

// The larger side of 1/2 divides 1, the smaller divides e: neither cancels nor overflows.
template <class V>
[[gnu::always_inline]] inline V sigmoid_of_exp(V x, V e) {
    const V one(1.0);
    return choose(x < V(0.0), e, one) / (one + e);
}

// num - q * s exactly, q being num / s rounded.
[[gnu::always_inline]] inline Vec<double> quotient_left(Vec<double> num, Vec<double> q, Vec<double> s) {
    if constexpr (kHasFma) {
        return fma(-q, s, num);
    } else {
        const Two<Vec<double>> product = exact_product(q, s);
        return (num - product.high) - product.low;
    }
}

// The same in double, rounded once: what the sum 1 + e and the quotient have lost is put back before the last
// rounding, which leaves the error of e and half a unit.
[[gnu::always_inline]] inline Vec<double> sigmoid_compensated(Vec<double> x, Vec<double> e) {
    using V = Vec<double>;
    const V one(1.0);
    const V sum = one + e;
    const V sum_low = e - (sum - one);
    const auto negative = x < V(0.0);
    const V num = choose(negative, e, one);
    const V q = num / sum;
    const V left = fma(-q, sum_low, quotient_left(num, q, sum));
    // 1 / sum, near enough for a correction: q itself, or what it lacks to 1.
    return fma(left, choose(negative, one - q, q), q);
}

template <class V>
[[gnu::always_inline]] inline V sigmoid_grad_of_exp(V e) {
    const V sum = V(1.0) + e;
    return e / (sum * sum);
}

// 1 / (1 + e^-x) in double, rounded once; e^-x does not overflow there. Where |x| < 2^-12, y = 1/2 + x/4 -
// x^3/48 may lie nearer to the middle of two floats than a double can tell; it is always on the side of 1/2.
// Half a float's unit off x says so: there is no float in between.
[[gnu::always_inline]] inline Vec<float> sigmoid_through_double(Vec<float> x) {
    return in_double(x, [](auto v) {
        using V = decltype(v);
        const auto tiny = (v < V(0x1p-12)) & (v > V(-0x1p-12));
        const V shrunk = choose(tiny, v * V(1.0 - 0x1p-25), v);
        return sigmoid_of_exp(shrunk, exp_of_float(minus_abs(shrunk)));
    });
}

// As exp_quick: 1 + e^-x as a sum of two floats, the reciprocal r of the first, and what r leaves of
// 1/(1 + e^-x). The lower bound of e^-x makes y an upper bound.
template <std::size_t N, class V, std::size_t K>
[[gnu::always_inline]] inline void sigmoid_quick(const V (&x)[K], V (&y)[K], V (&below)[K]) {
    const V one(1.0F);
    V scale[K];
    V high[K];
    V low[K];
    exp_window<N, -1>(x, scale, high, low);
    V sum[K];
    V sum_low[K];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        sum[i] = (high[i] + low[i]) + one;
        sum_low[i] = (smaller(high[i], one) - (sum[i] - larger(high[i], one))) + low[i];
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < K; ++i) {
        const V r = divide(one, sum[i]);
        const V left = negative_fma(sum_low[i], r, negative_fma(sum[i], r, one));
        y[i] = fma(r, left, r);
        below[i] = fma(r, left - V(ExpTable<N>::kWindow), r);
    }
}

template <std::size_t N>
[[gnu::always_inline]] inline void sigmoid_floats(const float* x, float* y, std::size_t n) {
    const auto slow = [](Vec<float> v) THALWEG_INLINE_LAMBDA { return sigmoid_through_double(v); };
    if constexpr (N > 0) {
        map_quick<4>(  // the divisions of two vectors leave room for others
            x, y, n,
            [](const auto& v, auto& result, auto& below)
                THALWEG_INLINE_LAMBDA { sigmoid_quick<N>(v, result, below); },
            [](auto v) THALWEG_INLINE_LAMBDA { return distance_from_zero(v); }, kExpReach, slow);
    } else {
        map(x, y, n, slow);
    }
}

}  // namespace

template <class T>
void sigmoid(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(float)) {
        sigmoid_floats<kLookupFloats>(x, y, n);
    } else {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA {
            return sigmoid_compensated(v, exp_double(minus_abs(v)));
        });
    }
}

template <class T>
void sigmoid_grad(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(float)) {
        map(x, y, n, [](Vec<float> v) {
            return in_double(v, [](auto d) { return sigmoid_grad_of_exp(exp_of_float(minus_abs(d))); });
        });
    } else {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA {
            return sigmoid_grad_of_exp(exp_double(minus_abs(v)));
        });
    }
}

template <class T>
void sigmoid_backward(const T* z, const T* dz, T* y, std::size_t n) {
    map2(z, dz, y, n, [](Vec<T> v, Vec<T> d) { return v * (Vec<T>(T(1)) - v) * d; });
}

}  // namespace thalweg::kernels::THALWEG_ISA
