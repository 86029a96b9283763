// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which moves are small: where the polynomials of kernels/difference.hpp are as good as T.
//
// A step of +h and -h in one weight moves the sum that it belongs to: the input of a unit by h x, x being
// what the weight is multiplied with, or a class's logit by h z. A bias moves its sum by h.
#pragma once

namespace thalweg::nn {

// First terms that the polynomials leave out, in the notation of kernels/difference.hpp (t, s, v, D, G, A):
//   of sinh(tv)/tv and cosh(tv)   (tv)^4 / 120, / 24     of e^(sv)   (sv)^2 / 2
//   of 1/D                        (u^2 / 4)^3            of artanh   r^6 / 7, |r| <= |tv| or sinh(h)
template <class T>
struct SmallMoves;
template <>
struct SmallMoves<double> {
    static constexpr double kInput = 1e-3;   // u = h |x|, and h itself
    static constexpr double kWeight = 2e-4;  // |t v|
    static constexpr double kLevel = 1e-8;   // |s v|
};
template <>
struct SmallMoves<float> {
    static constexpr double kInput = 5e-2;
    static constexpr double kWeight = 1e-2;
    static constexpr double kLevel = 1e-4;
};

// For the weights into units. move: the largest h |x| of a sample. spread: the largest distance of two
// weights out of one unit, a bound of |v|. With z the unit: z(1-z) <= 1/4, z(1-z)|1-2z| < 0.0963, and below
// 0.05 sinh u < 1.001 u, cosh u - 1 < 1.001 u^2/2.
template <class T>
bool small_moves(double move, double h, double spread) noexcept {
    using Limits = SmallMoves<T>;
    return move <= Limits::kInput && h <= Limits::kInput && 0.2503 * move * spread <= Limits::kWeight &&
           0.0964 * 0.5 * move * move * spread <= Limits::kLevel;
}

// For the weights into classes, which are in double for both types: h z <= h.
inline bool small_output_moves(double h) noexcept {
    return h <= SmallMoves<double>::kInput;
}

}  // namespace thalweg::nn
