// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Making matrices, and moving elements: joining, repeating, choosing, sorting. Everything returns a new
// matrix and reads matrices, views, expressions and masks. Axis 0 runs down the rows, axis 1 along the
// columns; -1 is axis 1.
//
//     const Matrix<double> x = reshape(arange(6), 2, 3);  // [[0. 1. 2.], [3. 4. 5.]]
//     hstack(x, 10 * x.cols(0, 1))(1, 3);                 // 30
//     take(x, {1, 0, 1})(2, 2);                           // 5
//     zeros<float>(2, 3);                                 // double where no type is given
//
// Common to all:
// throws   ShapeError also for sizes beyond memory; std::invalid_argument for another axis
// source   NumPy
#pragma once

#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/array.hpp"
#include "thalweg/detail/shape.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Row numbers or labels as they are: std::vector, std::array or std::span of any type of integers, or
/// {0, 2, 1}. Made implicitly; nothing is copied.
class Indices {
public:
    /// Looks at integers side by side, which must outlive the call.
    template <detail::IndexRange Range>
    Indices(const Range& range THALWEG_LIFETIMEBOUND) noexcept  // NOLINT(google-explicit-constructor)
        : Indices(range.data(), range.size()) {}
    /// Looks at the numbers of a braced list, in the call that it is written in.
    Indices(std::initializer_list<int> list THALWEG_LIFETIMEBOUND) noexcept
        : Indices(list.begin(), list.size()) {}
    Indices(std::initializer_list<std::size_t> list THALWEG_LIFETIMEBOUND) noexcept
        : Indices(list.begin(), list.size()) {}

    /// Returns how many there are.
    std::size_t size() const noexcept { return size_; }
    /// Returns number i, in two's complement where it is negative.
    unsigned long long bits(std::size_t i) const noexcept { return read_(data_, i); }
    /// Tells whether number i is below zero.
    bool negative(std::size_t i) const noexcept { return signed_ && (bits(i) >> 63U) != 0; }

private:
    template <class Integer>
    Indices(const Integer* data, std::size_t size) noexcept
        : data_(data),
          size_(size),
          read_([](const void* all, std::size_t i) {
              return static_cast<unsigned long long>(static_cast<const Integer*>(all)[i]);
          }),
          signed_(std::is_signed_v<Integer>) {}

    const void* data_;
    std::size_t size_;
    unsigned long long (*read_)(const void* data, std::size_t i);
    bool signed_;
};

/// Makes a matrix of zeros.
/// shape    [rows,cols]
template <class Element = double>
Matrix<Element> zeros(std::size_t rows, std::size_t cols) {
    return Matrix<Element>(rows, cols);
}
/// Makes a matrix of ones.
/// shape    [rows,cols]
template <class Element = double>
Matrix<Element> ones(std::size_t rows, std::size_t cols) {
    return Matrix<Element>(rows, cols, Element(1));
}
/// Makes a matrix of one value.
/// shape    [rows,cols]
template <class Element = double>
Matrix<Element> full(std::size_t rows, std::size_t cols, std::type_identity_t<Element> value) {
    return Matrix<Element>(rows, cols, value);
}

/// Makes ones on a diagonal, zeros elsewhere: diagonal 1 is the one above the main diagonal, -1 the one
/// below.
/// shape    [rows,cols], or [rows,rows]
template <class Element = double>
Matrix<Element> eye(std::size_t rows, std::size_t cols, std::ptrdiff_t diagonal = 0) {
    Matrix<Element> out(rows, cols);
    detail::ones_at(diagonal, out);
    return out;
}
template <class Element = double>
Matrix<Element> eye(std::size_t rows) {
    return eye<Element>(rows, rows);
}

/// Counts from start in steps up to stop, which is left out: start, start + step, then start + i * d, where d
/// is the second element minus the first.
/// shape    [1,ceil((stop-start)/step)], [1,0] where stop is not ahead
/// error    NumPy's bits: length, start and start + step in double, the rest in Element, two roundings each
/// throws   std::invalid_argument for a step of 0, or a length that is no number, infinite or beyond memory
template <class Element = double>
Matrix<Element> arange(double start, double stop, double step = 1.0) {
    Matrix<Element> out;
    detail::arange(start, stop, step, out);
    return out;
}
template <class Element = double>
Matrix<Element> arange(double stop) {
    return arange<Element>(0.0, stop);
}

/// Divides an interval evenly: start + i * ((stop - start) / (count - 1)), and exactly stop at the end.
/// shape    [1,count]
/// error    NumPy's bits: four roundings in double, then one to Element
template <class Element = double>
Matrix<Element> linspace(double start, double stop, std::size_t count) {
    Matrix<Element> out;
    detail::linspace(start, stop, count, out);
    return out;
}

/// Makes rows of zeros with a one where the label says.
/// shape    labels: n   [n,classes]
/// throws   ShapeError for a label that is not from 0 to classes - 1, with its place
template <class Element = double>
Matrix<Element> one_hot(const Indices& labels, std::size_t classes) {
    Matrix<Element> out;
    detail::one_hot(labels, classes, out);
    return out;
}

/// Transposes: out(j,i) = x(i,j), moved in memory. x.transposed() moves nothing, for dot().
/// shape    x: [rows,cols]   [cols,rows]
Matrix<float> transpose(const Operand<float>& x);
Matrix<double> transpose(const Operand<double>& x);
Matrix<float> transpose(Transposed<const float> x);
Matrix<double> transpose(Transposed<const double> x);
Matrix<float> transpose(Transposed<float> x);
Matrix<double> transpose(Transposed<double> x);

/// Copies the elements, in row order, into another shape of as many.
/// shape    [rows,cols]
Matrix<float> reshape(const Operand<float>& x, std::size_t rows, std::size_t cols);
Matrix<double> reshape(const Operand<double>& x, std::size_t rows, std::size_t cols);

/// Joins arrays: below one another for axis 0, side by side for axis 1.
/// shape    arrays: at least one, alike but for their lengths along the axis
Matrix<float> concatenate(std::initializer_list<Operand<float>> arrays, int axis);
Matrix<double> concatenate(std::initializer_list<Operand<double>> arrays, int axis);
/// Joins arrays side by side.
/// shape    as many rows in each
Matrix<float> hstack(std::initializer_list<Operand<float>> arrays);
Matrix<double> hstack(std::initializer_list<Operand<double>> arrays);
Matrix<float> hstack(const Operand<float>& left, const Operand<float>& right);
Matrix<double> hstack(const Operand<double>& left, const Operand<double>& right);
/// Joins arrays below one another.
/// shape    as many columns in each
Matrix<float> vstack(std::initializer_list<Operand<float>> arrays);
Matrix<double> vstack(std::initializer_list<Operand<double>> arrays);
Matrix<float> vstack(const Operand<float>& top, const Operand<float>& bottom);
Matrix<double> vstack(const Operand<double>& top, const Operand<double>& bottom);

/// Repeats the whole matrix: down copies below one another, across copies side by side.
/// shape    x: [rows,cols]   [rows*down,cols*across]
Matrix<float> tile(const Operand<float>& x, std::size_t down, std::size_t across);
Matrix<double> tile(const Operand<double>& x, std::size_t down, std::size_t across);
/// Repeats each row for axis 0, each column for axis 1.
/// shape    x: [rows,cols]   axis 0: [rows*count,cols]   axis 1: [rows,cols*count]
Matrix<float> repeat(const Operand<float>& x, std::size_t count, int axis);
Matrix<double> repeat(const Operand<double>& x, std::size_t count, int axis);

/// Chooses rows: NumPy's x[rows], as often and in the order as they are named.
/// shape    x: [m,cols]   rows: n   [n,cols]
/// throws   ShapeError for a row that is not from 0 to m - 1, with its place: none counts from the end
Matrix<float> take(const Operand<float>& x, const Indices& rows);
Matrix<double> take(const Operand<double>& x, const Indices& rows);
/// Chooses one element of each row: NumPy's y[np.arange(n), labels], as a column.
/// shape    y: [n,classes]   labels: n   [n,1]
/// throws   ShapeError for a label that is not from 0 to classes - 1, with its place
Matrix<float> pick(const Operand<float>& y, const Indices& labels);
Matrix<double> pick(const Operand<double>& y, const Indices& labels);

/// What meshgrid() returns: `const auto [x, y] = meshgrid(a, b);`
template <class Element>
struct Mesh {
    Matrix<Element> x;  ///< a in every row
    Matrix<Element> y;  ///< b in every column
};
/// Spreads the coordinates of a grid: out.x(i,j) = x[j], out.y(i,j) = y[i].
/// shape    x: n elements   y: m elements   both [m,n]
Mesh<float> meshgrid(const Operand<float>& x, const Operand<float>& y);
Mesh<double> meshgrid(const Operand<double>& x, const Operand<double>& y);

/// Multiplies each element of a by each of b: out(i,j) = a[i] * b[j].
/// shape    a: m elements   b: n elements   [m,n]
/// error    one rounding
Matrix<float> outer(const Operand<float>& a, const Operand<float>& b);
Matrix<double> outer(const Operand<double>& a, const Operand<double>& b);

/// Adds up along an axis and keeps every sum: for axis 1 out(i,j) = out(i,j-1) + x(i,j), in this order.
/// shape    as x
/// error    one chain: after k additions k*eps*sum|x|
Matrix<float> cumsum(const Operand<float>& x, int axis);
Matrix<double> cumsum(const Operand<double>& x, int axis);

/// Sorts each column for axis 0, each row for axis 1: ascending, NaN last; equal elements (zeros of either
/// sign) keep their order.
/// shape    as x
Matrix<float> sort(const Operand<float>& x, int axis);
Matrix<double> sort(const Operand<double>& x, int axis);
/// Finds the order in which sort() puts the elements: indices along the axis.
/// shape    rows*cols indices, row by row as in x
std::vector<std::size_t> argsort(const Operand<float>& x, int axis);
std::vector<std::size_t> argsort(const Operand<double>& x, int axis);

}  // namespace thalweg
THALWEG_END_PUBLIC
