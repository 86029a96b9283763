// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The identities of difference.hpp for moves of any size: exponentials by the general routine, scaled so that
// none overflows, and the logarithm of the quotient itself where it is far from 1. Not fast, and not meant to
// be: differences with a step of this size are asked for to be looked at.
//
// range   |h x| up to 256, so that squares of cosh stay finite
//         NaN where a class gains a factor beyond e^708, or q times that factor is beyond all doubles
// error   a few ULP of each term while |f+ - f-| of a sample is below 700
#pragma once

#include "kernels/exp_log.hpp"
#include "kernels/hyperbolic.hpp"
#include "kernels/table.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// log((1/down + q) / (1/up + q)) given up, down and half their difference g. Below the bound the series is
// good to 5e-20 (tools/coefficients/series.py) and has not lost what g knows; beyond it the quotient is far
// enough from 1.
template <class V>
[[gnu::always_inline]] inline V loss_difference(V g, V up, V down, V q) {
    constexpr double kSeries[] = {2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13};
    const V half_sum = V(0.5) * (up + down);
    const V r = g / fma(q, up * down, half_sum);
    const V near_one = r * polynomial(r * r, kSeries);
    const V quotient = (up / down) * (fma(q, down, V(1.0)) / fma(q, up, V(1.0)));
    const auto small = both(r < V(0.05), V(-0.05) < r);
    return choose(small, near_one, log_double(quotient));
}

// sinh x where up and down are e^x and e^-x, both times `scale`.
template <class V>
[[gnu::always_inline]] inline V scaled_sinh(V x, V scale, V up, V down) {
    const auto small = both(x < V(1.0), V(-1.0) < x);
    return choose(small, scale * sinh_to_one(x), V(0.5) * (up - down));
}

// What a vector of units has in common: z, z(1-z), 1-2z.
struct Units {
    Vec<double> zz;
    Vec<double> slope;
    const double* w;
    std::size_t lanes;

    Vec<double> weight(const UnitDifferences<double>& d, std::size_t c) const {
        return load_partial_or_full(w + c * d.ldw, lanes) - load_partial_or_full(w + d.label * d.ldw, lanes);
    }
};

// One input.
inline Vec<double> unit_difference_any(const UnitDifferences<double>& d, const Units& units, std::size_t e) {
    using V = Vec<double>;
    const V excess = V(2.0 * d.cosh1[e]) * units.zz;
    const V denominator = excess + V(1.0);
    const V t = V(d.sinh[e]) * units.zz / denominator;
    const V s = V(0.5) * excess * units.slope / denominator;
    V most(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        const V v = units.weight(d, c);
        most = larger(most, larger(fma(s, v, t * v), fma(s, v, -(t * v))));
    }
    V up = V(d.p[d.label]) * exp_double(-most);
    V down = up;
    V g(0.0);
    for (std::size_t c = 0; c < d.classes; ++c) {
        if (c == d.label) {
            continue;
        }
        const V v = units.weight(d, c);
        const V p(d.p[c]);
        const V level = fma(s, v, -most);
        const V raised = exp_double(fma(t, v, level));
        const V lowered = exp_double(level - t * v);
        up = fma(p, raised, up);
        down = fma(p, lowered, down);
        g = fma(p, scaled_sinh(t * v, exp_double(level), raised, lowered), g);
    }
    // e^most scales q back, and e^-most has all its bits up to here. Beyond, an Inf would make the quotient
    // 0, which looks like an answer.
    const V scaled_q = V(d.q) * exp_double(most);
    const auto in_range = both(most < V(708.0), scaled_q < V(kInfinity));
    return choose(in_range, loss_difference(g, up, down, scaled_q), V(__builtin_nan("")));
}

inline void unit_differences_any(const UnitDifferences<double>& d) {
    using V = Vec<double>;
    for (std::size_t j = 0; j < d.units; j += kWidth<double>) {
        const std::size_t lanes = d.units - j < kWidth<double> ? d.units - j : kWidth<double>;
        const V z = load_partial_or_full(d.z + j, lanes);
        const V zm = load_partial_or_full(d.zm + j, lanes);
        const Units units{z * zm, zm - z, d.w + j, lanes};
        for (std::size_t e = 0; e < d.inputs; ++e) {
            store_partial_or_full(d.y + e * d.ldy + j, unit_difference_any(d, units, e), lanes);
        }
    }
}

inline void output_differences_any(const OutputDifferences& d) {
    using V = Vec<double>;
    for (std::size_t k = 0; k < d.classes; ++k) {
        const bool right = k == d.label;
        const V moved(right ? d.others : d.p[k]);
        double rest = right ? d.p[k] : 0.0;
        for (std::size_t c = 0; !right && c < d.classes; ++c) {
            rest += c == k ? 0.0 : d.p[c];
        }
        for (std::size_t j = 0; j < d.units; j += kWidth<double>) {
            const std::size_t lanes = d.units - j < kWidth<double> ? d.units - j : kWidth<double>;
            V u = load_partial_or_full(d.sinh + j, lanes);
            u = right ? negated(u) : u;
            const V raised = exp_double(u);
            const V lowered = exp_double(-u);
            const V up = fma(moved, raised, V(rest));
            const V down = fma(moved, lowered, V(rest));
            const V g = moved * scaled_sinh(u, V(1.0), raised, lowered);
            double* const sum = d.sum + k * d.ldsum + j;
            store_partial_or_full(
                sum, load_partial_or_full(sum, lanes) + loss_difference(g, up, down, V(d.q)), lanes);
        }
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
