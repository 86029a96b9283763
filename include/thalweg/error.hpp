// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The exceptions the library throws, besides std::invalid_argument for an option and std::bad_alloc. A
// message is one line: what, where, expected, found.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

// Where their tables of virtual functions lie is the compilers' business.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wweak-vtables"
#endif

/// Operands that do not fit each other: shapes, overlapping memory, labels out of range. The message names
/// the operation.
class ShapeError : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

/// A file that cannot be used: missing, unreadable, truncated or malformed. The message names the path and
/// the place in the file.
class IoError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// An instruction set that is unknown or cannot run here. The message lists those that can.
class SimdError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A difference quotient that cannot be formed: the step is lost in x, x or f is not finite, or bounds leave
/// no room. Or a complex step of an f that is not analytic. The message names the operation, the variable,
/// its value, and the step or the side.
class DifferenceError : public std::invalid_argument {
public:
    /// Takes the message and the index of the variable.
    DifferenceError(const std::string& message, std::size_t coordinate)
        : std::invalid_argument(message), coordinate_(coordinate) {}
    /// Returns the index of the variable; 0 for a function of one.
    std::size_t coordinate() const noexcept { return coordinate_; }

private:
    std::size_t coordinate_;
};

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

}  // namespace thalweg
THALWEG_END_PUBLIC
