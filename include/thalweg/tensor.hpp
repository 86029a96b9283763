// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Arrays of any number of axes up to six: Tensor<Element> owns its elements, TensorView<Element>
// (thalweg/tensor_view.hpp) looks at somebody else's. Element is float or double. Operators, functions and
// reductions are those of matrices, with NumPy's broadcasting (thalweg/array.hpp, thalweg/reductions.hpp).
//
//     const Tensor<float> images({8, 3, 28, 28}, 0.5F);
//     const Tensor<float> bias({3, 1, 1}, {1, 2, 3});
//     const Tensor<float> y = images * 2 + bias;
//     y(7, 2, 0, 0);               // 4
//     sum(y, {0, 2, 3}).size();    // 3
//
// Common to all:
// throws   ShapeError with both shapes, before anything is computed; std::invalid_argument for no such axis
// source   NumPy's arrays
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/array.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/tensor_view.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace arrays {

/// An array that owns its elements: in row-major order (the last axis fastest), without gaps, 64-byte
/// aligned, zero at first. Copying copies the elements, moving is cheap and leaves shape [0] behind, ==
/// compares shapes and values.
/// shape    shape()
template <class Element>
class Tensor {
    static_assert(std::is_same_v<Element, float> || std::is_same_v<Element, double>,
                  "Tensor<Element>: Element is float or double");

public:
    /// Element type, float or double.
    using value_type = Element;

    /// Makes a tensor without elements, of shape [0].
    Tensor() = default;
    /// Makes a tensor of zeros.
    explicit Tensor(const Shape& shape)
        : data_(static_cast<Element*>(allocate_tensor(shape, sizeof(Element), true))),
          layout_(layout_of(shape)) {}
    /// Makes a tensor with every element equal to value.
    Tensor(const Shape& shape, Element value) : Tensor(shape, detail::Uninitialized{}) { fill(value); }
    /// Takes elements in row-major order.
    /// shape    values: as many as the shape has elements
    Tensor(const Shape& shape, std::initializer_list<Element> values)
        : Tensor(shape, detail::Uninitialized{}) {
        if (values.size() != size()) {
            detail::throw_value_count(shape, values.size());
        }
        Element* out = data_;
        for (const Element value : values) {
            *out++ = value;
        }
    }
    Tensor(const Shape& shape, detail::Uninitialized)  // for the library
        : data_(static_cast<Element*>(allocate_tensor(shape, sizeof(Element), false))),
          layout_(layout_of(shape)) {}
    /// Computes an expression; a mask gives ones and zeros.
    Tensor(Expression<Element>&& expression) { assign_shape(expression); }  // NOLINT: a tensor is its value
    Tensor(Mask<Element>&& mask) { assign_shape(mask); }                    // NOLINT: likewise
    Tensor(const Expression<Element>&) = delete;  // an expression is used once: keep eval_tensor()'s tensor
    Tensor(const Mask<Element>&) = delete;        // a mask is used once: keep eval_tensor()'s tensor
    /// Copies what the view shows, in its order of axes.
    explicit Tensor(TensorView<const Element> view) : Tensor(view.shape(), detail::Uninitialized{}) {
        copy_elements(view.data(), view.layout(), data_);
    }
    /// Takes a matrix's elements over, or copies them. matrix() goes back.
    template <class Source>
    requires std::same_as<std::remove_cvref_t<Source>, Matrix<Element>>
    explicit Tensor(Source&& matrix) {  // NOLINT(bugprone-forwarding-reference-overload): of a Matrix only
        Matrix<Element> taken(static_cast<Source&&>(matrix));
        layout_ = layout_of_matrix(taken.rows(), taken.cols(), taken.cols());
        data_ = taken.release();
    }

    /// Draws normally distributed elements: std * rng.randn() in row-major order, in double, then rounded
    /// once.
    static Tensor randn(const Shape& shape, Rng& rng, double std = 1.0) {
        Tensor out(shape);
        detail::fill_randn(out.data_, out.size(), rng, std);
        return out;
    }
    /// Draws elements uniform in [0, 1): rng.uniform() in row-major order, rounded once; in float 1 is
    /// possible.
    static Tensor rand(const Shape& shape, Rng& rng) {
        Tensor out(shape);
        detail::fill_rand(out.data_, out.size(), rng);
        return out;
    }

    /// Copies or moves the elements; a tensor that was moved from has shape [0].
    Tensor(const Tensor& other) : Tensor(other.view()) {}
    Tensor(Tensor&& other) noexcept { swap(other); }
    Tensor& operator=(const Tensor& other) {
        if (this != &other) {
            Tensor copy(other);
            swap(copy);
        }
        return *this;
    }
    Tensor& operator=(Tensor&& other) noexcept {
        Tensor taken(static_cast<Tensor&&>(other));
        swap(taken);
        return *this;
    }
    /// Computes an expression into this tensor, which takes its shape; it may be one of the operands.
    Tensor& operator=(Expression<Element>&& expression) {
        assign_shape(expression);
        return *this;
    }
    Tensor& operator=(Mask<Element>&& mask) {
        assign_shape(mask);
        return *this;
    }
    ~Tensor() {
        if (data_ != nullptr) {
            detail::deallocate(data_);
        }
    }

    /// Copies or computes elements into this tensor, which keeps its shape.
    /// shape    source: one that broadcasts to it
    void assign(const Operand<Element>& source) { view().assign(source); }
    /// Adds in place.
    /// shape    source: one that broadcasts to it
    Tensor& operator+=(const Operand<Element>& source) {
        view() += source;
        return *this;
    }
    /// Subtracts in place.
    /// shape    source: one that broadcasts to it
    Tensor& operator-=(const Operand<Element>& source) {
        view() -= source;
        return *this;
    }
    /// Multiplies in place.
    /// shape    source: one that broadcasts to it
    Tensor& operator*=(const Operand<Element>& source) {
        view() *= source;
        return *this;
    }
    /// Divides in place.
    /// shape    source: one that broadcasts to it
    Tensor& operator/=(const Operand<Element>& source) {
        view() /= source;
        return *this;
    }

    /// Returns the number of axes.
    std::size_t rank() const noexcept { return layout_.rank; }
    /// Returns the lengths of the axes.
    Shape shape() const { return shape_of(layout_); }
    /// Returns the length of an axis; negative axes count from the end.
    std::size_t extent(int axis) const { return view().extent(axis); }
    /// Returns the number of elements; 1 without axes.
    std::size_t size() const noexcept { return layout_.size(); }
    /// Tells whether there are none.
    bool empty() const noexcept { return size() == 0; }
    /// Points to the first element; the others follow in row-major order. nullptr when empty.
    Element* data() noexcept { return data_; }
    const Element* data() const noexcept { return data_; }
    /// Returns extents and strides as the library keeps them.
    const Layout& layout() const noexcept { return layout_; }

    /// Returns element (i, j, ...), one index an axis.
    template <bool Checked = kChecked, detail::Integer... Index>
    Element& operator()(Index... index) {
        return data_[offset_of<Checked>(layout_, index...)];
    }
    template <bool Checked = kChecked, detail::Integer... Index>
    const Element& operator()(Index... index) const {
        return data_[offset_of<Checked>(layout_, index...)];
    }
    /// Returns element (i, j, ...) after checking how many indices there are, and each.
    template <detail::Integer... Index>
    Element& at(Index... index) {
        return data_[offset_of<true>(layout_, index...)];
    }
    template <detail::Integer... Index>
    const Element& at(Index... index) const {
        return data_[offset_of<true>(layout_, index...)];
    }

    /// Returns all of it as a view. Operations that take a view also take a tensor.
    TensorView<Element> view() & noexcept { return {data_, layout_}; }
    TensorView<const Element> view() const& noexcept { return {data_, layout_}; }
    /// Converts to a view; not of a temporary, where nobody would see what is written.
    operator TensorView<Element>() & noexcept { return view(); }  // NOLINT
    /// Converts to a view that only reads.
    operator TensorView<const Element>() const noexcept { return view(); }  // NOLINT

    /// Takes part of an axis, as the view's function of that name; so do the others.
    TensorView<Element> slice(int axis, std::size_t first, std::size_t last, std::size_t step = 1) & {
        return view().slice(axis, first, last, step);
    }
    TensorView<const Element> slice(int axis, std::size_t first, std::size_t last,
                                    std::size_t step = 1) const& {
        return view().slice(axis, first, last, step);
    }
    /// Takes one place along an axis.
    TensorView<Element> index(int axis, std::size_t i) & { return view().index(axis, i); }
    TensorView<const Element> index(int axis, std::size_t i) const& { return view().index(axis, i); }
    /// Puts the axes in another order.
    TensorView<Element> permute(const Axes& axes) & { return view().permute(axes); }
    TensorView<const Element> permute(const Axes& axes) const& { return view().permute(axes); }
    /// Reverses the order of the axes.
    TensorView<Element> transpose() & { return view().transpose(); }
    TensorView<const Element> transpose() const& { return view().transpose(); }
    /// Looks at the elements in another shape of as many.
    TensorView<Element> reshape(const Shape& shape) & { return view().reshape(shape); }
    TensorView<const Element> reshape(const Shape& shape) const& { return view().reshape(shape); }
    /// Drops axes of length 1: all, or one.
    TensorView<Element> squeeze() & { return view().squeeze(); }
    TensorView<const Element> squeeze() const& { return view().squeeze(); }
    TensorView<Element> squeeze(int axis) & { return view().squeeze(axis); }
    TensorView<const Element> squeeze(int axis) const& { return view().squeeze(axis); }
    /// Puts an axis of length 1 where the result shall have it.
    TensorView<Element> expand_dims(int axis) & { return view().expand_dims(axis); }
    TensorView<const Element> expand_dims(int axis) const& { return view().expand_dims(axis); }
    /// Repeats axes of length 1, and puts more in front.
    TensorView<const Element> broadcast_to(const Shape& shape) const& { return view().broadcast_to(shape); }

    /// Looks at at most two axes as a matrix: one axis is one row.
    /// throws   ShapeError for more than two axes
    MatrixView<Element> matrix() & { return view().matrix(); }
    MatrixView<const Element> matrix() const& { return view().matrix(); }
    /// Makes a matrix of at most two axes, which takes the elements over; nothing is copied.
    Matrix<Element> matrix() && {
        const MatrixPart part = as_matrix(layout_);
        Matrix<Element> out(data_, part.rows, part.cols, detail::Taken{});
        data_ = nullptr;
        layout_ = Layout{};
        return out;
    }
    /// Converts to matrix(), as a matrix converts to its view.
    operator MatrixView<Element>() & { return matrix(); }  // NOLINT
    /// Converts to matrix(), which only reads.
    operator MatrixView<const Element>() const { return matrix(); }  // NOLINT

    /// Sets every element.
    void fill(Element value) noexcept {
        for (std::size_t i = 0, count = size(); i < count; ++i) {
            data_[i] = value;
        }
    }

    /// Compares shapes and elements; as with numbers, NaN equals nothing and -0 equals +0.
    friend bool operator==(const Tensor& a, const Tensor& b) noexcept {
        if (a.rank() != b.rank()) {
            return false;
        }
        for (std::size_t i = 0; i < a.rank(); ++i) {
            if (a.layout_.extents[i] != b.layout_.extents[i]) {
                return false;
            }
        }
        for (std::size_t i = 0, count = a.size(); i < count; ++i) {
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
    void swap(Tensor& other) noexcept {
        Element* const data = data_;
        const Layout layout = layout_;
        data_ = other.data_;
        layout_ = other.layout_;
        other.data_ = data;
        other.layout_ = layout;
    }

    Element* data_ = nullptr;
    Layout layout_{};
};

}  // namespace arrays

using arrays::Tensor;

/// Converts a tensor's elements to the other type, as cast() of a matrix does.
/// shape    x, result: alike
/// error    to float: one rounding; a double beyond float's range becomes Inf
template <std::same_as<double> Other, detail::TensorOf<float> Source>
Tensor<double> cast(const Source& x) {
    return detail::tensor_to_double(x);
}
template <std::same_as<float> Other, detail::TensorOf<double> Source>
Tensor<float> cast(const Source& x) {
    return detail::tensor_to_float(x);
}

}  // namespace thalweg
THALWEG_END_PUBLIC
