// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Row numbers and labels that somebody else wrote.
#pragma once

#include <cstddef>
#include <string>

#include "thalweg/shape.hpp"

namespace thalweg::core {

// Throws "op: name[i] must be below limit, found 7" for the first number that is not in [0, limit).
inline void check_indices(const char* op, const char* name, const Indices& indices, std::size_t limit) {
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const unsigned long long bits = indices.bits(i);
        const bool negative = indices.negative(i);
        if (negative || bits >= limit) {
            throw ShapeError(
                std::string(op) + ": " + name + "[" + std::to_string(i) + "] must be " +
                (negative ? "0 or more" : "below " + std::to_string(limit)) + ", found " +
                (negative ? std::to_string(static_cast<long long>(bits)) : std::to_string(bits)));
        }
    }
}

inline std::size_t index_at(const Indices& indices, std::size_t i) noexcept {
    return static_cast<std::size_t>(indices.bits(i));
}

}  // namespace thalweg::core
