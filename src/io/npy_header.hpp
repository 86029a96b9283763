// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The header of the .npy format: magic, version, length, and a Python dictionary as text.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/array_stream.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::io {

struct NpyHeader {
    DType dtype = DType::kFloat64;
    bool swapped = false;  // the file's byte order is not the machine's
    bool fortran_order = false;
    std::vector<std::size_t> shape;
};

// Reads up to the first element.
// throws   IoError naming the offset within the dictionary; object dtypes, for they are pickled
NpyHeader read_npy_header(ArrayStream& stream);

// The bytes that np.save writes before the elements, in C order and the machine's byte order.
std::string npy_header(DType dtype, const std::vector<std::size_t>& shape);

}  // namespace thalweg::io
