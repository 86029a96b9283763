// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Writes a zip archive from front to back. The same members give the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace thalweg::io {

class ZipWriter {
public:
    using Sink = std::function<void(std::span<const std::uint8_t>)>;

    // Values from zip64_from on go into ZIP64 fields: 2^32 - 1 is the format's, tests take less.
    explicit ZipWriter(Sink sink, std::uint64_t zip64_from = 0xffffffff);

    // A member made of two pieces, its header and its elements. With deflate it is deflated where that makes
    // it shorter.
    // throws   std::logic_error for deflate without zlib; what the sink throws
    void add(const std::string& name, std::span<const std::uint8_t> head, std::span<const std::uint8_t> body,
             bool deflate);
    // Writes the directory: the archive is complete.
    void finish();

private:
    struct Member {
        std::string name;
        bool deflated = false;
        std::uint32_t crc = 0;
        std::uint64_t stored_bytes = 0;
        std::uint64_t bytes = 0;
        std::uint64_t header_offset = 0;
    };

    void write(std::span<const std::uint8_t> bytes);
    void write_local_header(const Member& member);
    void write_central_header(const Member& member);
    void write_end(std::uint64_t directory_offset);
    bool large(std::uint64_t value) const noexcept { return value >= zip64_from_; }

    Sink sink_;
    std::uint64_t zip64_from_;
    std::uint64_t offset_ = 0;
    std::vector<Member> members_;
};

}  // namespace thalweg::io
