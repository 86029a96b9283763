// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The four errors the library throws. Everything else it reports through values.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Operands that do not fit each other: shapes, overlapping memory, labels out of range.
/// The message names the operation, what was expected and what was found.
class ShapeError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// Outside bytes that cannot be used: a missing, unreadable, truncated or malformed file.
/// The message names the path, the place, what was expected and what was found.
class IoError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A SIMD level that is unknown or cannot run here. The message lists those that can.
class SimdError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A difference quotient that cannot be formed: the step is lost in x, or x or f is not finite.
/// The message names the operation, the variable, its value, and the step or the side.
class DifferenceError : public std::invalid_argument {
public:
    /// With the message and the variable it is about.
    /// threads  as any value
    /// throws   std::bad_alloc
    DifferenceError(const std::string& message, std::size_t coordinate)
        : std::invalid_argument(message), coordinate_(coordinate) {}
    /// Which variable; 0 for a function of one.
    std::size_t coordinate() const noexcept { return coordinate_; }

private:
    std::size_t coordinate_;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
