// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npy and .npz put together by hand, sharing nothing with the library: right ones, and ones to break.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "data/files.hpp"

namespace thalweg::test {

// An .npy of this dictionary and these elements, whether they fit or not; version 1 has a length of 2 bytes.
Bytes npy(const std::string& dictionary, const Bytes& elements, int version = 1);

// Two bytes, 7 and 8, in 130.
Bytes small_npy();

// {'descr': descr, 'fortran_order': order, 'shape': shape, } padded as NumPy 1.9 and later do.
std::string dictionary(const std::string& descr, const std::string& order, const std::string& shape);

struct Member {
    std::string name;
    Bytes content;
    bool deflated = false;    // in stored blocks, which any inflater takes
    bool descriptor = false;  // sizes and checksum behind the data, as a writer to a pipe has to
    bool zip64 = false;       // sizes in ZIP64 fields
    Bytes behind = {};        // the data, counted as stored
};

// An archive and where its parts are: what a test wants to break.
struct Archive {
    Bytes bytes;
    std::vector<std::size_t> local;    // headers
    std::vector<std::size_t> data;     // members' first bytes
    std::vector<std::size_t> central;  // directory entries
    std::size_t end = 0;               // end record
    std::size_t end64 = 0;             // ZIP64 end record, its locator 56 bytes on; 0: none
};
Archive zip(const std::vector<Member>& members, bool end64 = false, const std::string& comment = "");

// Overwrites `count` bytes with a little-endian value.
void poke(Bytes& bytes, std::size_t offset, std::uint64_t value, int count);

}  // namespace thalweg::test
