// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The elements behind the header: byte order and Fortran order become the machine's and C.
#include "io/npy_file.hpp"

#include <algorithm>
#include <array>
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

// The element of index (i0, i1, ...) lies at i0 + i1 * n0 + i2 * n0 * n1 + ... of `in`. `out` is written
// front to back: `at` follows the index of the row, whose elements are `stride` apart.
template <std::size_t Width>
void transpose_elements(const std::vector<std::size_t>& shape, std::span<const std::uint8_t> in,
                        std::uint8_t* out) {
    const std::size_t last = shape.size() - 1;
    const std::size_t stride = in.size() / Width / shape[last];
    std::array<std::size_t, kMostDimensions> index{};
    std::size_t at = 0;
    for (std::size_t row = 0; row < stride; ++row) {
        for (std::size_t j = 0; j < shape[last]; ++j, out += Width) {
            std::memcpy(out, in.data() + (at + j * stride) * Width, Width);
        }
        std::size_t step = stride;
        for (std::size_t axis = last; axis-- > 0;) {
            step /= shape[axis];
            at += step;
            if (++index[axis] < shape[axis]) {
                break;
            }
            at -= shape[axis] * step;
            index[axis] = 0;
        }
    }
}

// The first index running fastest becomes the last one running fastest.
std::vector<std::uint8_t> in_c_order(const std::vector<std::size_t>& shape, std::size_t width,
                                     std::span<const std::uint8_t> in) {
    std::vector<std::uint8_t> out(in.size());
    switch (width) {
        case 1:
            transpose_elements<1>(shape, in, out.data());
            break;
        case 2:
            transpose_elements<2>(shape, in, out.data());
            break;
        case 4:
            transpose_elements<4>(shape, in, out.data());
            break;
        default:
            transpose_elements<8>(shape, in, out.data());
    }
    return out;
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
    if (header.fortran_order && header.shape.size() > 1 && !bytes.empty()) {
        bytes = in_c_order(header.shape, width, bytes);
    }
    return {header.dtype, header.shape, std::move(bytes)};
}

}  // namespace io

NpyArray load_npy(const std::string& path) {
    const io::InputFile file(path, io::Pipes::kRead);
    io::ArrayStream stream(file);
    NpyArray array = io::read_npy(stream);
    file.check_unchanged();
    return array;
}

NpyArray load_npy(std::span<const std::uint8_t> bytes, const std::string& name) {
    const io::InputFile file(name, bytes);
    io::ArrayStream stream(file);
    return io::read_npy(stream);
}

void save_npy(const std::string& path, const NpyArray& array) {
    io::AtomicFile file(path);
    file.write(io::npy_header(array.dtype(), array.shape()));
    file.write(array.bytes());
    file.commit();
}

}  // namespace thalweg
