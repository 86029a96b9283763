// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// e^x where x is a sum of two doubles: for functions whose exponent is a product or a sum that a double alone
// would round to half a unit of itself, which is x/2 units of the result.
//
// error   0.6 units in the last place, of which 0.5 are the last rounding
#pragma once

#include "kernels/exp_log.hpp"
#include "kernels/two_doubles.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// e^(high + low) = mantissa 2^k for |high| <= 810, |low| below 2^-40.
template <class V>
[[gnu::always_inline]] inline ExpParts<V> exp_of_pair(V high, V low) {
    const V k = fma(high, V(kLog2E), V(kRounder)) - V(kRounder);
    const V rest = fma(k, V(-kLn2High), high);  // exact
    const auto [r, r_low] = exact_sum(rest, fma(k, V(-kLn2Low), low));
    const auto [sum, sum_lost] = fast_sum(V(1.0), r);
    return {sum + (sum_lost + fma(r * r, exp_tail(r), r_low)), k};
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
