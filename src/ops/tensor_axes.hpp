// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The axes of a wide program as a loop sees them: those that have one element are gone, the others stand in
// the order of the result's strides, and neighbours that every operand passes through in one go are one.
#pragma once

#include <cstddef>

#include "ops/wide.hpp"

namespace thalweg::ops {

// Axis k, from the innermost: so many elements, as far apart as along axis `of[k]` of the program, counted
// from the last one.
struct Merged {
    std::size_t count = 0;
    std::size_t extents[arrays::kMostAxes];
    std::size_t of[arrays::kMostAxes];
};

// Of `count` operands and the result, over the result's extents. At least one axis.
Merged merged_axes(const arrays::Extents& extents, const arrays::Strides& out,
                   const arrays::Strides* operands, std::size_t count) noexcept;

// A wide program as one over elements that follow one another, or false where there is none.
bool flatten(const arrays::Program<float>& wide, arrays::Program<float>& flat);
bool flatten(const arrays::Program<double>& wide, arrays::Program<double>& flat);

}  // namespace thalweg::ops
