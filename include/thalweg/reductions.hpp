// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sums, means, extremes and what else makes few numbers of many: of a whole matrix, view or expression, or
// along an axis. Axis 0 runs down the rows and leaves one result a column, axis 1 runs along the columns and
// leaves one a row; negative axes count from the end, -1 is axis 1. An axis is kept with length 1, as by
// NumPy's keepdims. A list of axes makes a tensor, of matrices and tensors alike: {0, 2}, or Axes{1}. One
// axis of a tensor does so as well.
//
//     const Matrix<float> x{{1, 2}, {3, 4}};
//     sum(x);                    // 10
//     sum(x * x, 0)(0, 1);       // 20
//     const Matrix<float> y = x / sum(x, 1);
//
// Common to all:
// error    what picks, counts or tells rounds nothing; what computes says how much
// throws   std::invalid_argument for another axis
// source   NumPy; orders of sums: docs/numerics.md
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/array.hpp"
#include "thalweg/tensor.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Adds up elements; the sum of none is 0.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// error    of everything and along rows: running sums in 4 x 64 bytes, then a fixed tree of sums; down a
///          column one chain, (rows-1)*eps*sum|x|. docs/numerics.md
float sum(const Operand<float>& x);
double sum(const Operand<double>& x);
Matrix<float> sum(const Operand<float>& x, int axis);
Matrix<double> sum(const Operand<double>& x, int axis);
Tensor<float> sum(const Operand<float>& x, const Axes& axes);
Tensor<double> sum(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto sum(const Source& x, int axis) {
    return thalweg::sum(x, Axes{axis});
}
void sum(const Operand<float>& x, int axis, MatrixView<float> out);
void sum(const Operand<double>& x, int axis, MatrixView<double> out);

/// Returns the mean of elements: their sum, divided once.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// error    that of sum(), and one rounding
/// throws   ShapeError for the mean of none
float mean(const Operand<float>& x);
double mean(const Operand<double>& x);
Matrix<float> mean(const Operand<float>& x, int axis);
Matrix<double> mean(const Operand<double>& x, int axis);
Tensor<float> mean(const Operand<float>& x, const Axes& axes);
Tensor<double> mean(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto mean(const Source& x, int axis) {
    return thalweg::mean(x, Axes{axis});
}

/// Multiplies elements, in the order in which sum() adds; the product of none is 1.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// error    n * eps, relative
float prod(const Operand<float>& x);
double prod(const Operand<double>& x);
Matrix<float> prod(const Operand<float>& x, int axis);
Matrix<double> prod(const Operand<double>& x, int axis);
Tensor<float> prod(const Operand<float>& x, const Axes& axes);
Tensor<double> prod(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto prod(const Source& x, int axis) {
    return thalweg::prod(x, Axes{axis});
}

/// Returns the largest element; NaN if there is one.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// throws   ShapeError for the largest of none
float max(const Operand<float>& x);
double max(const Operand<double>& x);
Matrix<float> max(const Operand<float>& x, int axis);
Matrix<double> max(const Operand<double>& x, int axis);
Tensor<float> max(const Operand<float>& x, const Axes& axes);
Tensor<double> max(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto max(const Source& x, int axis) {
    return thalweg::max(x, Axes{axis});
}

/// Returns the smallest element; NaN if there is one.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// throws   ShapeError for the smallest of none
float min(const Operand<float>& x);
double min(const Operand<double>& x);
Matrix<float> min(const Operand<float>& x, int axis);
Matrix<double> min(const Operand<double>& x, int axis);
Tensor<float> min(const Operand<float>& x, const Axes& axes);
Tensor<double> min(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto min(const Source& x, int axis) {
    return thalweg::min(x, Axes{axis});
}

/// Returns the variance of elements: the mean of square(x - mean(x)).
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// error    two means and two roundings an element
/// throws   ShapeError for the variance of none
float var(const Operand<float>& x);
double var(const Operand<double>& x);
Matrix<float> var(const Operand<float>& x, int axis);
Matrix<double> var(const Operand<double>& x, int axis);
Tensor<float> var(const Operand<float>& x, const Axes& axes);
Tensor<double> var(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto var(const Source& x, int axis) {
    return thalweg::var(x, Axes{axis});
}

/// Returns the standard deviation of elements: the root of their variance.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// error    that of var(), and one rounding
/// throws   ShapeError for the deviation of none
float std(const Operand<float>& x);
double std(const Operand<double>& x);
Matrix<float> std(const Operand<float>& x, int axis);
Matrix<double> std(const Operand<double>& x, int axis);
Tensor<float> std(const Operand<float>& x, const Axes& axes);
Tensor<double> std(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto std(const Source& x, int axis) {
    return thalweg::std(x, Axes{axis});
}

/// Returns the length of a vector of elements: the root of sum(x * x).
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
/// error    that of sum(), and two roundings; squares may overflow or underflow
float norm(const Operand<float>& x);
double norm(const Operand<double>& x);
Matrix<float> norm(const Operand<float>& x, int axis);
Matrix<double> norm(const Operand<double>& x, int axis);
Tensor<float> norm(const Operand<float>& x, const Axes& axes);
Tensor<double> norm(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto norm(const Source& x, int axis) {
    return thalweg::norm(x, Axes{axis});
}

/// Finds the index of the largest element, in row order or along an axis: the first one among equals, and the
/// first NaN where there is one.
/// shape    axis 0: cols indices below rows   axis 1: rows indices below cols   axes: row-major
/// throws   ShapeError when that axis is empty and the other is not
std::size_t argmax(const Operand<float>& x);
std::size_t argmax(const Operand<double>& x);
std::vector<std::size_t> argmax(const Operand<float>& x, int axis);
std::vector<std::size_t> argmax(const Operand<double>& x, int axis);
std::vector<std::size_t> argmax(const Operand<float>& x, const Axes& axes);
std::vector<std::size_t> argmax(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto argmax(const Source& x, int axis) {
    return thalweg::argmax(x, Axes{axis});
}

/// Finds the index of the smallest element, in row order or along an axis: the first one among equals, and
/// the first NaN where there is one.
/// shape    axis 0: cols indices below rows   axis 1: rows indices below cols   axes: row-major
/// throws   ShapeError when that axis is empty and the other is not
std::size_t argmin(const Operand<float>& x);
std::size_t argmin(const Operand<double>& x);
std::vector<std::size_t> argmin(const Operand<float>& x, int axis);
std::vector<std::size_t> argmin(const Operand<double>& x, int axis);
std::vector<std::size_t> argmin(const Operand<float>& x, const Axes& axes);
std::vector<std::size_t> argmin(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto argmin(const Source& x, int axis) {
    return thalweg::argmin(x, Axes{axis});
}

/// Tells whether any element is true or not zero; along an axis 1 or 0.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
bool any(const Operand<float>& x);
bool any(const Operand<double>& x);
Matrix<float> any(const Operand<float>& x, int axis);
Matrix<double> any(const Operand<double>& x, int axis);
Tensor<float> any(const Operand<float>& x, const Axes& axes);
Tensor<double> any(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto any(const Source& x, int axis) {
    return thalweg::any(x, Axes{axis});
}

/// Tells whether all elements are true or not zero; along an axis 1 or 0.
/// shape    axis 0: [1,cols]   axis 1: [rows,1]   axes: as x, with length 1 there
bool all(const Operand<float>& x);
bool all(const Operand<double>& x);
Matrix<float> all(const Operand<float>& x, int axis);
Matrix<double> all(const Operand<double>& x, int axis);
Tensor<float> all(const Operand<float>& x, const Axes& axes);
Tensor<double> all(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto all(const Source& x, int axis) {
    return thalweg::all(x, Axes{axis});
}

/// Counts the elements that are true or not zero, in all or along an axis.
/// shape    axis 0: cols counts   axis 1: rows counts   axes: one count a result
std::size_t count_nonzero(const Operand<float>& x);
std::size_t count_nonzero(const Operand<double>& x);
std::vector<std::size_t> count_nonzero(const Operand<float>& x, int axis);
std::vector<std::size_t> count_nonzero(const Operand<double>& x, int axis);
std::vector<std::size_t> count_nonzero(const Operand<float>& x, const Axes& axes);
std::vector<std::size_t> count_nonzero(const Operand<double>& x, const Axes& axes);
template <detail::AnyTensor Source>
auto count_nonzero(const Source& x, int axis) {
    return thalweg::count_nonzero(x, Axes{axis});
}

/// Tells whether two arrays have the same shape and equal elements; NaN equals nothing.
bool array_equal(const Operand<float>& a, const Operand<float>& b);
bool array_equal(const Operand<double>& a, const Operand<double>& b);
/// Tells whether all elements are near those of b: |a - b| <= atol + rtol * |b|, computed in double. An
/// infinity is near its equal only.
bool allclose(const Operand<float>& a, const Operand<float>& b, double rtol = 1e-5, double atol = 1e-8);
bool allclose(const Operand<double>& a, const Operand<double>& b, double rtol = 1e-5, double atol = 1e-8);

}  // namespace thalweg
THALWEG_END_PUBLIC
