// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// IDX files as load_idx() and MNIST's loader read them: the input is the file.
#include <algorithm>

#include "data/idx.hpp"
#include "fuzz.hpp"
#include "thalweg/images.hpp"

using namespace thalweg;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz::MemoryFile file;
    const std::span<const std::uint8_t> bytes(data, size);
    file.write(bytes);
    IdxFile idx;
    const bool read = fuzz::reads([&] { idx = load_idx(file.path()); });
    const bool in_memory = fuzz::reads([&] {
        const IdxFile again = load_idx(bytes, "memory");
        fuzz::require(again.shape == idx.shape && again.values == idx.values, "in memory as in a file");
    });
    fuzz::require(in_memory == read, "in memory as in a file");
    if (!read) {
        return 0;
    }
    std::size_t product = 1;
    for (const std::size_t length : idx.shape) {
        product *= length;
    }
    fuzz::require(product == idx.values.size(), "as many values as the shape says");
    fuzz::require(!idx.shape.empty() && idx.shape.size() <= 4, "1 to 4 dimensions");
    const bool gzip = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
    fuzz::require(gzip || (size == 4 + 4 * idx.shape.size() + product &&
                           std::equal(idx.values.begin(), idx.values.end(), data + (size - product))),
                  "the values are the file's last bytes");
    for (const std::size_t dimensions : {1U, 3U}) {
        const bool same = fuzz::reads([&] {
            data::ByteReader reader(file.path());
            const IdxFile again = data::read_idx(reader, dimensions, "images");
            fuzz::require(again.shape == idx.shape && again.values == idx.values, "read twice, the same");
        });
        fuzz::require(same == (idx.shape.size() == dimensions), "the number of dimensions is checked");
    }
    return 0;
}
