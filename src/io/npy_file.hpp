// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One array from and to the .npy format, in a file or in a zip member.
#pragma once

#include <string>

#include "io/array_stream.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::io {

// Reads the array and everything behind it that has to be right: the end, the checksum.
NpyArray read_npy(ArrayStream& stream);

}  // namespace thalweg::io
