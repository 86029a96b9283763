// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the files of this folder know about element types and shapes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "thalweg/npy.hpp"

namespace thalweg::io {

inline constexpr std::size_t kMostDimensions = 6;

std::size_t element_bytes(DType dtype) noexcept;

// As Python writes a tuple: "()", "(3,)", "(3, 4)".
std::string shape_text(const std::vector<std::size_t>& shape);

// Bytes of all elements; none when no memory could hold them. A zero anywhere makes it zero, whatever the
// others would multiply to.
std::optional<std::size_t> total_bytes(DType dtype, const std::vector<std::size_t>& shape) noexcept;

}  // namespace thalweg::io
