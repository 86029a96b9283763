// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices as text, as NumPy prints arrays of two axes:
//
//     const Matrix<float> x{{1, 2.5}, {-3, 4}};
//     std::cout << x << '\n';    // [[ 1.   2.5]
//                                //  [-3.   4. ]]
//     to_string(x > 0);          // "[[ True  True]\n [False  True]]"
//
// Elements have as many digits as tell them from their neighbours, at most 8 behind the point; powers of ten
// where one is below 1e-4 or 1e8 (in float 1e6) or more, or the largest more than 1000 times the smallest.
// Lines have 75 characters. Of more than 1000 elements the first and last three of each axis are shown.
//
// Common to all:
// error    shortest digits that make the same number, else rounded once to 8, halves to even
// source   NumPy 2.3: print(x), with its default options
#pragma once

#include <iosfwd>
#include <string>

#include "thalweg/abi.hpp"
#include "thalweg/array.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Writes elements as text, without a newline at the end; true and false for a mask.
/// shape    [rows,cols]; without elements "[]"
std::string to_string(MatrixView<const float> x);
std::string to_string(MatrixView<const double> x);
std::string to_string(Mask<float>&& x);
std::string to_string(Mask<double>&& x);

namespace arrays {

/// Prints to_string(x): a matrix, a view, an expression or a mask. The stream's locale, width and flags are
/// neither used nor changed.
/// shape    [rows,cols]; without elements "[]"
/// throws   std::ios_base::failure where the stream throws it
std::ostream& operator<<(std::ostream& stream, MatrixView<const float> x);
std::ostream& operator<<(std::ostream& stream, MatrixView<const double> x);
std::ostream& operator<<(std::ostream& stream, Mask<float>&& x);
std::ostream& operator<<(std::ostream& stream, Mask<double>&& x);

}  // namespace arrays

}  // namespace thalweg
THALWEG_END_PUBLIC
