// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Shapes, and views of tensors: each is computed from extents and strides alone.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/shape_check.hpp"
#include "thalweg/tensor.hpp"

namespace thalweg {
namespace detail {

void throw_negative(long long extent) {
    throw ShapeError("Shape: a length must not be negative, found " + std::to_string(extent));
}

void throw_tensor_index(std::size_t axis, std::size_t index, std::size_t extent) {
    throw ShapeError("(i, j, ...): index " + std::to_string(axis) + " must be below " +
                     std::to_string(extent) + ", found " + check::size_text(index));
}

void throw_index_count(std::size_t expected, std::size_t found) {
    throw ShapeError("(i, j, ...): expected " + std::to_string(expected) + " indices, one an axis, found " +
                     std::to_string(found));
}

void throw_value_count(const Shape& shape, std::size_t found) {
    throw ShapeError("Tensor: expected " + std::to_string(shape.size()) + " values for " +
                     check::shape_text(arrays::layout_of(shape)) + ", found " + std::to_string(found));
}

}  // namespace detail

namespace arrays {

void Shape::check() {
    if (rank_ > kMostAxes) {
        throw ShapeError("Shape: at most " + std::to_string(kMostAxes) + " axes, found " +
                         std::to_string(rank_));
    }
    if (std::find(begin(), end(), std::size_t{0}) != end()) {
        return;
    }
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 2 / sizeof(double);
    std::size_t size = 1;
    for (const std::size_t extent : *this) {
        if (extent > kMost / size) {
            throw ShapeError("Shape: " + check::shape_text(layout_of(*this)) +
                             " has more elements than memory can address");
        }
        size *= extent;
    }
}

void Axes::check() const {
    if (count_ > kMostAxes) {
        throw ShapeError("Axes: at most " + std::to_string(kMostAxes) + ", found " + std::to_string(count_));
    }
}

namespace {

// Row-major strides.
void lay_out(Layout& layout) noexcept {
    std::size_t stride = 1;
    for (std::size_t i = layout.rank; i-- > 0;) {
        layout.strides[i] = stride;
        stride *= layout.extents[i];
    }
}

void check_rank(const char* name, std::size_t rank) {
    if (rank > kMostAxes) {
        throw ShapeError(std::string(name) + ": at most " + std::to_string(kMostAxes) + " axes, found " +
                         std::to_string(rank));
    }
}

void put(Layout& layout, std::size_t extent, std::size_t stride) noexcept {
    layout.extents[layout.rank] = extent;
    layout.strides[layout.rank] = stride;
    ++layout.rank;
}

Layout none() noexcept {
    Layout layout;
    layout.rank = 0;
    return layout;
}

Layout without(const Layout& layout, std::size_t axis) noexcept {
    Layout out = none();
    for (std::size_t i = 0; i < layout.rank; ++i) {
        if (i != axis) {
            put(out, layout.extents[i], layout.strides[i]);
        }
    }
    return out;
}

}  // namespace

Layout layout_of(const Shape& shape) noexcept {
    Layout layout;
    layout.rank = std::min(shape.rank(), kMostAxes);  // more only in a message
    std::copy_n(shape.begin(), layout.rank, layout.extents);
    lay_out(layout);
    return layout;
}

Layout layout_of_matrix(std::size_t rows, std::size_t cols, std::size_t ld) noexcept {
    Layout layout = none();
    put(layout, rows, ld);
    put(layout, cols, 1);
    return layout;
}

Shape shape_of(const Layout& layout) {
    struct Range {
        using value_type = std::size_t;
        const std::size_t* first;
        const std::size_t* last;
        const std::size_t* begin() const noexcept { return first; }
        const std::size_t* end() const noexcept { return last; }
    };
    return Shape(Range{layout.extents, layout.extents + layout.rank});
}

bool contiguous(const Layout& layout) noexcept {
    std::size_t stride = 1;
    bool gaps = false;
    for (std::size_t i = layout.rank; i-- > 0;) {
        if (layout.extents[i] == 0) {
            return true;
        }
        gaps = gaps || (layout.extents[i] != 1 && layout.strides[i] != stride);
        stride *= layout.extents[i];
    }
    return !gaps;
}

std::size_t axis_of(const char* name, int axis, std::size_t rank) {
    const auto count = static_cast<int>(rank);
    if (axis < -count || axis >= count) {
        throw std::invalid_argument(std::string(name) + ": " +
                                    (count == 0 ? "there is no axis"
                                                : "axis must be from " + std::to_string(-count) + " to " +
                                                      std::to_string(count - 1)) +
                                    ", found " + std::to_string(axis));
    }
    return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

Part sliced(const Layout& layout, int axis, std::size_t first, std::size_t last, std::size_t step) {
    const std::size_t i = axis_of("slice", axis, layout.rank);
    if (step == 0) {
        throw ShapeError("slice: step must be at least 1, found 0");
    }
    if (last > layout.extents[i]) {
        throw ShapeError("slice: last must be at most " + std::to_string(layout.extents[i]) + ", found " +
                         std::to_string(last));
    }
    if (first >= last) {
        throw ShapeError("slice: first must be below last, found " + std::to_string(first) + " and " +
                         std::to_string(last));
    }
    Part part{layout, first * layout.strides[i]};
    part.layout.extents[i] = (last - first - 1) / step + 1;
    // One element has no next one.
    part.layout.strides[i] = part.layout.extents[i] == 1 ? layout.strides[i] : layout.strides[i] * step;
    return part;
}

Part indexed(const Layout& layout, int axis, std::size_t i) {
    const std::size_t from = axis_of("index", axis, layout.rank);
    if (i >= layout.extents[from]) {
        throw ShapeError("index: i must be below " + std::to_string(layout.extents[from]) + ", found " +
                         std::to_string(i));
    }
    return {without(layout, from), i * layout.strides[from]};
}

Layout permuted(const Layout& layout, const Axes& axes) {
    if (axes.size() != layout.rank) {
        throw ShapeError("permute: expected " + std::to_string(layout.rank) + " axes, each once, found " +
                         std::to_string(axes.size()));
    }
    Layout out = none();
    bool taken[kMostAxes] = {};
    for (std::size_t k = 0; k < axes.size(); ++k) {
        const std::size_t i = axis_of("permute", axes[k], layout.rank);
        if (taken[i]) {
            throw ShapeError("permute: expected each axis once, found axis " + std::to_string(i) + " twice");
        }
        taken[i] = true;
        put(out, layout.extents[i], layout.strides[i]);
    }
    return out;
}

Layout transposed(const Layout& layout) noexcept {
    Layout out = none();
    for (std::size_t i = layout.rank; i-- > 0;) {
        put(out, layout.extents[i], layout.strides[i]);
    }
    return out;
}

namespace {

// The axes that have more than one element, neighbours made one where the strides allow it.
Layout merged(const Layout& layout) noexcept {
    Layout out = none();
    for (std::size_t i = 0; i < layout.rank; ++i) {
        if (layout.extents[i] == 1) {
            continue;
        }
        if (out.rank != 0 && out.strides[out.rank - 1] == layout.extents[i] * layout.strides[i]) {
            out.extents[out.rank - 1] *= layout.extents[i];
            out.strides[out.rank - 1] = layout.strides[i];
        } else {
            put(out, layout.extents[i], layout.strides[i]);
        }
    }
    return out;
}

}  // namespace

Layout reshaped(const Layout& layout, const Shape& shape) {
    Layout out = layout_of(shape);
    if (shape.size() != layout.size()) {
        throw ShapeError("reshape: expected a shape of " + std::to_string(layout.size()) + " elements as " +
                         check::shape_text(layout) + " has, found " + check::shape_text(out));
    }
    if (layout.size() == 0) {
        return out;
    }
    // Each axis of what is there is cut into axes of the new shape, the last one first.
    const Layout whole = merged(layout);
    std::size_t axis = whole.rank;
    std::size_t left = 1;  // of the axis that is being cut
    std::size_t stride = 1;
    for (std::size_t i = out.rank; i-- > 0;) {
        if (out.extents[i] == 1) {
            out.strides[i] = stride;
            continue;
        }
        if (left == 1) {
            --axis;
            left = whole.extents[axis];
            stride = whole.strides[axis];
        }
        if (left % out.extents[i] != 0) {
            throw ShapeError("reshape: the elements of " + check::shape_text(layout) +
                             " do not lie so that a view of shape " + check::shape_text(out) +
                             " could show them; reshape a copy, Tensor<float>(x)");
        }
        out.strides[i] = stride;
        left /= out.extents[i];
        stride *= out.extents[i];
    }
    return out;
}

Layout squeezed(const Layout& layout) noexcept {
    Layout out = none();
    for (std::size_t i = 0; i < layout.rank; ++i) {
        if (layout.extents[i] != 1) {
            put(out, layout.extents[i], layout.strides[i]);
        }
    }
    return out;
}

Layout squeezed(const Layout& layout, int axis) {
    const std::size_t i = axis_of("squeeze", axis, layout.rank);
    if (layout.extents[i] != 1) {
        throw ShapeError("squeeze: axis " + std::to_string(i) + " must have length 1, found " +
                         check::shape_text(layout));
    }
    return without(layout, i);
}

Layout expanded(const Layout& layout, int axis) {
    check_rank("expand_dims", layout.rank + 1);
    const std::size_t at = axis_of("expand_dims", axis, layout.rank + 1);
    Layout out = none();
    for (std::size_t i = 0; i <= layout.rank; ++i) {
        if (i == at) {
            put(out, 1, 1);
        }
        if (i < layout.rank) {
            put(out, layout.extents[i], layout.strides[i]);
        }
    }
    return out;
}

Layout spread(const Layout& layout, const Shape& shape) {
    Layout out = layout_of(shape);
    bool fits = layout.rank <= out.rank;
    for (std::size_t k = 0; k < out.rank && fits; ++k) {
        const std::size_t to = out.rank - 1 - k;
        const bool there = k < layout.rank;
        const std::size_t from = there ? layout.rank - 1 - k : 0;
        const bool alike = there && layout.extents[from] == out.extents[to];
        fits = alike || !there || layout.extents[from] == 1;
        out.strides[to] = alike ? layout.strides[from] : 0;
    }
    if (!fits) {
        throw ShapeError("broadcast_to: " + check::shape_text(layout) +
                         " must be 1 or missing where it is not as " + check::shape_text(layout_of(shape)));
    }
    return out;
}

MatrixPart as_matrix(const Layout& layout) {
    if (layout.rank > 2) {
        throw ShapeError("a matrix has two axes, found a tensor " + check::shape_text(layout));
    }
    const std::size_t cols = layout.rank == 0 ? 1 : layout.extents[layout.rank - 1];
    const std::size_t rows = layout.rank < 2 ? 1 : layout.extents[0];
    if (cols > 1 && rows != 0 && layout.strides[layout.rank - 1] != 1) {
        throw ShapeError("a matrix has the elements of a row side by side, found a tensor " +
                         check::shape_text(layout) + " whose are " +
                         std::to_string(layout.strides[layout.rank - 1]) +
                         " apart; copy it, Tensor<float>(x)");
    }
    const std::size_t ld = layout.rank == 2 && rows > 1 ? layout.strides[0] : cols;
    if (ld < cols) {
        throw ShapeError("a matrix has rows apart, found a tensor " + check::shape_text(layout) +
                         " that repeats one; copy it, Tensor<float>(x)");
    }
    return {rows, cols, ld};
}

void* allocate_tensor(const Shape& shape, std::size_t element_bytes, bool zeroed) {
    return zeroed ? detail::allocate_zeroed(1, shape.size(), element_bytes)
                  : detail::allocate(1, shape.size(), element_bytes);
}

}  // namespace arrays
}  // namespace thalweg
