// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The bytes of one .npy in order, whether it is a file or a member of a zip archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/deflate.hpp"
#include "io/input_file.hpp"
#include "io/zip_reader.hpp"

namespace thalweg::io {

class ArrayStream {
public:
    // The whole file.
    explicit ArrayStream(const InputFile& file);
    // A member, its checksum verified by finish().
    // throws   IoError when it is deflated and this build has no zlib
    ArrayStream(const InputFile& file, const ZipEntry& entry);
    ArrayStream(const ArrayStream&) = delete;
    ArrayStream& operator=(const ArrayStream&) = delete;

    // Bytes given out so far: the offset that fail() counts from the array's beginning.
    std::uint64_t offset() const noexcept { return offset_; }
    // Bytes still to come, as file or directory say.
    std::uint64_t rest() const noexcept { return bytes_ - offset_; }

    // Fills `out`.
    // throws   IoError when fewer are left; `meaning` says of what
    void read(std::span<std::uint8_t> out, const std::string& meaning);
    // The same into memory that grows with what has really come out: at once where the bytes lie in the file,
    // by doubling where they are inflated.
    std::vector<std::uint8_t> read(std::uint64_t count, const std::string& meaning);

    // Everything was read: nothing may follow, and the checksum must be right.
    void finish();

    // Throws IoError "path: [member: ]offset N: ...". Where the bytes lie as they are, N is the file's
    // offset, else it counts the inflated bytes.
    [[noreturn]] void fail(std::uint64_t offset, const std::string& expected, const std::string& found) const;

private:
    void fetch(std::span<std::uint8_t> out);
    void check_stream_end();

    const InputFile* file_;
    std::string name_;          // of the member; empty: the whole file
    std::uint64_t begin_ = 0;   // of the stored bytes in the file
    std::uint64_t stored_ = 0;  // how many there are
    std::uint64_t taken_ = 0;   // how many of them the inflater has got
    std::uint64_t bytes_ = 0;
    std::uint64_t offset_ = 0;
    std::optional<Inflater> inflater_;
    std::optional<std::uint32_t> expected_crc_;
    std::uint32_t crc_ = 0;
};

}  // namespace thalweg::io
