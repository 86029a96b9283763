// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// More than gradients, by finite differences: directional derivatives, Hessians and their products with a
// vector. Jacobians: jacobian.hpp.
//
// Common to all:
// threads  options.threads, each with some of the result
// throws   as numerical_gradient with options
// source   Fornberg 1988 (weights); the steps: docs/numerics.md
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/jacobian.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Computes the derivative of f at x along v: d/ds f(x + s v) at s = 0, with options.method.
/// shape    v: as long as x, not normalised; 0 for v = 0, without a call of f
/// units    a fixed step h is one of s; a relative one moves the largest element of v * s by
///          c * max(|x|, typical), |x| the largest of x
/// error    as GradientOptions; x + s v is rounded: about eps * sum |x_i df/dx_i| / h more
/// threads  serial
template <class Function, Variables Point, Variables Vector>
Derivative directional_derivative(Function&& f, const Point& x, const Vector& v,
                                  const GradientOptions& options = {});

/// Computes the second derivative of a function of one number: (f(x+h) - 2 f(x) + f(x-h)) / h^2, at a bound
/// (2 f(x) - 5 f(x+h) + 4 f(x+2h) - f(x+3h)) / h^2. With options.estimate_error at h/2 and 2h as well: the
/// result is doubtful where halving the step does not shrink the change.
///
///     second_derivative([](double x) { return x * x * x; }, 2.0).value;  // 12.00000
///
/// range    options.method: kCentral2
/// error    h^2/12 * |f^(4)| + 4 * noise * |f| / h^2; at a bound 11 and 3 times as much
/// threads  serial
template <class Function>
Derivative second_derivative(Function&& f, double x, const GradientOptions& options = {});

/// Computes the matrix of second derivatives, symmetric to the bit: (f(x+h e_i) - 2 f(x) + f(x-h e_i)) / h^2
/// on the diagonal, (f(++) - f(+-) - f(-+) + f(--)) / 4 h_i h_j elsewhere; 2 n^2 + 1 evaluations.
/// shape    [x.size(), x.size()]
/// range    options.method: kCentral2, without bounds; a relative step is
///          (48 noise)^(1/4) * max(|x|, typical); no error estimates
/// error    h^2/12 * |f''''| + 4 * noise * |f| / h^2
template <class Function, Variables Point>
Matrix<double> hessian(Function&& f, const Point& x, const GradientOptions& options = {});

/// Computes the Hessian of f at x times v without the Hessian: the difference of two gradients along v, each
/// by central differences; 4 n evaluations.
/// shape    v, result: as long as x; zeros for v = 0, without a call of f
/// range    as hessian; a fixed step h is used for the variables and along v
/// error    order h^2 and 4 * noise * |f| / h^2, as hessian
template <class Function, Variables Point, Variables Vector>
std::vector<double> hessian_vector_product(Function&& f, const Point& x, const Vector& v,
                                           const GradientOptions& options = {});

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/derivatives.hpp"  // the templates' bodies
