// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The natural logarithm as a sum of two doubles, from which log1p, log2 and log10 take theirs.
//
// error   below 2^-54 of log(1 + f): the roundings of s and of what it multiplies
// source  as log_of_parts in exp_log.hpp, the products that matter exact. Coefficients:
//         tools/coefficients/log_base.py
#pragma once

#include "kernels/exp_log.hpp"
#include "kernels/two_doubles.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// log(1 + f + f_low) for sqrt(1/2) <= 1 + f < sqrt(2), f_low no more than f's rounding. With s = f / (2 + f):
// log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)).
template <class V>
[[gnu::always_inline]] inline Two<V> log_pair(V f, V f_low) {
    // (log((1+s)/(1-s)) - 2s) / s^3 as a polynomial in s^2, relative error of the log 5.4e-19
    constexpr double kSeries[] = {0x1.5555555555555p-1, 0x1.9999999999a38p-2, 0x1.2492492476c87p-2,
                                  0x1.c71c720160b47p-3, 0x1.745cf901605f7p-3, 0x1.3b1c360763b8ap-3,
                                  0x1.0fbe83c2cbcf3p-3, 0x1.0c04595972ab8p-3};
    const V s = f / (V(2.0) + f);
    const V z = s * s;
    const Two<V> square = exact_product(f, f);
    const V half = V(0.5) * square.high;
    const V high = f - half;
    const V low = ((f - high) - half) - V(0.5) * square.low;
    const V series = s * fma(z, polynomial(z, kSeries), half);
    const V of_low = f_low - f_low * f * (V(1.0) - f);  // f_low / (1 + f), nearly
    return {high, low + (series + of_low)};
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
