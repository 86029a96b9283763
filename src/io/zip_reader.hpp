// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The directory of a zip file: which members there are and where their bytes lie.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/input_file.hpp"

namespace thalweg::io {

struct ZipEntry {
    std::string name;
    bool deflated = false;
    std::uint32_t crc = 0;
    std::uint64_t stored_bytes = 0;  // in the file
    std::uint64_t bytes = 0;         // inflated
    std::uint64_t directory_offset = 0;
    std::uint64_t header_offset = 0;  // of the local header
    std::uint64_t data_offset = 0;
    std::string error;  // why this member cannot be read; the others can
};

// In the directory's order. What comes back has been held against the file: every member without an error
// lies inside it before the directory, no two share a byte, and none claims to be larger than deflate can
// make it.
// throws   IoError where the directory itself is broken or members overlap
std::vector<ZipEntry> read_zip_directory(const InputFile& file);

}  // namespace thalweg::io
