// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// gzip files through ByteReader. An input that is none is taken for a raw deflate stream: it gets the header,
// and behind its end a checksum and a length that fit, since no mutation ever finds those.
#include <algorithm>
#include <optional>

#include "data/byte_reader.hpp"
#include "fuzz.hpp"
#include "inflate.hpp"
#include "io/crc32.hpp"

namespace {

using namespace thalweg;
using fuzz::Bytes;
using fuzz::Stream;

constexpr std::size_t kMost = std::size_t{1} << 20;

void append_member(Bytes& gzip, const Bytes& raw, const Stream& stream) {
    constexpr std::uint8_t kHeader[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    gzip.insert(gzip.end(), std::begin(kHeader), std::end(kHeader));
    gzip.insert(gzip.end(), raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(stream.used));
    for (const std::uint32_t word :
         {io::crc32(0, stream.content), static_cast<std::uint32_t>(stream.content.size())}) {
        for (int i = 0; i < 4; ++i) {
            gzip.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
        }
    }
}

// Everything in steps of so many bytes, up to kMost; nothing when the file is damaged.
std::optional<Bytes> all(const std::string& path, std::size_t step) {
    Bytes bytes;
    const bool sound = fuzz::reads([&] {
        data::ByteReader reader(path);
        for (std::size_t count = step; count == step && bytes.size() < kMost;) {
            const std::size_t done = bytes.size();
            bytes.resize(done + step);
            count = reader.read(std::span<std::uint8_t>(bytes).subspan(done));
            fuzz::require(count <= step, "no more bytes than there is room for");
            bytes.resize(done + count);
            fuzz::require(reader.offset() == bytes.size(), "offset() counts what came out");
        }
    });
    return sound ? std::optional<Bytes>(std::move(bytes)) : std::nullopt;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz::MemoryFile file;
    Bytes bytes(data, data + size);
    std::optional<Bytes> expected;
    if (size < 2 || data[0] != 0x1f || data[1] != 0x8b) {
        const std::optional<Stream> stream = fuzz::inflated(bytes, kMost);
        if (!stream.has_value()) {
            return 0;
        }
        Bytes gzip;
        append_member(gzip, bytes, *stream);
        expected = stream->content;
        if (size % 2 == 1) {
            append_member(gzip, bytes, *stream);
            expected->insert(expected->end(), stream->content.begin(), stream->content.end());
        }
        bytes = std::move(gzip);
    }
    file.write(bytes);
    const std::optional<Bytes> large = all(file.path(), 65536);
    if (large.has_value() && large->size() < 4096) {
        const std::optional<Bytes> small = all(file.path(), 1 + size % 7);
        fuzz::require(small == large, "the same bytes in large steps and in small ones");
    }
    if (expected.has_value() && expected->size() < kMost / 2) {
        fuzz::require(large == expected, "what zlib's own inflate gives");
    }
    return 0;
}
