// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The elements behind the header: byte order and Fortran order become the machine's and C.
#include "io/npy_file.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include "io/atomic_file.hpp"
#include "io/npy_array.hpp"
#include "io/npy_header.hpp"

namespace thalweg {
namespace io {
namespace {

template <std::size_t Width>
void reverse_each(std::span<std::uint8_t> bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += Width) {
        std::reverse(bytes.data() + i, bytes.data() + i + Width);
    }
}

void swap_byte_order(std::size_t width, std::span<std::uint8_t> bytes) {
    if (width == 2) {
        reverse_each<2>(bytes);
    } else if (width == 4) {
        reverse_each<4>(bytes);
    } else {
        reverse_each<8>(bytes);
    }
}

template <std::size_t Width>
void transpose_elements(std::size_t rows, std::size_t cols, const std::uint8_t* in, std::uint8_t* out) {
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < cols; ++j) {
            std::memcpy(out + (i * cols + j) * Width, in + (j * rows + i) * Width, Width);
        }
    }
}

// Column after column becomes row after row.
void to_c_order(std::size_t rows, std::size_t cols, std::size_t width, std::span<const std::uint8_t> in,
                std::span<std::uint8_t> out) {
    switch (width) {
        case 1:
            return transpose_elements<1>(rows, cols, in.data(), out.data());
        case 2:
            return transpose_elements<2>(rows, cols, in.data(), out.data());
        case 4:
            return transpose_elements<4>(rows, cols, in.data(), out.data());
        default:
            return transpose_elements<8>(rows, cols, in.data(), out.data());
    }
}

}  // namespace

NpyArray read_npy(ArrayStream& stream) {
    const NpyHeader header = read_npy_header(stream);
    const std::uint64_t begin = stream.offset();
    constexpr int kMostBits = std::numeric_limits<std::ptrdiff_t>::digits;
    const std::optional<std::size_t> promised = total_bytes(header.dtype, header.shape);
    const std::string meaning =
        std::string(name(header.dtype)) + " elements of shape " + shape_text(header.shape);
    if (!promised || *promised != stream.rest()) {
        stream.fail(begin,
                    (promised ? std::to_string(*promised) : "more than 2^" + std::to_string(kMostBits)) +
                        " bytes of " + meaning,
                    std::to_string(stream.rest()));
    }
    std::vector<std::uint8_t> bytes = stream.read(*promised, meaning);
    stream.finish();
    if (header.dtype == DType::kBool) {
        const auto bad = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte > 1; });
        if (bad != bytes.end()) {
            stream.fail(begin + static_cast<std::uint64_t>(bad - bytes.begin()), "a bool, 0 or 1",
                        std::to_string(*bad));
        }
    }
    const std::size_t width = element_bytes(header.dtype);
    if (header.swapped) {
        swap_byte_order(width, bytes);
    }
    // An array without elements may have any number of empty rows.
    if (header.fortran_order && header.shape.size() == 2 && !bytes.empty()) {
        std::vector<std::uint8_t> rows(bytes.size());
        to_c_order(header.shape[0], header.shape[1], width, bytes, rows);
        bytes = std::move(rows);
    }
    return {header.dtype, header.shape, std::move(bytes)};
}

}  // namespace io

NpyArray load_npy(const std::string& path) {
    const io::InputFile file(path);
    io::ArrayStream stream(file);
    NpyArray array = io::read_npy(stream);
    file.check_unchanged();
    return array;
}

void save_npy(const std::string& path, const NpyArray& array) {
    io::AtomicFile file(path);
    file.write(io::npy_header(array.dtype(), array.shape()));
    file.write(array.bytes());
    file.commit();
}

}  // namespace thalweg
