// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The three errors the library throws. Everything else it reports through values.
#pragma once

#include <stdexcept>

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

}  // namespace thalweg
