// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrix<Element> owns its elements; MatrixView<Element> borrows them from somebody else; Transposed<Element>
// is a view that dot() reads column by column. Element is float or double. A vector is a matrix of one row or
// one column. Matrices are row-major with a leading dimension, as in CBLAS.
//
// Common to all:
// range    indices are checked only with THALWEG_CHECKED defined, and then throw ShapeError
#pragma once

#include <cstddef>
#include <initializer_list>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/matrix.hpp"
#include "thalweg/error.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Alignment of owned elements in bytes, on every machine: it is part of the ABI.
inline constexpr std::size_t kAlignment = 64;

// With THALWEG_CHECKED defined, element and row access checks its indices. The choice is a template argument
// of each accessor, hence part of its name: checked and unchecked code may be linked into one program.
#ifdef THALWEG_CHECKED
inline constexpr bool kChecked = true;  ///< whether access checks its indices
#else
inline constexpr bool kChecked = false;  ///< whether access checks its indices
#endif

template <class Element>
struct Transposed;

/// A view of rows in somebody else's memory: element (i, j) is data()[i * ld() + j]. Pass it by value; it
/// must not outlive the memory.
/// shape    [rows(), cols()]; rows are ld() elements apart
/// threads  not synchronised: do not write while another thread reads
template <class Element>
class MatrixView {
public:
    /// Makes an empty view, 0 x 0.
    MatrixView() = default;

    /// Looks at elements that are there already.
    /// shape    data: rows * ld elements, of which the last row may stop after cols; ld >= cols
    MatrixView(Element* data, std::size_t rows, std::size_t cols, std::size_t ld) noexcept
        : data_(data), rows_(rows), cols_(cols), ld_(ld) {}
    /// Looks at rows without gaps: ld = cols.
    MatrixView(Element* data, std::size_t rows, std::size_t cols) noexcept
        : MatrixView(data, rows, cols, cols) {}
    /// Makes a writable view readable.
    template <class Other>
    requires std::is_same_v<const Other, Element> MatrixView(MatrixView<Other> other)
    noexcept  // NOLINT(google-explicit-constructor): a view is a parameter type
        : MatrixView(other.data(), other.rows(), other.cols(), other.ld()) {}
    /// Rejects a transpose, also as an argument of the operations that take a view.
    template <detail::SameElement<Element> Other>
    MatrixView(Transposed<Other>) = delete;  // only dot() reads a transpose

    /// Returns the number of rows.
    std::size_t rows() const noexcept { return rows_; }
    /// Returns the number of columns.
    std::size_t cols() const noexcept { return cols_; }
    /// Returns the leading dimension: elements from one row to the next.
    std::size_t ld() const noexcept { return ld_; }
    /// Returns the number of elements, gaps not counted.
    std::size_t size() const noexcept { return rows_ * cols_; }
    /// Tells whether there are none.
    bool empty() const noexcept { return rows_ == 0 || cols_ == 0; }
    /// Tells whether the rows follow one another without a gap.
    bool contiguous() const noexcept { return ld_ == cols_ || rows_ <= 1; }
    /// Points to element (0, 0).
    Element* data() const noexcept { return data_; }

    /// Returns element (i, j).
    template <bool Checked = kChecked>
    Element& operator()(std::size_t i, std::size_t j) const {
        detail::check_index<Checked>(i, rows_, "MatrixView(i, j): row out of range");
        detail::check_index<Checked>(j, cols_, "MatrixView(i, j): column out of range");
        return data_[i * ld_ + j];
    }
    /// Returns row i as a 1 x cols view.
    template <bool Checked = kChecked>
    MatrixView row(std::size_t i) const {
        detail::check_index<Checked>(i, rows_, "row(i): row out of range");
        return {data_ + i * ld_, 1, cols_, ld_};
    }
    /// Returns rows first, first + 1, ..., last - 1.
    template <bool Checked = kChecked>
    MatrixView rows(std::size_t first, std::size_t last) const {
        detail::check_index<Checked>(last, rows_ + 1, "rows(first, last): last is past the end");
        detail::check_index<Checked>(first, last + 1, "rows(first, last): first is past last");
        return {data_ + first * ld_, last - first, cols_, ld_};
    }
    /// Returns columns first, ..., last - 1, as a view with gaps.
    template <bool Checked = kChecked>
    MatrixView cols(std::size_t first, std::size_t last) const {
        detail::check_index<Checked>(last, cols_ + 1, "cols(first, last): last is past the end");
        detail::check_index<Checked>(first, last + 1, "cols(first, last): first is past last");
        return {data_ + first, rows_, last - first, ld_};
    }
    /// Returns the transpose, for dot() only; no element is moved.
    Transposed<Element> transposed() const noexcept;

private:
    Element* data_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
    std::size_t ld_ = 0;
};

/// "Read this matrix transposed": what transposed() returns and dot() takes. Other operations do not compile
/// with it.
template <class Element>
struct Transposed {
    MatrixView<Element> of;  ///< the matrix as it lies in memory
};

template <class Element>
Transposed<Element> MatrixView<Element>::transposed() const noexcept {
    return {*this};
}

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
    /// Makes a matrix from one inner list a row: {{1, 2}, {3, 4}}. Rows have one length.
    Matrix(std::initializer_list<std::initializer_list<Element>> rows)
        : Matrix(rows.size(), rows.size() == 0 ? 0 : rows.begin()->size()) {
        Element* out = data_;
        for (const auto& row : rows) {
            if (row.size() != cols_) {
                const std::size_t index = cols_ == 0 ? 0 : static_cast<std::size_t>(out - data_) / cols_;
                detail::throw_ragged(index, cols_, row.size());
            }
            for (const Element& value : row) {
                *out++ = value;
            }
        }
    }
    /// Copies what the view shows, without its gaps.
    explicit Matrix(MatrixView<const Element> view) : Matrix(view.rows(), view.cols()) { copy_from(view); }

    /// Draws normally distributed elements: std * rng.randn() in row order, in double, then rounded once.
    static Matrix randn(std::size_t rows, std::size_t cols, Rng& rng, double std = 1.0) {
        Matrix m(rows, cols);
        detail::fill_randn(m.data_, m.size(), rng, std);
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
    ~Matrix() { detail::deallocate(data_); }

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
        for (std::size_t i = 0; i < rows_; ++i) {
            for (std::size_t j = 0; j < cols_; ++j) {
                data_[i * cols_ + j] = view.data()[i * view.ld() + j];
            }
        }
    }

    Element* data_ = nullptr;
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
