// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A file whose bytes are read where one asks for them. Every error is an IoError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace thalweg::io {

class InputFile {
public:
    // Rejects what is not a regular file: a pipe or a device has no size that a header could be checked
    // against.
    explicit InputFile(std::string path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    const std::string& path() const noexcept { return path_; }
    // Bytes, when it was opened.
    std::uint64_t size() const noexcept { return size_; }

    // Fills `out` from the offset on. The caller has compared with size(): a short read is a file that
    // shrank.
    void read(std::uint64_t offset, std::span<std::uint8_t> out) const;
    // The same into memory of its own; the range is checked before anything is allocated.
    std::vector<std::uint8_t> read(std::uint64_t offset, std::uint64_t count,
                                   const std::string& meaning) const;

    // To be called when all is read: throws IoError where the file has another size or time of modification
    // than when it was opened. Bytes that a cut was clearing at that moment arrive as zeros, and a header
    // cannot tell. Removed, renamed or replaced under its name, the open file is still the same.
    void check_unchanged() const;

    // Throws IoError "path: offset N: expected ..., found ...".
    [[noreturn]] void fail(std::uint64_t offset, const std::string& expected, const std::string& found) const;

private:
    std::string path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::uint64_t modified_ = 0;  // nanoseconds, as the system counts them
};

}  // namespace thalweg::io
