// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npy files: the input is the file. What was read is written, read again, and turned into everything it
// might be used as.
#include "fuzz.hpp"
#include "io/npy_header.hpp"
#include "npy_uses.hpp"
#include "thalweg/npy.hpp"

using namespace thalweg;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz::MemoryFile file;
    file.write({data, size});
    NpyArray array;
    const bool read = fuzz::reads([&] { array = load_npy(file.path()); });
    const bool in_memory = fuzz::reads(
        [&] { fuzz::require(load_npy(std::span(data, size), "memory") == array, "in memory as in a file"); });
    fuzz::require(in_memory == read, "in memory as in a file");
    if (!read) {
        return 0;
    }
    fuzz::require(array.bytes().size() <= size, "no more elements than the file has bytes");
    fuzz::use(array);
    const std::string header = io::npy_header(array.dtype(), array.shape());
    fuzz::Bytes written(header.begin(), header.end());
    written.insert(written.end(), array.bytes().begin(), array.bytes().end());
    file.write(written);
    const bool again = fuzz::reads(
        [&] { fuzz::require(load_npy(file.path()) == array, "what is written reads back the same"); });
    fuzz::require(again, "what is written can be read");
    return 0;
}
