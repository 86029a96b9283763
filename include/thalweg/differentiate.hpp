// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numerical differentiation as the book does it: (f(x + h) - f(x - h)) / 2h, with its digits. More formulas,
// steps, threads: finite_differences.hpp. Models that know their differences: difference_model.hpp.
//
// What f returns becomes a double before anything is subtracted (a long double stays one): integers and
// float, and types that convert to double, explicitly or not. An f of one number takes the type of x or a
// wider one; with an integer, or float for a double x, it does not compile.
//
// Common to all:
// range    h > 0, and large enough that x + h and x - h differ from x
// error    h^2/6 * |f'''| + eps * |f| / h for each derivative
// threads  serial: f is called by the calling thread
// throws   std::invalid_argument for h; DifferenceError when h is lost in x, or x or f is not finite; what f
//          throws
// source   Deep Learning from Scratch 4.3 and 4.4; tangent_line: the notebook
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The variables of a function: std::vector, std::array, std::span, Matrix, or a MatrixView without gaps, of
/// float or double.
template <class Point>
concept Variables = requires(Point& x) {
    { x.size() } -> std::convertible_to<std::size_t>;
    requires std::floating_point<std::remove_cvref_t<decltype(*x.data())>>;
};

/// Computes the derivative of f at x: (f(x + h) - f(x - h)) / 2h in x's type (an integer counts as double).
/// Use double: of an f that computes in float, at h = 1e-4, about 1e-3 of |f| is noise.
///
///     numerical_diff([](double x) { return 0.01 * x * x + 0.1 * x; }, 5.0);  // 0.2000000
template <class Function, class Number>
requires std::is_arithmetic_v<Number>
auto numerical_diff(Function&& f, Number x, double h = 1e-4);

/// A straight line t -> slope * t + intercept.
template <class Number>
struct TangentLine {
    Number slope;      ///< of the line
    Number intercept;  ///< its value at 0
    /// Evaluates the line at t.
    Number operator()(Number t) const noexcept { return slope * t + intercept; }
};

/// Computes the tangent of f at x, a TangentLine. It passes through f(x) up to a few roundings.
template <class Function, class Number>
requires std::is_arithmetic_v<Number>
auto tangent_line(Function&& f, Number x, double h = 1e-4);

/// Computes (f(x + h e_i) - f(x - h e_i)) / 2h for a function that looks at x's memory by itself. Variable i
/// is moved in place and restored bit for bit, also when f throws. Nothing is checked: whatever f returns
/// goes into the quotient.
/// shape    x: any length; i < x.size()
/// throws   what f throws
template <class Function>
double central_difference(Function&& f, std::span<double> x, std::size_t i, double h = 1e-4);

/// Computes the partial derivative of f by variable i, the others held fixed. f takes x, a std::span<const
/// Element> of its elements, or nothing. Variables that can be written are moved in place and restored bit
/// for bit, also when f throws; others are copied.
/// shape    i < x.size()
template <class Function, class Point>
requires Variables<std::remove_cvref_t<Point>>
auto partial(Function&& f, Point&& x, std::size_t i, double h = 1e-4);

/// Computes the gradient of f at x, one central difference a variable in index order: 2 * x.size()
/// evaluations. f takes x, a std::span<const Element> of its elements, or nothing. Variables that can be
/// written are moved in place, one after the other, and restored bit for bit, also when f throws; others are
/// copied. An error names the variable.
///
///     const auto f = [](std::span<const double> x) { return x[0] * x[0] + x[1] * x[1]; };
///     const std::vector<double> gradient = numerical_gradient(f, std::vector<double>{3.0, 4.0});
///     gradient[0];  // 6.000000
///     gradient[1];  // 8.000000
///
/// shape    as x: a Matrix for a Matrix or a view of one, else a std::vector; empty for an empty x
template <class Function, class Point>
requires Variables<std::remove_cvref_t<Point>>
auto numerical_gradient(Function&& f, Point&& x, double h = 1e-4);

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/differentiate.hpp"  // the templates' bodies
