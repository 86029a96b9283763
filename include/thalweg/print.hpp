// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices and tensors as text, as NumPy prints arrays:
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
#include "thalweg/detail/print.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/tensor.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Writes elements as text, without a newline at the end; true and false for a mask.
/// shape    [rows,cols]; without elements "[]"
std::string to_string(MatrixView<const float> x);
std::string to_string(MatrixView<const double> x);
std::string to_string(Expression<float>&& x);
std::string to_string(Expression<double>&& x);
std::string to_string(Mask<float>&& x);
std::string to_string(Mask<double>&& x);
/// Writes a tensor, or what a view of one shows, with one pair of brackets an axis; without axes the number.
template <detail::AnyTensor Source>
std::string to_string(const Source& x) {
    return detail::tensor_text(x);
}

namespace arrays {

/// Prints to_string(x): a matrix, a tensor, a view, an expression or a mask. The stream's locale, width and
/// flags are neither used nor changed.
/// shape    any number of axes; without elements "[]"
/// throws   std::ios_base::failure where the stream throws it
std::ostream& operator<<(std::ostream& stream, Expression<float>&& x);
std::ostream& operator<<(std::ostream& stream, Expression<double>&& x);
std::ostream& operator<<(std::ostream& stream, MatrixView<const float> x);
std::ostream& operator<<(std::ostream& stream, MatrixView<const double> x);
std::ostream& operator<<(std::ostream& stream, Mask<float>&& x);
std::ostream& operator<<(std::ostream& stream, Mask<double>&& x);
template <thalweg::detail::AnyTensor Source>
std::ostream& operator<<(std::ostream& stream, const Source& x) {
    return thalweg::detail::write_text(stream, thalweg::detail::tensor_text(x));
}

}  // namespace arrays

}  // namespace thalweg
THALWEG_END_PUBLIC
