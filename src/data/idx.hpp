// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// load_idx for a reader that knows what must be in the file.
#pragma once

#include <cstddef>
#include <string>

#include "data/byte_reader.hpp"
#include "thalweg/images.hpp"

namespace thalweg::data {

// dimensions: how many there must be; 0: 1 to 4. content completes the message when the magic number is
// another: "magic number 2051 (images)".
IdxFile read_idx(ByteReader& reader, std::size_t dimensions, const std::string& content);

}  // namespace thalweg::data
