// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// tanh x.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: none, the nearest float. Proof: the sweep of tools/ulp_sweep.cpp over all inputs. Hardest:
//         x = 0x1.86fbc4p-10, where tanh x is 2^-26.7 of a unit away from a tie (0x1.86fbb2p-10 is nearest).
//         double: below 1 ULP; the worst input known stands at the function
// source  float: x = k ln2/2 + u and tanh's theorem of addition, in double lanes; double: quotient of expm1.
//         Polynomial: tools/coefficients/tanh.py
#pragma once

#include "kernels/expm1.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// tanh x = h / (1 + h) with h = (e^2x - 1) / 2, for x > 0.
template <class V>
[[gnu::always_inline]] inline Two<V> tanh_of_positive(V x) {
    const Two<V> half = half_expm1(x + x);
    const Two<V> h = fast_sum(half.high, half.low);
    const Two<V> sum = exact_sum(V(1.0), h.high);
    const V q = h.high / sum.high;
    const Two<V> product = exact_product(q, sum.high);
    const V left = ((h.high - product.high) - product.low) + (h.low - q * (sum.low + h.low));
    return {q, left / sum.high};
}

// worst 0.576 ULP at x = 0x1.662ced9c501eap-3 (got 0x1.62915dc55ae75p-3, want 0x1.62915dc55ae74p-3)
[[gnu::always_inline]] inline Vec<double> tanh_lanes(Vec<double> x) {
    using V = Vec<double>;
    const V size = absolute(x);
    const Two<V> y = tanh_of_positive(within(size, 0.0, 20.0));
    return with_sign_of(choose(size >= V(kLinear), y.high + y.low, size), x);
}

// tanh x in double for x that come from float. With b = 2^k - 1 and c = 2^k + 1, both exact, and w = tanh u,
// |u| <= ln2/4: tanh x = (b + c w) / (c + b w), in which nothing cancels. Beyond 10 it is 1 as a float.
template <class V>
[[gnu::always_inline]] inline V tanh_of_float(V x) {
    // (tanh u - u) / u^3 in u^2, error 2^-57.7 of the sum
    constexpr double kTail[] = {-0x1.55555555554bdp-2, 0x1.11111110e0d9fp-3,  -0x1.ba1ba1176007p-5,
                                0x1.664eca28b3c31p-6,  -0x1.223c8758451a7p-7, 0x1.c38744d09e9bp-9};
    const V rounded = fma(x, V(2 * kLog2E), V(kRounder));
    const V k = rounded - V(kRounder);
    const V power = power_of_two(rounded);
    const V b = power - V(1.0);
    const V c = power + V(1.0);
    const V u = fma(k, V(-0.5 * kLn2Low), fma(k, V(-0.5 * kLn2High), x));
    const V square = u * u;
    const V w = fma(square * u, polynomial(square, kTail), u);
    return fma(c, w, b) / fma(b, w, c);
}

[[gnu::always_inline]] inline Vec<float> tanh_lanes(Vec<float> x) {
    const Vec<float> end(10.0F);
    const Vec<float> limited = larger(Vec<float>(-10.0F), smaller(end, x));
    const Vec<float> y = in_double(limited, [](auto v) THALWEG_INLINE_LAMBDA { return tanh_of_float(v); });
    return with_sign_of(y, x);
}

}  // namespace

template <class T>
void tanh(const T* x, T* y, std::size_t n) {
    map(x, y, n, [](Vec<T> v) THALWEG_INLINE_LAMBDA { return tanh_lanes(v); });
}

}  // namespace thalweg::kernels::THALWEG_ISA
