// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/print.hpp is made of: the text of a tensor, and its way into a stream.
#pragma once

#include <iosfwd>
#include <string>

#include "thalweg/abi.hpp"
#include "thalweg/tensor.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg::detail {

std::string tensor_text(TensorView<const float> x);
std::string tensor_text(TensorView<const double> x);
// Not formatted by the stream, which would pad it to its width.
std::ostream& write_text(std::ostream& stream, const std::string& text);

}  // namespace thalweg::detail
THALWEG_END_PUBLIC
