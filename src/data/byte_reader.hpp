// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A file's bytes in order, inflated where the file is gzip (recognised by its first two bytes). Every error
// is an IoError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace thalweg::data {

class Inflater;

class ByteReader {
public:
    // Rejects what is not a regular file: a pipe or a device could keep a reader waiting for ever.
    explicit ByteReader(const std::string& path);
    ~ByteReader();
    ByteReader(const ByteReader&) = delete;
    ByteReader& operator=(const ByteReader&) = delete;

    // Fills `out` as far as there are bytes; fewer only at the end. That the end of a gzip file is sound
    // (checksum, nothing behind it) is known only after a read that comes back short.
    std::size_t read(std::span<std::uint8_t> out);

    // To be called when all is read: throws IoError where the path leads to another size or time of
    // modification than when it was opened. Bytes that a cut was clearing at that moment arrive as zeros, and
    // a header cannot tell. A file that is gone was read as it was.
    void check_unchanged() const;

    // Bytes not yet read; known for a raw file only.
    std::optional<std::uint64_t> rest() const;

    // Bytes given out so far: the offset that messages name, counted in what is inside a gzip file.
    std::uint64_t offset() const noexcept { return offset_; }

    // Throws IoError "path: offset N: expected ..., found ...".
    [[noreturn]] void fail(std::uint64_t offset, const std::string& expected, const std::string& found) const;

private:
    std::size_t read_file(std::span<std::uint8_t> out);

    std::string path_;
    std::ifstream file_;
    std::uint64_t file_bytes_ = 0;
    std::filesystem::file_time_type modified_;
    std::uint64_t offset_ = 0;
    std::unique_ptr<Inflater> inflater_;  // empty: a raw file
};

// What a path leads to, as an error says it: "a directory", "no such file or directory", ...; empty: a
// regular file.
std::string not_a_file(const std::string& path);

}  // namespace thalweg::data
