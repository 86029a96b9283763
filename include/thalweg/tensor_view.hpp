// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// TensorView<Element> looks at elements of somebody else: part of a tensor, another order or number of axes.
// No function of a view moves an element or allocates memory.
//
// Common to all:
// range    indices are checked by at(); others only with THALWEG_CHECKED defined. They throw ShapeError
// throws   std::invalid_argument for no such axis; negative axes count from the end
#pragma once

#include <cstddef>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/expression.hpp"
#include "thalweg/detail/tensor.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace arrays {

/// A view of elements in somebody else's memory, with strides of its own. Pass it by value; it must not
/// outlive the memory.
/// shape    shape()
/// threads  not synchronised: do not write while another thread reads
template <class Element>
class TensorView {
public:
    /// Makes a view without elements, of shape [0].
    TensorView() = default;
    /// Looks at elements in row-major order, without gaps.
    /// shape    data: as many as the shape has elements
    TensorView(Element* data, const Shape& shape) noexcept : data_(data), layout_(layout_of(shape)) {}
    TensorView(Element* data, const Layout& layout) noexcept
        : data_(data), layout_(layout) {}  // for the library
    /// Copies the view, not the elements.
    TensorView(const TensorView&) = default;
    // NOLINTBEGIN(google-explicit-constructor): a view is a parameter type
    /// Makes a writable view readable.
    template <class Other>
    requires std::is_same_v<const Other, Element> TensorView(const TensorView<Other>& other)
    noexcept : data_(other.data()), layout_(other.layout()) {}
    /// Looks at a matrix: two axes, rows and columns.
    template <class Other>
    requires(std::is_same_v<Other, Element> || std::is_same_v<const Other, Element>)
        TensorView(const MatrixView<Other>& matrix)
    noexcept : data_(matrix.data()), layout_(layout_of_matrix(matrix.rows(), matrix.cols(), matrix.ld())) {}
    /// Looks at a matrix that owns its elements.
    TensorView(Matrix<std::remove_const_t<Element>>& matrix) noexcept : TensorView(matrix.view()) {}
    /// Looks at a matrix that is only read.
    template <class Owner>
    requires(std::is_const_v<Element>&& std::is_same_v<Owner, Matrix<std::remove_const_t<Element>>>)
        TensorView(const Owner& matrix)
    noexcept : TensorView(matrix.view()) {}
    // NOLINTEND(google-explicit-constructor)

    /// Lets a named view look at what the other looks at. assign() copies elements.
    TensorView& operator=(const TensorView&) & = default;
    TensorView& operator=(Expression<std::remove_const_t<Element>>&&) & = delete;  // v.assign(a + b)
    TensorView& operator=(Mask<std::remove_const_t<Element>>&&) & = delete;        // v.assign(a < b)
    template <class Number>
    requires std::is_arithmetic_v<Number> TensorView& operator=(Number) & = delete;  // v.assign(0)
    /// Writes elements through an unnamed view: a.index(0, 1) = b, as NumPy's a[1] = b.
    /// shape    source: one that broadcasts to the view
    template <class Source>
        TensorView& operator=(Source&& source) && requires(!std::is_const_v<Element>) {
        assign(static_cast<Source&&>(source));
        return *this;
    }
    /// Copies or computes elements into those that the view looks at; it may look at some of source's.
    /// shape    source: one that broadcasts to the view
    void assign(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        if constexpr (!std::is_const_v<Element>) {  // again: Clang 14 instantiates it all the same
            assign_tensor(source, data_, layout_);
        }
    }
    /// Adds in place.
    /// shape    source: one that broadcasts to the view
    const TensorView& operator+=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        return update(Op::kAdd, source);
    }
    /// Subtracts in place.
    /// shape    source: one that broadcasts to the view
    const TensorView& operator-=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        return update(Op::kSubtract, source);
    }
    /// Multiplies in place.
    /// shape    source: one that broadcasts to the view
    const TensorView& operator*=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        return update(Op::kMultiply, source);
    }
    /// Divides in place.
    /// shape    source: one that broadcasts to the view
    const TensorView& operator/=(const Operand<std::remove_const_t<Element>>& source) const
        requires(!std::is_const_v<Element>) {
        return update(Op::kDivide, source);
    }

    /// Returns the number of axes.
    std::size_t rank() const noexcept { return layout_.rank; }
    /// Returns the lengths of the axes.
    Shape shape() const { return shape_of(layout_); }
    /// Returns the length of an axis.
    std::size_t extent(int axis) const { return layout_.extents[axis_of("extent", axis, layout_.rank)]; }
    /// Returns how many elements it is from one to the next along an axis.
    std::size_t stride(int axis) const { return layout_.strides[axis_of("stride", axis, layout_.rank)]; }
    /// Returns the number of elements; 1 without axes.
    std::size_t size() const noexcept { return layout_.size(); }
    /// Tells whether there are none.
    bool empty() const noexcept { return size() == 0; }
    /// Tells whether elements follow one another in row-major order, without a gap.
    bool contiguous() const noexcept { return arrays::contiguous(layout_); }
    /// Points to the first element.
    Element* data() const noexcept { return data_; }
    /// Returns extents and strides as the library keeps them.
    const Layout& layout() const noexcept { return layout_; }

    /// Returns element (i, j, ...), one index an axis.
    template <bool Checked = kChecked, detail::Integer... Index>
    Element& operator()(Index... index) const {
        return data_[offset_of<Checked>(layout_, index...)];
    }
    /// Returns element (i, j, ...) after checking how many indices there are, and each.
    template <detail::Integer... Index>
    Element& at(Index... index) const {
        return data_[offset_of<true>(layout_, index...)];
    }

    /// Takes first, first + step, ... below last along an axis: NumPy's x[first:last:step].
    /// throws   ShapeError where nothing is taken, or last is beyond the axis
    TensorView slice(int axis, std::size_t first, std::size_t last, std::size_t step = 1) const {
        return part(sliced(layout_, axis, first, last, step));
    }
    /// Takes place i along an axis, which is gone then: NumPy's x[i] for axis 0.
    /// throws   ShapeError for an index beyond the axis
    TensorView index(int axis, std::size_t i) const { return part(indexed(layout_, axis, i)); }
    /// Puts the axes in another order: axis k of the result is axis axes[k] here.
    /// throws   ShapeError unless each axis is named once
    TensorView permute(const Axes& axes) const { return {data_, permuted(layout_, axes)}; }
    /// Reverses the order of the axes: NumPy's x.T.
    TensorView transpose() const noexcept { return {data_, transposed(layout_)}; }
    /// Looks at the elements in another shape of as many.
    /// throws   ShapeError where the strides allow no such view: reshape a copy, Tensor<float>(x)
    TensorView reshape(const Shape& shape) const { return {data_, reshaped(layout_, shape)}; }
    /// Drops every axis of length 1.
    TensorView squeeze() const noexcept { return {data_, squeezed(layout_)}; }
    /// Drops one axis.
    /// throws   ShapeError where its length is not 1
    TensorView squeeze(int axis) const { return {data_, squeezed(layout_, axis)}; }
    /// Puts an axis of length 1 where the result shall have it.
    /// throws   ShapeError where there would be more than six
    TensorView expand_dims(int axis) const { return {data_, expanded(layout_, axis)}; }
    /// Repeats axes of length 1, and puts more in front; the result is only read.
    /// throws   ShapeError where the shape is another
    TensorView<const Element> broadcast_to(const Shape& shape) const {
        return {data_, spread(layout_, shape)};
    }

    /// Looks at at most two axes as a matrix: one axis is one row.
    /// throws   ShapeError for more than two axes, or where the elements of a row are not side by side
    MatrixView<Element> matrix() const {
        const MatrixPart part = as_matrix(layout_);
        return {data_, part.rows, part.cols, part.ld};
    }
    /// Converts to matrix().
    operator MatrixView<Element>() const requires(!std::is_const_v<Element>) { return matrix(); }  // NOLINT
    /// Converts to matrix(), which only reads.
    operator MatrixView<const Element>() const { return matrix(); }  // NOLINT

private:
    TensorView part(const Part& part) const noexcept {
        return {data_ == nullptr ? nullptr : data_ + part.offset, part.layout};
    }
    const TensorView& update(Op op, const Operand<std::remove_const_t<Element>>& source) const {
        if constexpr (!std::is_const_v<Element>) {
            update_tensor(op, source, data_, layout_);
        }
        return *this;
    }

    Element* data_ = nullptr;
    Layout layout_{};
};

}  // namespace arrays

using arrays::TensorView;

}  // namespace thalweg
THALWEG_END_PUBLIC
