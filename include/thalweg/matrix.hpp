// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrix<Element> owns its elements; MatrixView<Element> (thalweg/matrix_view.hpp) borrows them from somebody
// else. Element is float or double. A vector is a matrix of one row or one column. Matrices are row-major
// with a leading dimension, as in CBLAS. Arithmetic on them is in thalweg/array.hpp.
//
// Common to all:
// range    indices are checked by at(); others only with THALWEG_CHECKED defined. They throw ShapeError
#pragma once

#include <cstddef>
#include <initializer_list>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/expression.hpp"
#include "thalweg/detail/matrix.hpp"
#include "thalweg/error.hpp"
#include "thalweg/matrix_view.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Alignment of owned elements in bytes, on every machine: it is part of the ABI.
inline constexpr std::size_t kAlignment = 64;

namespace arrays {

/// A rows x cols matrix that owns its elements: row-major, without gaps, 64-byte aligned, zero at first.
/// Copying copies the elements, moving is cheap and leaves 0 x 0 behind, == compares values.
///
///     Matrix<float> m{{1, 2, 3}, {4, 5, 6}};
///     m(1, 2);                      // 6
///     m.row(1).cols(1, 3)(0, 0);    // 5
///     m.transposed().of.rows();     // 2
///     m == Matrix<float>(2, 3, 0);  // false
///
/// shape    [rows(), cols()]
/// throws   ShapeError when rows * cols overflows
template <class Element>
class Matrix {
    static_assert(std::is_same_v<Element, float> || std::is_same_v<Element, double>,
                  "Matrix<Element>: Element is float or double");

public:
    /// Element type, float or double.
    using value_type = Element;

    /// Makes an empty matrix, 0 x 0.
    Matrix() = default;
    /// Makes a matrix of zeros.
    Matrix(std::size_t rows, std::size_t cols)
        : data_(static_cast<Element*>(detail::allocate_zeroed(rows, cols, sizeof(Element)))),
          rows_(rows),
          cols_(cols) {}
    /// Makes a matrix with every element equal to value.
    Matrix(std::size_t rows, std::size_t cols, Element value) : Matrix(rows, cols) { fill(value); }
    Matrix(std::size_t rows, std::size_t cols, detail::Uninitialized)  // for the library
        : data_(static_cast<Element*>(detail::allocate(rows, cols, sizeof(Element)))),
          rows_(rows),
          cols_(cols) {}
    Matrix(Element* data, std::size_t rows, std::size_t cols, detail::Taken) noexcept  // for the library
        : data_(data), rows_(rows), cols_(cols) {}
    /// Makes a matrix of its elements: {1, 2, 3} is one row, {{1, 2}, {3, 4}} one inner list a row. A shape
    /// goes in parentheses.
    Matrix(std::initializer_list<detail::Row<Element>> rows) {
        const std::size_t cols = detail::row_length(rows.begin(), rows.size());
        const bool one_row = detail::is_one_row(rows.begin(), rows.size());
        *this = Matrix(one_row ? 1 : rows.size(), cols);
        Element* out = data_;
        for (const detail::Row<Element>& row : rows) {
            for (const Element* value = row.begin(); value != row.end(); ++value) {
                *out++ = *value;
            }
        }
    }
    /// Computes an expression; a mask gives ones and zeros.
    Matrix(Expression<Element>&& expression) { assign_shape(expression); }  // NOLINT: a matrix is its value
    Matrix(Mask<Element>&& mask) { assign_shape(mask); }                    // NOLINT: likewise
    Matrix(const Expression<Element>&) = delete;  // an expression is used once: keep eval()'s matrix
    Matrix(const Mask<Element>&) = delete;        // a mask is used once: keep eval()'s matrix
    /// Copies what the view shows, without its gaps.
    explicit Matrix(MatrixView<const Element> view) : Matrix(view.rows(), view.cols()) { copy_from(view); }

    /// Draws normally distributed elements: std * rng.randn() in row order, in double, then rounded once.
    static Matrix randn(std::size_t rows, std::size_t cols, Rng& rng, double std = 1.0) {
        Matrix m(rows, cols);
        detail::fill_randn(m.data_, m.size(), rng, std);
        return m;
    }
    /// Draws elements uniform in [0, 1): rng.uniform() in row order, rounded once; in float 1 is possible.
    static Matrix rand(std::size_t rows, std::size_t cols, Rng& rng) {
        Matrix m(rows, cols);
        detail::fill_rand(m.data_, m.size(), rng);
        return m;
    }

    /// Copies or moves the elements; a matrix that was moved from is 0 x 0. Assigning to a matrix of the same
    /// shape keeps its memory.
    Matrix(const Matrix& other) : Matrix(other.rows_, other.cols_) { copy_from(other); }
    Matrix(Matrix&& other) noexcept { swap(other); }
    Matrix& operator=(const Matrix& other) {
        if (this == &other) {
            return *this;
        }
        if (rows_ == other.rows_ && cols_ == other.cols_) {
            copy_from(other);
        } else {
            Matrix copy(other);
            swap(copy);
        }
        return *this;
    }
    Matrix& operator=(Matrix&& other) noexcept {
        Matrix taken(static_cast<Matrix&&>(other));
        swap(taken);
        return *this;
    }
    /// Computes an expression into this matrix, which takes its shape; it may be one of the operands.
    Matrix& operator=(Expression<Element>&& expression) {
        assign_shape(expression);
        return *this;
    }
    Matrix& operator=(Mask<Element>&& mask) {
        assign_shape(mask);
        return *this;
    }
    ~Matrix() {
        if (data_ != nullptr) {
            detail::deallocate(data_);
        }
    }

    /// Copies or computes elements into this matrix, which keeps its shape.
    /// shape    source: alike, or one row, one column or a number for all
    void assign(const Operand<Element>& source) { view().assign(source); }
    /// Adds in place.
    /// shape    source: alike, or one row, one column or a number for all
    Matrix& operator+=(const Operand<Element>& source) {
        view() += source;
        return *this;
    }
    /// Subtracts in place.
    /// shape    source: alike, or one row, one column or a number for all
    Matrix& operator-=(const Operand<Element>& source) {
        view() -= source;
        return *this;
    }
    /// Multiplies in place.
    /// shape    source: alike, or one row, one column or a number for all
    Matrix& operator*=(const Operand<Element>& source) {
        view() *= source;
        return *this;
    }
    /// Divides in place.
    /// shape    source: alike, or one row, one column or a number for all
    Matrix& operator/=(const Operand<Element>& source) {
        view() /= source;
        return *this;
    }

    /// Returns the number of rows.
    std::size_t rows() const noexcept { return rows_; }
    /// Returns the number of columns.
    std::size_t cols() const noexcept { return cols_; }
    /// Returns the leading dimension, which is cols().
    std::size_t ld() const noexcept { return cols_; }
    /// Returns the number of elements.
    std::size_t size() const noexcept { return rows_ * cols_; }
    /// Tells whether there are none.
    bool empty() const noexcept { return size() == 0; }
    /// Points to element (0, 0); the others follow row by row. nullptr when empty.
    Element* data() noexcept { return data_; }
    const Element* data() const noexcept { return data_; }

    /// Returns element (i, j).
    template <bool Checked = kChecked>
    Element& operator()(std::size_t i, std::size_t j) {
        return view().template operator()<Checked>(i, j);
    }
    template <bool Checked = kChecked>
    const Element& operator()(std::size_t i, std::size_t j) const {
        return view().template operator()<Checked>(i, j);
    }

    /// Returns element (i, j) after checking both indices.
    Element& at(std::size_t i, std::size_t j) { return view().at(i, j); }
    const Element& at(std::size_t i, std::size_t j) const { return view().at(i, j); }

    /// Returns row i as a 1 x cols view.
    template <bool Checked = kChecked>
    MatrixView<Element> row(std::size_t i) {
        return view().template row<Checked>(i);
    }
    template <bool Checked = kChecked>
    MatrixView<const Element> row(std::size_t i) const {
        return view().template row<Checked>(i);
    }
    /// Returns rows first to last - 1 as a view.
    template <bool Checked = kChecked>
    MatrixView<Element> rows(std::size_t first, std::size_t last) {
        return view().template rows<Checked>(first, last);
    }
    template <bool Checked = kChecked>
    MatrixView<const Element> rows(std::size_t first, std::size_t last) const {
        return view().template rows<Checked>(first, last);
    }
    /// Returns columns first to last - 1 as a view with gaps.
    template <bool Checked = kChecked>
    MatrixView<Element> cols(std::size_t first, std::size_t last) {
        return view().template cols<Checked>(first, last);
    }
    template <bool Checked = kChecked>
    MatrixView<const Element> cols(std::size_t first, std::size_t last) const {
        return view().template cols<Checked>(first, last);
    }
    /// Returns the transpose, for dot() only; no element is moved.
    Transposed<const Element> transposed() const noexcept { return {view()}; }

    /// Returns the whole matrix as a view. Operations that take a view also take a matrix.
    MatrixView<Element> view() noexcept { return {data_, rows_, cols_}; }
    MatrixView<const Element> view() const noexcept { return {data_, rows_, cols_}; }
    /// Converts to a view; not of a temporary, where nobody would see what is written.
    operator MatrixView<Element>() & noexcept { return view(); }  // NOLINT
    /// Converts to a view that only reads.
    operator MatrixView<const Element>() const noexcept { return view(); }  // NOLINT

    /// Gives the elements away, for the library; 0 x 0 stays behind.
    Element* release() noexcept {
        Element* const data = data_;
        data_ = nullptr;
        rows_ = 0;
        cols_ = 0;
        return data;
    }

    /// Sets every element.
    void fill(Element value) noexcept {
        for (std::size_t i = 0; i < size(); ++i) {
            data_[i] = value;
        }
    }

    /// Compares shapes and elements; as with numbers, NaN equals nothing and -0 equals +0.
    friend bool operator==(const Matrix& a, const Matrix& b) noexcept {
        if (a.rows_ != b.rows_ || a.cols_ != b.cols_) {
            return false;
        }
        for (std::size_t i = 0; i < a.size(); ++i) {
            // == in words that no compiler warns of.
            if (!(a.data_[i] <= b.data_[i] && a.data_[i] >= b.data_[i])) {
                return false;
            }
        }
        return true;
    }

private:
    template <class Recorded>
    void assign_shape(Recorded& recorded) {
        arrays::assign_shape(Operand<Element>(static_cast<Recorded&&>(recorded)), *this);
    }
    void swap(Matrix& other) noexcept {
        Element* const data = data_;
        const std::size_t rows = rows_;
        const std::size_t cols = cols_;
        data_ = other.data_;
        rows_ = other.rows_;
        cols_ = other.cols_;
        other.data_ = data;
        other.rows_ = rows;
        other.cols_ = cols;
    }
    void copy_from(MatrixView<const Element> view) noexcept {
        for (std::size_t i = 0; cols_ != 0 && i < rows_; ++i) {
            for (std::size_t j = 0; j < cols_; ++j) {
                data_[i * cols_ + j] = view.data()[i * view.ld() + j];
            }
        }
    }

    Element* data_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
};

}  // namespace arrays

using arrays::Matrix;

}  // namespace thalweg
THALWEG_END_PUBLIC
