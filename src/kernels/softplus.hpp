// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// softplus: log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), which neither overflows nor cancels.
//
// shape   x, y: n contiguous elements; y may be x
// error   float below 3.5 ULP, double below 3 (docs/numerics.md); worst known
//         float   2.22 ULP at x = 0x1.bd24ccp-7 without fma (got 0x1.666184p-1, want 0x1.66618p-1)
//         double  1.466 at 0x1.67c62a7cf555fp-2 (got 0x1.c4b1dedbb29cp-1, want 0x1.c4b1dedbb29c1p-1)
// source  polynomial of log(1 + e): tools/coefficients/softplus.py
#pragma once

#include "kernels/log1p.hpp"
#include "kernels/shifted_exp.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// e^d for -105 <= d <= 0 within 1.2 ULP, scaled in two steps so that subnormal results are rounded once.
[[gnu::always_inline]] inline Vec<float> exp_down_to_zero(Vec<float> d) {
    using V = Vec<float>;
    const V rounder(12582912.0F);  // 1.5 * 2^23: leaves an integer in the low bits
    const V rounded = fma(d, V(kLog2EFloat), rounder);
    const V k = rounded - rounder;
    const V half = fma(k, V(0.5F), rounder);
    const V other = (k - (half - rounder)) + rounder;
    return add_exponent(exp_polynomial(rest_in_two_steps(k, d)), half) * add_exponent(V(1.0F), other);
}

[[gnu::always_inline]] inline Vec<float> softplus_lanes(Vec<float> x) {
    using V = Vec<float>;
    // (log(1 + e) - e) / e^2 for 0 <= e <= 1, error 2^-26.3 of the log
    constexpr float kTail[] = {-0x1.ffffd8p-2F, 0x1.554e9ep-2F,  -0x1.ff3604p-3F,
                               0x1.93adaap-3F,  -0x1.3b6a82p-3F, 0x1.b8b64p-4F,
                               -0x1.dede32p-5F, 0x1.520272p-6F,  -0x1.bf745ap-9F};
    const V size = absolute(x);
    const V e = exp_down_to_zero(larger(V(-105.0F), V(0.0F) - size));
    return larger(V(0.0F), x) + fma(e * e, polynomial(e, kTail), e);
}

[[gnu::always_inline]] inline Vec<double> softplus_lanes(Vec<double> x) {
    using V = Vec<double>;
    return larger(V(0.0), x) + log1p_lanes(exp_double(V(0.0) - absolute(x)));
}

}  // namespace

template <class T>
void softplus(const T* x, T* y, std::size_t n) {
    map(x, y, n, [](Vec<T> v) THALWEG_INLINE_LAMBDA { return softplus_lanes(v); });
}

}  // namespace thalweg::kernels::THALWEG_ISA
