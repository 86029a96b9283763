// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The complex step: f(x + ih) has f'(x) h as its imaginary part. Nothing is subtracted, so h can be tiny and
// the derivative is right to the last digits. Not part of thalweg.hpp: <complex> is expensive to compile.
//
// Each result is compared with differences of f at real points, to three digits: f must be real for real x,
// and analytic there. conj, abs, a comparison at its boundary and a branch cut are found. Not found: a
// mistake below one part in a thousand; one in an f whose differences are all noise; one that leaves f as it
// is at real points and the derivative as it is to three digits.
//
// Common to all:
// range    f is analytic at x and real for real x
// error    a few eps of f's terms; the truncation h^2/6 |f'''| is below rounding
// threads  serial: f is called by the calling thread
// throws   DifferenceError when f is not finite, not real for real x, or not analytic; what f throws
// source   Squire and Trapp 1998
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The step h: its square vanishes next to 1, and products of several h do not underflow to 0 at once.
inline constexpr double kComplexStep = 0x1p-100;

/// Computes the derivative of f at x: Im f(x + ih) / h. f is a template or a lambda with auto, and is called
/// four times, rarely more.
///
///     complex_step_diff([](auto x) { return x * x * x; }, 2.0);  // 12.0000
template <class Function>
double complex_step_diff(Function&& f, double x);

/// Computes the gradient of f at x. f takes a std::span<const std::complex<double>>, and is called three
/// times a variable, rarely more.
/// shape    x.size(); empty for an empty x
template <class Function>
std::vector<double> complex_step_gradient(Function&& f, std::span<const double> x);

/// Computes the Jacobian of f at x. f(x, y) takes a std::span<const std::complex<double>> and writes its
/// outputs to a std::span<std::complex<double>>; it is called three times a variable, rarely more, for all
/// outputs together.
///
///     const auto f = [](auto x, auto y) { y[0] = x[0] * x[1]; };
///     const std::vector<double> x = {3.0, 4.0};
///     complex_step_jacobian(f, x, 1)(0, 0);  // 4.0000
///
/// shape    [outputs, x.size()]
template <class Function>
Matrix<double> complex_step_jacobian(Function&& f, std::span<const double> x, std::size_t outputs);

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/complex_step.hpp"  // the templates' bodies
