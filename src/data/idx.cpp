// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The IDX format: two zero bytes, a type byte (8: unsigned bytes), the number of dimensions, one big-endian
// 32-bit size a dimension, then the values. A header is a claim: memory follows the bytes that are really
// there.
#include "data/idx.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/byte_reader.hpp"
#include "thalweg/file_kind.hpp"

namespace thalweg {
namespace data {
namespace {

constexpr std::size_t kMostDimensions = 4;
constexpr std::uint32_t kUnsignedBytes = 0x800;

std::uint32_t read_word(ByteReader& reader, const std::string& meaning) {
    std::array<std::uint8_t, 4> bytes{};
    const std::uint64_t offset = reader.offset();
    const std::size_t count = reader.read(bytes);
    if (count < bytes.size()) {
        const bool empty_file = offset == 0 && count == 0;
        reader.fail(offset, "4 bytes of " + meaning,
                    empty_file ? "nothing: the file is empty" : std::to_string(count) + " bytes");
    }
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           bytes[3];
}

// Two zero bytes begin an IDX file. Something else is named, if it can be: a number would say nothing to
// somebody whose download is a web page.
void check_kind(ByteReader& reader, std::uint32_t magic) {
    std::vector<std::uint8_t> start(kFileKindBytes);
    for (std::size_t i = 0; i < 4; ++i) {
        start[i] = static_cast<std::uint8_t>(magic >> (24 - 8 * i));
    }
    if (start[0] == 0 && start[1] == 0) {
        return;
    }
    start.resize(4 + reader.read(std::span<std::uint8_t>(start).subspan(4)));
    if (const std::string kind = file_kind(start); !kind.empty()) {
        reader.fail(0, reader.inflated() ? "IDX in the gzip file" : "IDX or gzip", kind);
    }
}

std::size_t read_magic(ByteReader& reader, std::size_t dimensions, const std::string& content) {
    const std::uint32_t magic = read_word(reader, "IDX magic number");
    check_kind(reader, magic);
    const std::uint32_t found_dimensions = magic - kUnsignedBytes;
    if (dimensions == 0) {
        if (found_dimensions < 1 || found_dimensions > kMostDimensions) {
            reader.fail(0, "magic number 2049 to 2052 (unsigned bytes in 1 to 4 dimensions)",
                        std::to_string(magic));
        }
    } else if (found_dimensions != dimensions) {
        reader.fail(0, "magic number " + std::to_string(kUnsignedBytes + dimensions) + " (" + content + ")",
                    std::to_string(magic));
    }
    return found_dimensions;
}

std::string product_text(const std::vector<std::size_t>& shape) {
    std::string text;
    for (const std::size_t size : shape) {
        text += (text.empty() ? "" : " x ") + std::to_string(size);
    }
    return text;
}

// The number of values; a zero anywhere makes it zero, whatever the others would multiply to.
std::size_t promised_values(const ByteReader& reader, const std::vector<std::size_t>& shape) {
    constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max();
    if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) {
        return 0;
    }
    std::size_t product = 1;
    for (const std::size_t size : shape) {
        if (size > kMost / product) {
            reader.fail(4, "at most " + std::to_string(kMost) + " values", product_text(shape));
        }
        product *= size;
    }
    return product;
}

void fail_short(const ByteReader& reader, const IdxFile& file, std::size_t promised, std::uint64_t found) {
    reader.fail(4 + 4 * file.shape.size(),
                std::to_string(promised) + " bytes of values (" + product_text(file.shape) + ")",
                std::to_string(found));
}

// The size of a raw file is known. An inflated one grows with what has come out, at most doubling: a short
// file cannot claim much, and only the last doubling moves many bytes.
void read_values(ByteReader& reader, IdxFile& file, std::size_t promised) {
    constexpr std::size_t kStep = std::size_t{1} << 20;
    const std::optional<std::uint64_t> rest = reader.rest();
    if (rest && *rest < promised) {
        fail_short(reader, file, promised, *rest);
    }
    while (file.values.size() < promised) {
        const std::size_t done = file.values.size();
        const std::size_t step = rest ? promised : std::min(promised - done, kStep);
        if (file.values.capacity() < done + step) {
            file.values.reserve(std::min(promised, std::max(2 * done, done + step)));
        }
        file.values.resize(done + step);
        const std::size_t count = reader.read(std::span<std::uint8_t>(file.values).subspan(done));
        if (count < step) {
            fail_short(reader, file, promised, done + count);
        }
    }
}

// One byte past the last must not be there; asking for it also makes gzip verify its checksum.
void check_end(ByteReader& reader) {
    std::array<std::uint8_t, 1> byte{};
    const std::uint64_t offset = reader.offset();
    if (reader.read(byte) != 0) {
        const std::optional<std::uint64_t> rest = reader.rest();
        reader.fail(offset, "the end of the file",
                    rest ? std::to_string(*rest + 1) + " more bytes" : std::string("more bytes"));
    }
}

}  // namespace

IdxFile read_idx(ByteReader& reader, std::size_t dimensions, const std::string& content) {
    IdxFile file;
    const std::size_t found_dimensions = read_magic(reader, dimensions, content);
    for (std::size_t i = 0; i < found_dimensions; ++i) {
        file.shape.push_back(read_word(reader, "size of dimension " + std::to_string(i)));
    }
    read_values(reader, file, promised_values(reader, file.shape));
    check_end(reader);
    reader.check_unchanged();
    return file;
}

}  // namespace data

IdxFile load_idx(const std::string& path) {
    data::ByteReader reader(path, io::Pipes::kRead);
    return data::read_idx(reader, 0, "");
}

IdxFile load_idx(std::span<const std::uint8_t> bytes, const std::string& name) {
    data::ByteReader reader(name, bytes);
    return data::read_idx(reader, 0, "");
}

}  // namespace thalweg
