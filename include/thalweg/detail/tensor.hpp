// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/tensor.hpp is made of: shapes, lists of axes, and where the elements of a view lie.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/program.hpp"
#include "thalweg/error.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace arrays {

template <class Element>
class Matrix;
template <class Element>
class Operand;
template <class Element>
class Tensor;
template <class Element>
class TensorView;
class Shape;

}  // namespace arrays

namespace detail {

// Thrown in the library, like throw_index.
[[noreturn]] void throw_value_count(const arrays::Shape& shape, std::size_t found);
[[noreturn]] void throw_negative(long long extent);
[[noreturn]] void throw_tensor_index(std::size_t axis, std::size_t index, std::size_t extent);
[[noreturn]] void throw_index_count(std::size_t expected, std::size_t found);

template <class Type>
concept Integer = std::integral<Type> && !std::is_same_v<Type, bool>;

template <class Type>
struct ElementOfTensor {};
template <class Element>
struct ElementOfTensor<arrays::Tensor<Element>> {
    using Value = Element;
};
template <class Element>
struct ElementOfTensor<arrays::TensorView<Element>> {
    using Value = std::remove_const_t<Element>;
};
// A tensor or a view of one: not what converts to it.
template <class Type>
concept AnyTensor = requires {
    typename ElementOfTensor<std::remove_cvref_t<Type>>::Value;
};
template <class Type, class Element>
concept TensorOf =
    AnyTensor<Type> && std::is_same_v<typename ElementOfTensor<std::remove_cvref_t<Type>>::Value, Element>;

// cast<Other>(x)
arrays::Tensor<double> tensor_to_double(const arrays::Operand<float>& x);
arrays::Tensor<float> tensor_to_float(const arrays::Operand<double>& x);

}  // namespace detail

namespace arrays {

/// One length of a Shape: any integer, checked not to be negative.
class Extent {
public:
    template <detail::Integer Number>
    Extent(Number value) : value_(static_cast<std::size_t>(value)) {  // NOLINT(google-explicit-constructor)
        if constexpr (std::is_signed_v<Number>) {
            if (value < 0) {
                detail::throw_negative(static_cast<long long>(value));
            }
        }
    }
    std::size_t value() const noexcept { return value_; }

private:
    std::size_t value_;
};

/// The lengths of an array's axes, at most six: {2, 3, 4}, or any std::vector, std::array or std::span of
/// integers. Without axes it is that of one number.
/// throws   ShapeError for more than six axes, a negative length, or more elements than memory can address
class Shape {
public:
    /// Makes the shape of one number.
    Shape() = default;
    /// Takes the lengths of a braced list.
    Shape(std::initializer_list<Extent> extents) {  // NOLINT(google-explicit-constructor): a parameter type
        for (const Extent& extent : extents) {
            add(extent.value());
        }
        check();
    }
    /// Takes lengths that lie side by side.
    template <class Range>
    requires detail::Integer<typename Range::value_type> Shape(const Range& extents)  // NOLINT: likewise
    {
        for (const auto& extent : extents) {
            add(Extent(extent).value());
        }
        check();
    }

    /// Returns the number of axes.
    std::size_t rank() const noexcept { return rank_; }
    /// Returns the number of elements; 1 without axes.
    std::size_t size() const noexcept {
        std::size_t size = 1;
        for (std::size_t i = 0; i < rank_; ++i) {
            size *= extents_[i];
        }
        return size;
    }
    /// Returns the length of an axis, counted from the first.
    std::size_t operator[](std::size_t axis) const noexcept { return extents_[axis]; }
    /// Points to the first length.
    const std::size_t* begin() const noexcept { return extents_; }
    /// Points past the last length.
    const std::size_t* end() const noexcept { return extents_ + rank_; }
    /// Compares all lengths.
    friend bool operator==(const Shape& a, const Shape& b) noexcept {
        for (std::size_t i = 0; i < kMostAxes; ++i) {
            if (a.extents_[i] != b.extents_[i]) {
                return false;
            }
        }
        return a.rank_ == b.rank_;
    }

private:
    void add(std::size_t extent) noexcept {
        if (rank_ < kMostAxes) {
            extents_[rank_] = extent;
        }
        ++rank_;
    }
    void check();

    std::size_t rank_ = 0;
    std::size_t extents_[kMostAxes] = {};
};

/// Axes by their numbers: {0, 2}, or any std::vector, std::array or std::span of int. Negative ones count
/// from the end.
/// throws   ShapeError for more than six
class Axes {
public:
    /// Takes the numbers of a braced list.
    Axes(std::initializer_list<int> axes) {  // NOLINT(google-explicit-constructor): a parameter type
        for (const int axis : axes) {
            add(axis);
        }
        check();
    }
    /// Takes numbers that lie side by side.
    template <class Range>
    requires std::same_as<typename Range::value_type, int> Axes(const Range& axes)  // NOLINT: likewise
    {
        for (const int axis : axes) {
            add(axis);
        }
        check();
    }

    /// Returns how many there are.
    std::size_t size() const noexcept { return count_; }
    /// Returns one of them, as it was given.
    int operator[](std::size_t i) const noexcept { return axes_[i]; }

private:
    void add(int axis) noexcept {
        if (count_ < kMostAxes) {
            axes_[count_] = axis;
        }
        ++count_;
    }
    void check() const;

    std::size_t count_ = 0;
    int axes_[kMostAxes] = {};
};

/// Where elements lie: (i, j, ...) at i * strides[0] + j * strides[1] + ... from the first. Strides behind
/// the last axis are 0.
struct Layout {
    std::size_t rank = 1;
    std::size_t extents[kMostAxes] = {};
    std::size_t strides[kMostAxes] = {};

    std::size_t size() const noexcept {
        std::size_t size = 1;
        for (std::size_t i = 0; i < rank; ++i) {
            size *= extents[i];
        }
        return size;
    }
};

/// What a view of a layout is: its own layout, and how far its first element is from that of the other.
struct Part {
    Layout layout;
    std::size_t offset = 0;
};

/// Two axes of a layout as rows and columns.
struct MatrixPart {
    std::size_t rows;
    std::size_t cols;
    std::size_t ld;
};

// How far element (i, j, ...) is from the first.
template <bool Checked, detail::Integer... Index>
std::size_t offset_of(const Layout& layout, Index... index) {
    static_assert(sizeof...(Index) <= kMostAxes, "an array has at most six axes");
    if (Checked && sizeof...(Index) != layout.rank) {
        detail::throw_index_count(layout.rank, sizeof...(Index));
    }
    std::size_t offset = 0;
    [[maybe_unused]] std::size_t axis = 0;
    [[maybe_unused]] const auto add = [&](std::size_t i) {
        if (Checked && i >= layout.extents[axis]) {
            detail::throw_tensor_index(axis, i, layout.extents[axis]);
        }
        offset += i * layout.strides[axis++];
    };
    (add(static_cast<std::size_t>(index)), ...);
    return offset;
}

// In the library (core/layout.cpp). Each throws ShapeError for what there is not.
Layout layout_of(const Shape& shape) noexcept;
Layout layout_of_matrix(std::size_t rows, std::size_t cols, std::size_t ld) noexcept;
Shape shape_of(const Layout& layout);
bool contiguous(const Layout& layout) noexcept;
std::size_t axis_of(const char* name, int axis, std::size_t rank);
Part sliced(const Layout& layout, int axis, std::size_t first, std::size_t last, std::size_t step);
Part indexed(const Layout& layout, int axis, std::size_t i);
Layout permuted(const Layout& layout, const Axes& axes);
Layout transposed(const Layout& layout) noexcept;
Layout reshaped(const Layout& layout, const Shape& shape);
Layout squeezed(const Layout& layout) noexcept;
Layout squeezed(const Layout& layout, int axis);
Layout expanded(const Layout& layout, int axis);
Layout spread(const Layout& layout, const Shape& shape);
MatrixPart as_matrix(const Layout& layout);
// Allocated by Matrix's allocate(): all of a shape's elements.
void* allocate_tensor(const Shape& shape, std::size_t element_bytes, bool zeroed);
void copy_elements(const float* from, const Layout& layout, float* to);
void copy_elements(const double* from, const Layout& layout, double* to);

}  // namespace arrays

using arrays::Axes;
using arrays::Shape;

}  // namespace thalweg
THALWEG_END_PUBLIC
