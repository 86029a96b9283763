// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Many quotients by one divisor: three multiply-adds each instead of a division, with the bits of the
// division.
//
// With r = 1/b correctly rounded: q = a r, then q + (a - q b) r. Why the last rounding gives the bits of a/b,
// with significands of p bits, b' in [1, 2) that of b, and units in the last place of the quotient:
//
//   a/b near a midpoint   q is one of the two floats beside it, so a - q b is exact, and only the error of
//                         r is left: at most b' 2^(-p-2) units. No quotient of two floats is nearer to a
//                         midpoint than 2^-p / b' units, which is more, because b' < 2.
//   a/b anywhere else     the error before the last rounding is below 1.5 * 2^(1-p) units, and "near" was
//                         everything within that distance of a midpoint.
//
// bound   3 multiply-adds a vector; the divide instruction takes 10 cycles for 64 bytes on Zen 4, 16 on
//         Skylake-X
// error   the correctly rounded quotient, as long as quotient and remainder are far from underflow. Float:
//         a = 0 or |a| >= 2^-64, divisors from 1 to 2^60; double: 2^-500, likewise
// source  Markstein 1990; Brisebarre, Muller, Raina 2004
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// What a batch may be divided by after a sum of at most 2^30 (float) ones was taken out.
template <class T>
inline constexpr T kLargestBatch = T(1 << 30);

template <class T>
class Divisor {
public:
    explicit Divisor(Vec<T> divisor) : divisor_(divisor), reciprocal_(divide(Vec<T>(T(1)), divisor)) {}

    // ordinary: no remainder underflows. Without fma there is no exact remainder to correct with.
    template <bool ordinary>
    [[gnu::always_inline]] Vec<T> quotient(Vec<T> a) const {
        if constexpr (ordinary && kHasFma) {
            const Vec<T> q = a * reciprocal_;
            return fma(fma(q, -divisor_, a), reciprocal_, q);
        } else {
            return divide(a, divisor_);
        }
    }

private:
    Vec<T> divisor_;
    Vec<T> reciprocal_;
};

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
