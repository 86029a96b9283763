// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The complex step: f(x + ih) has f'(x) h as its imaginary part. Nothing is subtracted, so h can be tiny and
// the derivative is right to the last digits. Not part of thalweg.hpp: <complex> is expensive to compile.
//
// Common to all:
// range    f is analytic (no abs, comparison, conjugate or max); a mistake there is not noticed
// error    a few eps of f's terms; the truncation h^2/6 |f'''| is below rounding
// threads  serial: f is called by the calling thread
// throws   DifferenceError when f is not finite; what f throws
// source   Squire and Trapp 1998
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/differentiate.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The step h: its square vanishes next to 1, and products of several h do not underflow to 0 at once.
inline constexpr double kComplexStep = 0x1p-100;

/// Computes the derivative of f at x: Im f(x + ih) / h. f is a template or a lambda with auto.
///
///     complex_step_diff([](auto x) { return x * x * x; }, 2.0);  // 12.0000
template <class Function>
double complex_step_diff(Function&& f, double x) {
    static_assert(std::is_invocable_v<Function&, std::complex<double>>, "f takes a std::complex<double>");
    const std::complex<double> value = f(std::complex<double>(x, kComplexStep));
    detail::check_value("complex_step_diff", detail::kScalar, x, 0.0, value.real() + value.imag());
    return value.imag() / kComplexStep;
}

/// Computes the gradient of f at x. f takes a std::span<const std::complex<double>>.
/// shape    x.size(); empty for an empty x
template <class Function>
std::vector<double> complex_step_gradient(Function&& f, std::span<const double> x) {
    static_assert(std::is_invocable_v<Function&, std::span<const std::complex<double>>>,
                  "f takes a std::span<const std::complex<double>>");
    const std::vector<std::complex<double>> start(x.begin(), x.end());
    std::vector<std::complex<double>> moved = start;
    std::vector<double> result(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        moved[i] = {x[i], kComplexStep};
        const std::complex<double> value = f(std::span<const std::complex<double>>(moved));
        detail::check_value("complex_step_gradient", i, x[i], 0.0, value.real() + value.imag());
        result[i] = value.imag() / kComplexStep;
        moved[i] = start[i];
    }
    return result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
