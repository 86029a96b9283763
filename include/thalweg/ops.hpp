// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The operations of the book's chapter 3: products, elementwise functions, sums. Each comes in a form that
// returns a new matrix and one that writes into `out`, which never allocates beyond a reused scratch buffer.
//
// Common to all:
// shape    out has exactly the result's shape; views with gaps (ld > cols) are welcome everywhere
// alias    where "out may be x" is said, the very same view is meant; any other overlap throws
// threads  large calls are split over threads(); the result does not depend on their number. Inside a
//          caller's OpenMP region a call stays serial. Concurrent calls from several threads are safe
// throws   ShapeError naming the operation and both shapes; SimdError from a program's first operation when
//          THALWEG_SIMD is wrong; std::bad_alloc, in the form with `out` only where scratch memory grows
// source   Deep Learning from Scratch, chapters 3 to 5, and NumPy, whose names and rules these are
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// What dot() reads: a matrix, a view, or the transpose of one. Made implicitly; nothing is copied.
template <class T>
class DotOperand {
public:
    /// Looks at m, v, or what t is the transpose of; all must outlive the call they are passed to.
    DotOperand(const Matrix<T>& m) noexcept : view_(m.view()) {}                    // NOLINT
    DotOperand(MatrixView<const T> v) noexcept : view_(v) {}                        // NOLINT
    DotOperand(MatrixView<T> v) noexcept : view_(v) {}                              // NOLINT
    DotOperand(Transposed<const T> t) noexcept : view_(t.of), transposed_(true) {}  // NOLINT
    DotOperand(Transposed<T> t) noexcept : view_(t.of), transposed_(true) {}        // NOLINT

    /// The matrix as it lies in memory.
    MatrixView<const T> stored() const noexcept { return view_; }
    /// Whether it is read transposed.
    bool transposed() const noexcept { return transposed_; }
    /// Rows as dot() sees them.
    std::size_t rows() const noexcept { return transposed_ ? view_.cols() : view_.rows(); }
    /// Columns as dot() sees them.
    std::size_t cols() const noexcept { return transposed_ ? view_.rows() : view_.cols(); }

private:
    MatrixView<const T> view_;
    bool transposed_ = false;
};

/// Matrix product: out(i,j) = sum_k a(i,k) * b(k,j). Use x.transposed() for the notebook's x.T.
///
///     const Matrix<float> x{{1, 2}};
///     const Matrix<float> w{{1, 2, 3}, {4, 5, 6}};
///     dot(x, w)(0, 2);               // 15
///     dot(x, x.transposed())(0, 0);  // 5
///
/// shape    a: [m,k]  b: [k,n]  out: [m,n]; with k = 0 all of out is 0
/// error    |out - exact| <= k*eps * (|a||b|)(i,j); each element is one chain
///          acc = fma(a(i,k), b(k,j), acc) over ascending k from 0 (multiply, round, add, round at the levels
///          without fma)
/// alias    out overlaps neither a nor b
/// source   Deep Learning from Scratch 3.3, np.dot
Matrix<float> dot(DotOperand<float> a, DotOperand<float> b);
Matrix<double> dot(DotOperand<double> a, DotOperand<double> b);
void dot(DotOperand<float> a, DotOperand<float> b, MatrixView<float> out);
void dot(DotOperand<double> a, DotOperand<double> b, MatrixView<double> out);

/// out += a * b: the same chains, started from what out holds.
/// shape    a: [m,k]  b: [k,n]  out: [m,n]
/// error    |out - exact| <= (k+1)*eps * (|out before| + |a||b|)(i,j)
/// alias    out overlaps neither a nor b
void dot_add(DotOperand<float> a, DotOperand<float> b, MatrixView<float> out);
void dot_add(DotOperand<double> a, DotOperand<double> b, MatrixView<double> out);

/// Affine map, the book's np.dot(x, W) + b in one pass: each chain starts from the bias of its column.
/// shape    x: [m,k]  w: [k,n]  b: [1,n]  out: [m,n]
/// error    |out - exact| <= (k+1)*eps * (|b| + |x||w|)(i,j)
/// alias    out overlaps none of them
/// source   Deep Learning from Scratch 3.4
Matrix<float> affine(DotOperand<float> x, DotOperand<float> w, MatrixView<const float> b);
Matrix<double> affine(DotOperand<double> x, DotOperand<double> w, MatrixView<const double> b);
void affine(DotOperand<float> x, DotOperand<float> w, MatrixView<const float> b, MatrixView<float> out);
void affine(DotOperand<double> x, DotOperand<double> w, MatrixView<const double> b, MatrixView<double> out);

/// out(i,j) = x(i,j) + b(0,j), NumPy's broadcast of a row.
/// shape    x, out: [rows,cols]  b: [1,cols]
/// error    one rounding
/// alias    out may be x; it does not overlap b
Matrix<float> add_bias(MatrixView<const float> x, MatrixView<const float> b);
Matrix<double> add_bias(MatrixView<const double> x, MatrixView<const double> b);
void add_bias(MatrixView<const float> x, MatrixView<const float> b, MatrixView<float> out);
void add_bias(MatrixView<const double> x, MatrixView<const double> b, MatrixView<double> out);

/// e^x, elementwise.
/// shape    x, out: alike
/// range    all x; 0 below and Inf above the type's range, subnormal results where due; NaN stays NaN
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
Matrix<float> exp(MatrixView<const float> x);
Matrix<double> exp(MatrixView<const double> x);
void exp(MatrixView<const float> x, MatrixView<float> out);
void exp(MatrixView<const double> x, MatrixView<double> out);

/// Natural logarithm, elementwise.
/// shape    x, out: alike
/// range    x > 0; log(+-0) = -Inf, log of a negative number or NaN is NaN, log(Inf) = Inf
/// error    float: correctly rounded, every input; double: below 1 ULP. docs/numerics.md
/// alias    out may be x
Matrix<float> log(MatrixView<const float> x);
Matrix<double> log(MatrixView<const double> x);
void log(MatrixView<const float> x, MatrixView<float> out);
void log(MatrixView<const double> x, MatrixView<double> out);

/// 1 / (1 + e^-x), elementwise; no overflow on either side.
/// shape    x, out: alike
/// error    float: correctly rounded, every input; double: below 2 ULP. docs/numerics.md
/// alias    out may be x
/// source   Deep Learning from Scratch 3.2.4
Matrix<float> sigmoid(MatrixView<const float> x);
Matrix<double> sigmoid(MatrixView<const double> x);
void sigmoid(MatrixView<const float> x, MatrixView<float> out);
void sigmoid(MatrixView<const double> x, MatrixView<double> out);

/// The derivative of sigmoid at x, (1 - sigmoid(x)) * sigmoid(x), computed as e / (1 + e)^2 with e = e^-|x|
/// so that large |x| keep their digits.
/// shape    x, out: alike
/// error    float: 0.51 ULP; double: below 5 ULP. docs/numerics.md
/// alias    out may be x
/// source   the notebook's sigmoid_grad, 4.4
Matrix<float> sigmoid_grad(MatrixView<const float> x);
Matrix<double> sigmoid_grad(MatrixView<const double> x);
void sigmoid_grad(MatrixView<const float> x, MatrixView<float> out);
void sigmoid_grad(MatrixView<const double> x, MatrixView<double> out);

/// Backpropagation through sigmoid, from its own output z = sigmoid(x): out = (z * (1 - z)) * dz.
/// shape    z, dz, out: alike
/// error    three roundings
/// alias    out may be z or dz
Matrix<float> sigmoid_backward(MatrixView<const float> z, MatrixView<const float> dz);
Matrix<double> sigmoid_backward(MatrixView<const double> z, MatrixView<const double> dz);
void sigmoid_backward(MatrixView<const float> z, MatrixView<const float> dz, MatrixView<float> out);
void sigmoid_backward(MatrixView<const double> z, MatrixView<const double> dz, MatrixView<double> out);

/// Row-wise softmax, shifted by the row's largest element: out(i,j) = e^(x(i,j)-max) / sum_j e^(x(i,j)-max).
/// shape    x, out: alike
/// range    a row with NaN or +Inf becomes all NaN; -Inf gives 0, unless all of the row is -Inf (NaN). In
///          float a term more than 87 below the largest counts as 0
/// error    of each e^(x-max) at most 0.8 + |x-max|/21 ULP in float with fma, 1.2 without, below 1 ULP in
///          double, after one rounding of x-max; then a sum and a division. docs/numerics.md
/// alias    out may be x
/// source   Deep Learning from Scratch 3.5
Matrix<float> softmax(MatrixView<const float> x);
Matrix<double> softmax(MatrixView<const double> x);
void softmax(MatrixView<const float> x, MatrixView<float> out);
void softmax(MatrixView<const double> x, MatrixView<double> out);

/// The direction an operation runs along, as NumPy numbers it: axis 0 runs over the rows and leaves one
/// result a column, axis 1 runs over the columns and leaves one a row.
enum class Axis {
    kRows = 0,  ///< down the columns: as many results as columns
    kCols = 1,  ///< along the rows: as many results as rows
};

/// Sums along an axis, keeping it with length 1: np.sum(x, axis, keepdims=True). Empty sums are 0.
/// shape    kRows: [1,cols]   kCols: [rows,1]
/// error    kRows: one chain down each column, (rows-1)*eps*sum|x|. kCols: running sums
///          in 4 x 64 bytes, combined by a fixed tree, docs/numerics.md
/// alias    out does not overlap x
/// source   np.sum
Matrix<float> sum(MatrixView<const float> x, Axis axis);
Matrix<double> sum(MatrixView<const double> x, Axis axis);
void sum(MatrixView<const float> x, Axis axis, MatrixView<float> out);
void sum(MatrixView<const double> x, Axis axis, MatrixView<double> out);

/// Index of the largest element of each column (kRows) or row (kCols), as np.argmax: the first one among
/// equals, and the first NaN where there is one.
/// shape    kRows: cols indices below rows   kCols: rows indices below cols
/// error    none: comparisons only
/// throws   ShapeError when that axis is empty and the other is not: there is no largest of nothing
/// source   np.argmax
std::vector<std::size_t> argmax(MatrixView<const float> x, Axis axis);
std::vector<std::size_t> argmax(MatrixView<const double> x, Axis axis);

/// y(i,j) = fma(a, x(i,j), y(i,j)): y += a * x.
/// shape    x, y: alike
/// error    one rounding with fma, two without
/// alias    y may be x
/// source   BLAS; the step of gradient descent
void axpy(float a, MatrixView<const float> x, MatrixView<float> y);
void axpy(double a, MatrixView<const double> x, MatrixView<double> y);

/// out(i,j) = a * x(i,j).
/// shape    x, out: alike
/// error    one rounding
/// alias    out may be x
Matrix<float> scale(float a, MatrixView<const float> x);
Matrix<double> scale(double a, MatrixView<const double> x);
void scale(float a, MatrixView<const float> x, MatrixView<float> out);
void scale(double a, MatrixView<const double> x, MatrixView<double> out);

}  // namespace thalweg
THALWEG_END_PUBLIC
