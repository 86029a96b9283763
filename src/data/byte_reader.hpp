// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A file's bytes in order, inflated where the file is gzip (recognised by its first two bytes). Every error
// is an IoError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/input_file.hpp"

namespace thalweg::data {

class Inflater;

class ByteReader {
public:
    explicit ByteReader(const std::string& path, io::Pipes pipes = io::Pipes::kRefused);
    // Bytes in memory, which must stay there.
    ByteReader(const std::string& name, std::span<const std::uint8_t> bytes);
    ~ByteReader();
    ByteReader(const ByteReader&) = delete;
    ByteReader& operator=(const ByteReader&) = delete;

    // Fills `out` as far as there are bytes; fewer only at the end. That the end of a gzip file is sound
    // (checksum, nothing behind it) is known only after a read that comes back short.
    std::size_t read(std::span<std::uint8_t> out);

    // To be called when all is read: throws IoError where the file changed meanwhile.
    void check_unchanged() const;

    // Whether the file is gzip.
    bool inflated() const noexcept { return inflater_ != nullptr; }
    // Bytes not yet read; known for a raw file only.
    std::optional<std::uint64_t> rest() const;

    // Bytes given out so far: the offset that messages name, counted in what is inside a gzip file.
    std::uint64_t offset() const noexcept { return offset_; }

    // Throws IoError "path: offset N: expected ..., found ...".
    [[noreturn]] void fail(std::uint64_t offset, const std::string& expected, const std::string& found) const;

private:
    explicit ByteReader(std::unique_ptr<io::InputFile> file);
    std::size_t read_file(std::span<std::uint8_t> out);

    std::unique_ptr<io::InputFile> file_;
    std::uint64_t fetched_ = 0;  // of the file's bytes
    std::uint64_t offset_ = 0;
    std::unique_ptr<Inflater> inflater_;  // empty: a raw file
};

}  // namespace thalweg::data
