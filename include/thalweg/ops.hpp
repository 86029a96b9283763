// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The operations of the book's chapter 3: products, elementwise functions, sums. Each has a form that returns
// a new matrix and one that writes into `out`, which allocates nothing but scratch memory that is kept.
//
// Common to all:
// shape    out has exactly the result's shape; every view may have gaps (ld > cols)
// alias    "out may be x": the same view, element for element
// source   Deep Learning from Scratch, chapters 3 to 5; names and rules as in NumPy
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/array.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/tensor.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// An operand of dot(): a matrix, a view, an expression, or the transpose of a matrix. Made implicitly; no
/// matrix is copied.
/// shape    [rows(),cols()]
template <class Element>
class DotOperand {
public:
    /// Looks at m, v, or the matrix that t transposes; they must outlive the call.
    DotOperand(const Matrix<Element>& m) noexcept : view_(m.view()) {}                     // NOLINT
    DotOperand(MatrixView<const Element> v) noexcept : view_(v) {}                         // NOLINT
    DotOperand(MatrixView<Element> v) noexcept : view_(v) {}                               // NOLINT
    DotOperand(Expression<Element>&& e) : view_(static_cast<Expression<Element>&&>(e)) {}  // NOLINT
    DotOperand(Transposed<const Element> t) noexcept : view_(t.of), transposed_(true) {}   // NOLINT
    DotOperand(Transposed<Element> t) noexcept : view_(t.of), transposed_(true) {}         // NOLINT

    /// Returns the matrix as it lies in memory.
    MatrixView<const Element> stored() const noexcept { return view_; }
    /// Tells whether it is read transposed.
    bool transposed() const noexcept { return transposed_; }
    /// Returns the number of rows that dot() sees.
    std::size_t rows() const noexcept { return transposed_ ? view_.cols() : view_.rows(); }
    /// Returns the number of columns that dot() sees.
    std::size_t cols() const noexcept { return transposed_ ? view_.rows() : view_.cols(); }

private:
    MatrixView<const Element> view_;
    bool transposed_ = false;
};

/// Multiplies two matrices: out(i,j) = sum_k a(i,k) * b(k,j). x.transposed() is the notebook's x.T. The terms
/// are accumulated in index order in one accumulator, which is called a chain here and in docs/numerics.md:
/// acc = fma(a(i,k), b(k,j), acc) for k = 0, 1, ... from acc = 0; on CPUs without FMA the product and the sum
/// are rounded one after the other.
///
///     const Matrix<float> x{{1, 2}};
///     const Matrix<float> w{{1, 2, 3}, {4, 5, 6}};
///     dot(x, w)(0, 2);               // 15
///     dot(x, x.transposed())(0, 0);  // 5
///
/// shape    a: [m,k]  b: [k,n]  out: [m,n]; with k = 0 all of out is 0
/// error    |out - exact| <= k*eps * (|a||b|)(i,j)
/// source   Deep Learning from Scratch 3.3, np.dot
Matrix<float> dot(DotOperand<float> a, DotOperand<float> b);
Matrix<double> dot(DotOperand<double> a, DotOperand<double> b);
void dot(DotOperand<float> a, DotOperand<float> b, MatrixView<float> out);
void dot(DotOperand<double> a, DotOperand<double> b, MatrixView<double> out);

/// Adds a matrix product: out += a * b, each element a chain that starts from what out holds.
/// shape    a: [m,k]  b: [k,n]  out: [m,n]
/// error    |out - exact| <= (k+1)*eps * (|out before| + |a||b|)(i,j)
void dot_add(DotOperand<float> a, DotOperand<float> b, MatrixView<float> out);
void dot_add(DotOperand<double> a, DotOperand<double> b, MatrixView<double> out);

/// Multiplies the matrices that two tensors hold in their last two axes, each with the bits of dot(); the
/// axes before them are batches, and broadcast. One axis is a row for a, a column for b, and gone from the
/// result.
///
///     const Tensor<float> x({2, 1, 3}, 1);
///     matmul(x, Matrix<float>(3, 4, 2)).at(1, 0, 3);  // 6
///
/// shape    a: [...,m,k]  b: [...,k,n]  result: [...,m,n]
/// error    |out - exact| <= k*eps * (|a||b|)(i,j)
/// source   np.matmul
Tensor<float> matmul(const Operand<float>& a, const Operand<float>& b);
Tensor<double> matmul(const Operand<double>& a, const Operand<double>& b);

/// Multiplies two tensors and sums over the letters that the result has not: one batched product, whose
/// elements are chains as in dot(), over the summed letters in the order of a. Without "->" the result has
/// the letters of one operand only, as they are coded. Where nothing is summed, products are rounded once.
///
///     const Tensor<double> x({2, 3}, {1, 2, 3, 4, 5, 6});
///     einsum("ij,kj->ki", x, x).at(0, 1);  // 32
///
/// shape    one letter an axis; a letter has one length
/// error    |out - exact| <= k*eps * sum|a||b|, k terms
/// throws   ShapeError also for a text that is none, with the place; a letter twice in one operand; a letter
///          of one operand alone that the result has not
/// source   np.einsum
Tensor<float> einsum(std::string_view text, const Operand<float>& a, const Operand<float>& b);
Tensor<double> einsum(std::string_view text, const Operand<double>& a, const Operand<double>& b);

/// Applies a layer: the book's np.dot(x, W) + b in one pass. Each chain starts from the bias of its column.
/// shape    x: [m,k]  w: [k,n]  b: [1,n]  out: [m,n]
/// error    |out - exact| <= (k+1)*eps * (|b| + |x||w|)(i,j)
/// source   Deep Learning from Scratch 3.4
Matrix<float> affine(DotOperand<float> x, DotOperand<float> w, MatrixView<const float> b);
Matrix<double> affine(DotOperand<double> x, DotOperand<double> w, MatrixView<const double> b);
void affine(DotOperand<float> x, DotOperand<float> w, MatrixView<const float> b, MatrixView<float> out);
void affine(DotOperand<double> x, DotOperand<double> w, MatrixView<const double> b, MatrixView<double> out);

/// Adds a row to every row: out(i,j) = x(i,j) + b(0,j), NumPy's broadcast.
/// shape    x, out: [rows,cols]  b: [1,cols]
/// error    one rounding
/// alias    out may be x
void add_bias(MatrixView<const float> x, MatrixView<const float> b, MatrixView<float> out);
void add_bias(MatrixView<const double> x, MatrixView<const double> b, MatrixView<double> out);

/// Computes e^x, elementwise.
/// shape    x, out: alike
/// range    all x; 0 below and Inf above the type's range, subnormal results where due; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void exp(MatrixView<const float> x, MatrixView<float> out);
void exp(MatrixView<const double> x, MatrixView<double> out);

/// Computes the natural logarithm, elementwise.
/// shape    x, out: alike
/// range    x > 0; log(+-0) = -Inf, log of a negative number or NaN is NaN, log(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void log(MatrixView<const float> x, MatrixView<float> out);
void log(MatrixView<const double> x, MatrixView<double> out);

/// Computes e^x - 1, elementwise, to full accuracy near 0 as well.
/// shape    x, out: alike
/// range    all x; -1 below and Inf above the type's range; the sign of a zero stays; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void expm1(MatrixView<const float> x, MatrixView<float> out);
void expm1(MatrixView<const double> x, MatrixView<double> out);

/// Computes log(1 + x), elementwise, to full accuracy near 0 as well.
/// shape    x, out: alike
/// range    x > -1; log1p(-1) = -Inf, of x < -1 or NaN it is NaN, log1p(Inf) = Inf; the sign of a zero stays
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void log1p(MatrixView<const float> x, MatrixView<float> out);
void log1p(MatrixView<const double> x, MatrixView<double> out);

/// Computes the logarithm of base 2, elementwise; exact for powers of 2.
/// shape    x, out: alike
/// range    x > 0; log2(+-0) = -Inf, of a negative number or NaN it is NaN, log2(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void log2(MatrixView<const float> x, MatrixView<float> out);
void log2(MatrixView<const double> x, MatrixView<double> out);

/// Computes the logarithm of base 10, elementwise; exact for powers of 10.
/// shape    x, out: alike
/// range    x > 0; log10(+-0) = -Inf, of a negative number or NaN it is NaN, log10(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void log10(MatrixView<const float> x, MatrixView<float> out);
void log10(MatrixView<const double> x, MatrixView<double> out);

/// Computes the hyperbolic tangent, elementwise.
/// shape    x, out: alike
/// range    all x; the sign of a zero stays; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void tanh(MatrixView<const float> x, MatrixView<float> out);
void tanh(MatrixView<const double> x, MatrixView<double> out);

/// Computes log(1 + e^x), elementwise, without overflow: relu with a smooth corner.
/// shape    x, out: alike
/// range    all x; NaN stays NaN
/// error    float: below 3.5 ULP; double: below 3 ULP. docs/numerics.md
/// alias    out may be x
void softplus(MatrixView<const float> x, MatrixView<float> out);
void softplus(MatrixView<const double> x, MatrixView<double> out);

/// Computes 1 / (1 + e^-x), elementwise, without overflow on either side.
/// shape    x, out: alike
/// error    float: correctly rounded, every input; double: below 2 ULP. docs/numerics.md
/// alias    out may be x
/// source   Deep Learning from Scratch 3.2.4
void sigmoid(MatrixView<const float> x, MatrixView<float> out);
void sigmoid(MatrixView<const double> x, MatrixView<double> out);

/// Computes the derivative of sigmoid at x, (1 - sigmoid(x)) * sigmoid(x), as e / (1 + e)^2 with e = e^-|x|,
/// so that large |x| keep their digits.
/// shape    x, out: alike
/// error    float: 0.51 ULP; double: below 5 ULP. docs/numerics.md
/// alias    out may be x
/// source   the notebook's sigmoid_grad, 4.4
void sigmoid_grad(MatrixView<const float> x, MatrixView<float> out);
void sigmoid_grad(MatrixView<const double> x, MatrixView<double> out);

/// Computes the sine, elementwise; x in radians.
/// shape    x, out: alike
/// range    every finite x; NaN for Inf and NaN; sin(-0) = -0
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void sin(MatrixView<const float> x, MatrixView<float> out);
void sin(MatrixView<const double> x, MatrixView<double> out);

/// Computes the cosine, elementwise; x in radians.
/// shape    x, out: alike
/// range    every finite x; NaN for Inf and NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void cos(MatrixView<const float> x, MatrixView<float> out);
void cos(MatrixView<const double> x, MatrixView<double> out);

/// Computes the error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x, elementwise.
/// shape    x, out: alike
/// range    all x; erf(-0) = -0, erf(Inf) = 1; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void erf(MatrixView<const float> x, MatrixView<float> out);
void erf(MatrixView<const double> x, MatrixView<double> out);

/// Computes x (1 + erf(x / sqrt 2)) / 2, elementwise: x times the share of the normal distribution below x.
/// shape    x, out: alike
/// range    all x; subnormal results where due; gelu(-Inf) = -0; NaN stays NaN
/// error    float: below 5 ULP; double: below 9 ULP, for negative x as well. docs/numerics.md
/// alias    out may be x
/// source   Hendrycks and Gimpel 2016
void gelu(MatrixView<const float> x, MatrixView<float> out);
void gelu(MatrixView<const double> x, MatrixView<double> out);

/// Computes 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), elementwise: the formula near gelu that some
/// nets were trained with.
/// shape    x, out: alike
/// range    all x; subnormal results where due; gelu_tanh(-Inf) = -0; NaN stays NaN
/// error    float: below 4 ULP; double: below 5 ULP, for negative x as well. docs/numerics.md
/// alias    out may be x
/// source   Hendrycks and Gimpel 2016
void gelu_tanh(MatrixView<const float> x, MatrixView<float> out);
void gelu_tanh(MatrixView<const double> x, MatrixView<double> out);

/// Raises every element to a power, x^exponent. The exponents 1, 2 and -1 are x, x * x and 1 / x, rounded
/// once; any other goes through logarithm and exponential.
/// shape    x, out: alike
/// range    as pow of C99 and NumPy's float_power: x^0 and 1^exponent are 1, also for NaN; a negative x gives
///          NaN unless exponent is an integer, and keeps its sign where that is odd
/// error    float: below 0.51 ULP; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
void power(MatrixView<const float> x, float exponent, MatrixView<float> out);
void power(MatrixView<const double> x, double exponent, MatrixView<double> out);

/// Propagates a gradient back through sigmoid, from its output z = sigmoid(x): out = (z * (1 - z)) * dz.
/// shape    z, dz, out: alike
/// error    three roundings
/// alias    out may be z or dz
void sigmoid_backward(MatrixView<const float> z, MatrixView<const float> dz, MatrixView<float> out);
void sigmoid_backward(MatrixView<const double> z, MatrixView<const double> dz, MatrixView<double> out);

/// Computes the softmax of each row, shifted by its largest element:
/// out(i,j) = e^(x(i,j)-max) / sum_j e^(x(i,j)-max).
/// shape    x, out: alike
/// range    a row with NaN or +Inf becomes all NaN; -Inf gives 0, unless all of the row is -Inf (NaN). In
///          float a term more than 87 below the largest counts as 0
/// error    of each e^(x-max) at most 0.8 + |x-max|/21 ULP in float with FMA, 1.2 without, below 1 ULP in
///          double, after one rounding of x-max; then a sum and a division. docs/numerics.md
/// alias    out may be x
/// source   Deep Learning from Scratch 3.5
Matrix<float> softmax(MatrixView<const float> x);
Matrix<double> softmax(MatrixView<const double> x);
void softmax(MatrixView<const float> x, MatrixView<float> out);
void softmax(MatrixView<const double> x, MatrixView<double> out);

/// Adds a multiple, y += a * x, which is the step of gradient descent: y(i,j) = fma(a, x(i,j), y(i,j)).
/// shape    x, y: alike
/// error    one rounding with FMA, two without
/// alias    y may be x
/// source   BLAS
void axpy(float a, MatrixView<const float> x, MatrixView<float> y);
void axpy(double a, MatrixView<const double> x, MatrixView<double> y);

/// Multiplies by a number: out(i,j) = a * x(i,j).
/// shape    x, out: alike
/// error    one rounding
/// alias    out may be x
void scale(float a, MatrixView<const float> x, MatrixView<float> out);
void scale(double a, MatrixView<const double> x, MatrixView<double> out);

}  // namespace thalweg
THALWEG_END_PUBLIC
