// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// MatrixView<Element> borrows elements from somebody else, Transposed<Element> is a view that dot() reads
// column by column.
//
// Common to all:
// range    indices are checked by at(); others only with THALWEG_CHECKED defined. They throw ShapeError
#pragma once

#include <cstddef>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/expression.hpp"
#include "thalweg/detail/matrix.hpp"
#include "thalweg/error.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

// With THALWEG_CHECKED defined, element and row access checks its indices. The choice is a template argument
// of each accessor, hence part of its name: checked and unchecked code may be linked into one program.
#ifdef THALWEG_CHECKED
inline constexpr bool kChecked = true;  ///< whether access checks its indices
#else
inline constexpr bool kChecked = false;  ///< whether access checks its indices
#endif

// Not inline: argument-dependent lookup finds the operators of arrays, and no function of thalweg that a
// caller's own function of the same name is meant to be.
namespace arrays {

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
    /// Copies the view, not the elements.
    MatrixView(const MatrixView&) = default;
    /// Makes a writable view readable.
    template <class Other>
    requires std::is_same_v<const Other, Element> MatrixView(MatrixView<Other> other)
    noexcept  // NOLINT(google-explicit-constructor): a view is a parameter type
        : MatrixView(other.data(), other.rows(), other.cols(), other.ld()) {}
    /// Rejects a transpose, also as an argument of the operations that take a view.
    template <detail::SameElement<Element> Other>
    MatrixView(Transposed<Other>) = delete;  // only dot() reads a transpose

    /// Lets a named view look at what the other looks at. assign() copies elements.
    MatrixView& operator=(const MatrixView&) & = default;
    MatrixView& operator=(Expression<std::remove_const_t<Element>>&&) & = delete;  // v.assign(a + b)
    MatrixView& operator=(Mask<std::remove_const_t<Element>>&&) & = delete;        // v.assign(a < b)
    template <class Number>
    requires std::is_arithmetic_v<Number> MatrixView& operator=(Number) & = delete;  // v.assign(0)
    /// Writes elements through an unnamed view: a.row(0) = b.row(1), as NumPy's a[0] = b[1].
    /// shape    source: alike, or one row, one column or a number for all
    template <class Source>
        MatrixView& operator=(Source&& source) && requires(!std::is_const_v<Element>) {
        assign(static_cast<Source&&>(source));
        return *this;
    }
    /// Copies or computes elements into those that the view looks at; it may look at some of source's.
    /// shape    source: alike, or one row, one column or a number for all
    void assign(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        if constexpr (!std::is_const_v<Element>) {  // again: Clang 14 instantiates it all the same
            arrays::assign(source, *this);
        }
    }
    /// Adds in place.
    /// shape    source: alike, or one row, one column or a number for all
    const MatrixView& operator+=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        update(Op::kAdd, source);
        return *this;
    }
    /// Subtracts in place.
    /// shape    source: alike, or one row, one column or a number for all
    const MatrixView& operator-=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        update(Op::kSubtract, source);
        return *this;
    }
    /// Multiplies in place.
    /// shape    source: alike, or one row, one column or a number for all
    const MatrixView& operator*=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        update(Op::kMultiply, source);
        return *this;
    }
    /// Divides in place.
    /// shape    source: alike, or one row, one column or a number for all
    const MatrixView& operator/=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        update(Op::kDivide, source);
        return *this;
    }

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
        detail::check_index<Checked>(i, rows_, "(i, j): row");
        detail::check_index<Checked>(j, cols_, "(i, j): column");
        return data_[i * ld_ + j];
    }
    /// Returns element (i, j) after checking both indices.
    Element& at(std::size_t i, std::size_t j) const {
        detail::check_index<true>(i, rows_, "at(i, j): row");
        detail::check_index<true>(j, cols_, "at(i, j): column");
        return data_[i * ld_ + j];
    }
    /// Returns row i as a 1 x cols view.
    template <bool Checked = kChecked>
    MatrixView row(std::size_t i) const {
        detail::check_index<Checked>(i, rows_, "row(i): i");
        return {data_ + i * ld_, 1, cols_, ld_};
    }
    /// Returns rows first, first + 1, ..., last - 1.
    template <bool Checked = kChecked>
    MatrixView rows(std::size_t first, std::size_t last) const {
        detail::check_index<Checked>(last, rows_ + 1, "rows(first, last): last");
        detail::check_index<Checked>(first, last + 1, "rows(first, last): first");
        return {data_ + first * ld_, last - first, cols_, ld_};
    }
    /// Returns columns first, ..., last - 1, as a view with gaps.
    template <bool Checked = kChecked>
    MatrixView cols(std::size_t first, std::size_t last) const {
        detail::check_index<Checked>(last, cols_ + 1, "cols(first, last): last");
        detail::check_index<Checked>(first, last + 1, "cols(first, last): first");
        return {data_ == nullptr ? nullptr : data_ + first, rows_, last - first, ld_};
    }
    /// Returns the transpose, for dot() only; no element is moved.
    Transposed<Element> transposed() const noexcept;

private:
    void update(Op op, const Operand<std::remove_const_t<Element>>& source) const {
        if constexpr (!std::is_const_v<Element>) {
            arrays::update(op, source, *this);
        }
    }

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

}  // namespace arrays

using arrays::MatrixView;
using arrays::Transposed;

}  // namespace thalweg
THALWEG_END_PUBLIC
