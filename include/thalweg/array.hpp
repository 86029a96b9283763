// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// NumPy's expressions: operators, comparisons and elementwise functions of matrices, views and numbers. They
// are written down first and computed in one pass over memory when a matrix is made of them or assigned them:
//
//     const Matrix<float> x{{1, -2}, {3, -4}};
//     const Matrix<float> y = where(x > 0, x, 0.1 * x) - x.row(0);
//     y(1, 0);  // 2
//
// Common to all:
// shape    alike, or one row, one column or a number, which stand for all rows, columns or elements
// error    one rounding an operation, with NumPy's bits for + - * / and sqrt; a * b + c is two roundings
// throws   ShapeError with both shapes, before anything is computed
// source   NumPy's universal functions
#pragma once

#include <concepts>

#include "thalweg/abi.hpp"
#include "thalweg/detail/expression.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace arrays {

/// Adds two arrays, elementwise.
Expression<float> operator+(const Operand<float>& a, const Operand<float>& b);
Expression<double> operator+(const Operand<double>& a, const Operand<double>& b);
/// Subtracts, elementwise.
Expression<float> operator-(const Operand<float>& a, const Operand<float>& b);
Expression<double> operator-(const Operand<double>& a, const Operand<double>& b);
/// Multiplies, elementwise; dot() is the product of matrices.
Expression<float> operator*(const Operand<float>& a, const Operand<float>& b);
Expression<double> operator*(const Operand<double>& a, const Operand<double>& b);
/// Divides, elementwise: correctly rounded quotients.
Expression<float> operator/(const Operand<float>& a, const Operand<float>& b);
Expression<double> operator/(const Operand<double>& a, const Operand<double>& b);
/// Changes the signs, also those of zeros.
Expression<float> operator-(const Operand<float>& x);
Expression<double> operator-(const Operand<double>& x);
/// Compares, elementwise: true where a is less than b.
Mask<float> operator<(const Operand<float>& a, const Operand<float>& b);
Mask<double> operator<(const Operand<double>& a, const Operand<double>& b);
/// Compares, elementwise: true where a is less or equal.
Mask<float> operator<=(const Operand<float>& a, const Operand<float>& b);
Mask<double> operator<=(const Operand<double>& a, const Operand<double>& b);
/// Compares, elementwise: true where a is greater than b.
Mask<float> operator>(const Operand<float>& a, const Operand<float>& b);
Mask<double> operator>(const Operand<double>& a, const Operand<double>& b);
/// Compares, elementwise: true where a is greater or equal.
Mask<float> operator>=(const Operand<float>& a, const Operand<float>& b);
Mask<double> operator>=(const Operand<double>& a, const Operand<double>& b);
/// Rejects 0 < a < 1, which means (0 < a) & (a < 1).
template <class Element, class Other>
void operator<(Mask<Element>&&, Other&&) = delete;
/// Rejects 0 <= a <= 1, which means (0 <= a) & (a <= 1).
template <class Element, class Other>
void operator<=(Mask<Element>&&, Other&&) = delete;
/// Rejects 0 > a > 1, which means (0 > a) & (a > 1).
template <class Element, class Other>
void operator>(Mask<Element>&&, Other&&) = delete;
/// Rejects 0 >= a >= 1, which means (0 >= a) & (a >= 1).
template <class Element, class Other>
void operator>=(Mask<Element>&&, Other&&) = delete;
/// Combines two masks: true where both are.
Mask<float> operator&(Mask<float>&& a, Mask<float>&& b);
Mask<double> operator&(Mask<double>&& a, Mask<double>&& b);
/// Combines two masks: true where at least one is.
Mask<float> operator|(Mask<float>&& a, Mask<float>&& b);
Mask<double> operator|(Mask<double>&& a, Mask<double>&& b);
/// Turns a mask around: true where it is false.
Mask<float> operator~(Mask<float>&& a);
Mask<double> operator~(Mask<double>&& a);

}  // namespace arrays

using arrays::Expression;
using arrays::Mask;
using arrays::Operand;

/// Compares, elementwise: true where a equals b. (a == b is one bool for two matrices.)
Mask<float> equal(const Operand<float>& a, const Operand<float>& b);
Mask<double> equal(const Operand<double>& a, const Operand<double>& b);
/// Compares, elementwise: true where a differs from b, or either is NaN.
Mask<float> not_equal(const Operand<float>& a, const Operand<float>& b);
Mask<double> not_equal(const Operand<double>& a, const Operand<double>& b);
/// Chooses, elementwise: a where condition is true, else b. A matrix as condition is true where it is not
/// zero.
Expression<float> where(const Operand<float>& condition, const Operand<float>& a, const Operand<float>& b);
Expression<double> where(const Operand<double>& condition, const Operand<double>& a,
                         const Operand<double>& b);
/// Computes x * x, elementwise.
Expression<float> square(const Operand<float>& x);
Expression<double> square(const Operand<double>& x);
/// Computes the square root, elementwise: correctly rounded.
/// range    NaN below zero; sqrt(-0) = -0
Expression<float> sqrt(const Operand<float>& x);
Expression<double> sqrt(const Operand<double>& x);
/// Returns the absolute value, elementwise.
Expression<float> abs(const Operand<float>& x);
Expression<double> abs(const Operand<double>& x);
/// Returns -1, 0 or 1, elementwise; NaN for NaN.
Expression<float> sign(const Operand<float>& x);
Expression<double> sign(const Operand<double>& x);
/// Rounds down to an integer, elementwise.
Expression<float> floor(const Operand<float>& x);
Expression<double> floor(const Operand<double>& x);
/// Rounds up to an integer, elementwise.
Expression<float> ceil(const Operand<float>& x);
Expression<double> ceil(const Operand<double>& x);
/// Rounds to the nearest integer, elementwise; halves go to the even one, as in NumPy.
Expression<float> round(const Operand<float>& x);
Expression<double> round(const Operand<double>& x);
/// Returns the larger of two, elementwise; NaN where either is NaN.
Expression<float> maximum(const Operand<float>& a, const Operand<float>& b);
Expression<double> maximum(const Operand<double>& a, const Operand<double>& b);
/// Returns the smaller of two, elementwise; NaN where either is NaN.
Expression<float> minimum(const Operand<float>& a, const Operand<float>& b);
Expression<double> minimum(const Operand<double>& a, const Operand<double>& b);
/// Limits x from both sides, elementwise: minimum(maximum(x, low), high).
Expression<float> clip(const Operand<float>& x, const Operand<float>& low, const Operand<float>& high);
Expression<double> clip(const Operand<double>& x, const Operand<double>& low, const Operand<double>& high);
/// Computes a * b + c, elementwise, rounded once on CPUs with FMA, twice on the others.
Expression<float> fma(const Operand<float>& a, const Operand<float>& b, const Operand<float>& c);
Expression<double> fma(const Operand<double>& a, const Operand<double>& b, const Operand<double>& c);
/// Returns x where it is positive, else 0; NaN for NaN.
/// source   Deep Learning from Scratch 3.2.7
Expression<float> relu(const Operand<float>& x);
Expression<double> relu(const Operand<double>& x);
/// Returns x where it is positive, else slope * x.
Expression<float> leaky_relu(const Operand<float>& x, const Operand<float>& slope);
Expression<double> leaky_relu(const Operand<double>& x, const Operand<double>& slope);
/// Computes e^x, elementwise.
/// range    all x; 0 below and Inf above the type's range, subnormal results where due; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> exp(const Operand<float>& x);
Expression<double> exp(const Operand<double>& x);
/// Computes the natural logarithm, elementwise.
/// range    x > 0; log(+-0) = -Inf, log of a negative number or NaN is NaN, log(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> log(const Operand<float>& x);
Expression<double> log(const Operand<double>& x);
/// Computes e^x - 1, elementwise, to full accuracy near 0 as well.
/// range    all x; -1 below and Inf above the type's range; the sign of a zero stays; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> expm1(const Operand<float>& x);
Expression<double> expm1(const Operand<double>& x);
/// Computes log(1 + x), elementwise, to full accuracy near 0 as well.
/// range    x > -1; log1p(-1) = -Inf, of x < -1 or NaN it is NaN, log1p(Inf) = Inf; the sign of a zero stays
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> log1p(const Operand<float>& x);
Expression<double> log1p(const Operand<double>& x);
/// Computes the logarithm of base 2, elementwise; exact for powers of 2.
/// range    x > 0; log2(+-0) = -Inf, of a negative number or NaN it is NaN, log2(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> log2(const Operand<float>& x);
Expression<double> log2(const Operand<double>& x);
/// Computes the logarithm of base 10, elementwise; exact for powers of 10.
/// range    x > 0; log10(+-0) = -Inf, of a negative number or NaN it is NaN, log10(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> log10(const Operand<float>& x);
Expression<double> log10(const Operand<double>& x);
/// Computes the hyperbolic tangent, elementwise.
/// range    all x; the sign of a zero stays; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> tanh(const Operand<float>& x);
Expression<double> tanh(const Operand<double>& x);
/// Computes log(1 + e^x), elementwise, without overflow: relu with a smooth corner.
/// range    all x; NaN stays NaN
/// error    float: below 3.5 ULP; double: below 3 ULP. docs/numerics.md
Expression<float> softplus(const Operand<float>& x);
Expression<double> softplus(const Operand<double>& x);
/// Computes 1 / (1 + e^-x), elementwise, without overflow on either side.
/// error    float: correctly rounded, every input; double: below 2 ULP. docs/numerics.md
/// source   Deep Learning from Scratch 3.2.4
Expression<float> sigmoid(const Operand<float>& x);
Expression<double> sigmoid(const Operand<double>& x);
/// Computes the derivative of sigmoid at x, (1 - sigmoid(x)) * sigmoid(x), as e / (1 + e)^2 with e = e^-|x|,
/// so that large |x| keep their digits.
/// error    float: 0.51 ULP; double: below 5 ULP. docs/numerics.md
/// source   the notebook's sigmoid_grad, 4.4
Expression<float> sigmoid_grad(const Operand<float>& x);
Expression<double> sigmoid_grad(const Operand<double>& x);
/// Computes the sine, elementwise; x in radians.
/// range    every finite x; NaN for Inf and NaN; sin(-0) = -0
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> sin(const Operand<float>& x);
Expression<double> sin(const Operand<double>& x);
/// Computes the cosine, elementwise; x in radians.
/// range    every finite x; NaN for Inf and NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> cos(const Operand<float>& x);
Expression<double> cos(const Operand<double>& x);
/// Computes the error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x, elementwise.
/// range    all x; erf(-0) = -0, erf(Inf) = 1; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
Expression<float> erf(const Operand<float>& x);
Expression<double> erf(const Operand<double>& x);
/// Computes x (1 + erf(x / sqrt 2)) / 2, elementwise: x times the share of the normal distribution below x.
/// range    all x; subnormal results where due; gelu(-Inf) = -0; NaN stays NaN
/// error    float: below 5 ULP; double: below 9 ULP, for negative x as well. docs/numerics.md
/// source   Hendrycks and Gimpel 2016
Expression<float> gelu(const Operand<float>& x);
Expression<double> gelu(const Operand<double>& x);
/// Computes 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), elementwise: the formula near gelu that some
/// nets were trained with.
/// range    all x; subnormal results where due; gelu_tanh(-Inf) = -0; NaN stays NaN
/// error    float: below 4 ULP; double: below 5 ULP, for negative x as well. docs/numerics.md
/// source   Hendrycks and Gimpel 2016
Expression<float> gelu_tanh(const Operand<float>& x);
Expression<double> gelu_tanh(const Operand<double>& x);
/// Raises every element to a power, x^exponent. The exponents 1, 2 and -1 are x, x * x and 1 / x, rounded
/// once; any other goes through logarithm and exponential.
/// range    as pow of C99 and NumPy's float_power: x^0 and 1^exponent are 1, also for NaN; a negative x gives
///          NaN unless exponent is an integer, and keeps its sign where that is odd
/// error    float: below 0.51 ULP; double: below 1 ULP. docs/numerics.md
Expression<float> power(const Operand<float>& x, float exponent);
Expression<double> power(const Operand<double>& x, double exponent);
/// Propagates a gradient back through sigmoid, from its output z = sigmoid(x): (z * (1 - z)) * dz.
/// error    three roundings
Expression<float> sigmoid_backward(const Operand<float>& z, const Operand<float>& dz);
Expression<double> sigmoid_backward(const Operand<double>& z, const Operand<double>& dz);
/// Adds a row to every row: x + b, for b of one row.
/// shape    x: [rows,cols]  b: [1,cols]
Expression<float> add_bias(const Operand<float>& x, const Operand<float>& b);
Expression<double> add_bias(const Operand<double>& x, const Operand<double>& b);
/// Multiplies by a number: a * x.
Expression<float> scale(float a, const Operand<float>& x);
Expression<double> scale(double a, const Operand<double>& x);
/// Finds NaN, elementwise.
Mask<float> isnan(const Operand<float>& x);
Mask<double> isnan(const Operand<double>& x);
/// Finds what is neither infinite nor NaN, elementwise.
Mask<float> isfinite(const Operand<float>& x);
Mask<double> isfinite(const Operand<double>& x);
/// Finds infinities of either sign, elementwise.
Mask<float> isinf(const Operand<float>& x);
Mask<double> isinf(const Operand<double>& x);

/// Converts elements to the other type, by name, since float and double do not mix in an expression.
/// shape    x, result: alike
/// error    to float: one rounding; a double beyond float's range becomes Inf
template <std::same_as<double> Other>
Matrix<double> cast(const Operand<float>& x) {
    return detail::to_double(x);
}
template <std::same_as<float> Other>
Matrix<float> cast(const Operand<double>& x) {
    return detail::to_float(x);
}

}  // namespace thalweg
THALWEG_END_PUBLIC
