// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Recording of programs that read tensors. Every leaf has strides there, counted from the last axis, so that
// broadcasting is a stride of 0.
#pragma once

#include <cstddef>

#include "thalweg/array.hpp"
#include "thalweg/tensor.hpp"

namespace thalweg::ops {

// Strides of a matrix's leaf.
template <class T>
arrays::Strides strides_of(const arrays::Leaf<T>& leaf) noexcept {
    return {{leaf.cols == 1 ? 0 : std::size_t{1}, leaf.rows == 1 ? 0 : leaf.ld, 0, 0, 0, 0}};
}
arrays::Strides strides_of(const arrays::Layout& layout) noexcept;
arrays::Extents extents_of(const arrays::Layout& layout) noexcept;
// Row-major, without gaps.
arrays::Layout layout_of(const arrays::Extents& extents) noexcept;

[[noreturn]] void throw_no_matrix(const arrays::Extents& extents);

// Takes an operand in; `condition` where a mask is wanted as such.
// throws   ShapeError where shapes do not go together, or make more than memory can address
void record_wide(arrays::Program<float>& program, const char* name, const Operand<float>& operand,
                 bool condition);
void record_wide(arrays::Program<double>& program, const char* name, const Operand<double>& operand,
                 bool condition);

// "+=" of Op::kAdd, and so on.
const char* name_of(arrays::Op op) noexcept;

// Whether a program of one shape may be written to another: alike, or 1 or missing there.
bool broadcasts(const arrays::Extents& from, const arrays::Extents& to) noexcept;

}  // namespace thalweg::ops
