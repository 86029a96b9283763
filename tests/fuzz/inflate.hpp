// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// zlib's own inflate in one call, as the truth about a raw deflate stream.
#pragma once

#include <zlib.h>

#include <optional>
#include <utility>

#include "fuzz.hpp"

namespace thalweg::fuzz {

struct Stream {
    Bytes content;
    std::size_t used;  // bytes of the stream; what follows belongs to nobody
};

// Nothing when it is damaged or gives more than `most` bytes.
inline std::optional<Stream> inflated(const Bytes& raw, std::size_t most) {
    z_stream stream{};
    constexpr int kRawWithLargestWindow = -15;
    require(inflateInit2(&stream, kRawWithLargestWindow) == Z_OK, "zlib starts");
    Bytes content(most);
    Bytes in = raw;
    in.push_back(0);  // a place to point at where there is nothing
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(raw.size());
    stream.next_out = content.data();
    stream.avail_out = static_cast<uInt>(content.size());
    const int status = inflate(&stream, Z_FINISH);
    const std::size_t used = raw.size() - stream.avail_in;
    content.resize(content.size() - stream.avail_out);
    inflateEnd(&stream);
    return status == Z_STREAM_END ? std::optional<Stream>({std::move(content), used}) : std::nullopt;
}

}  // namespace thalweg::fuzz
