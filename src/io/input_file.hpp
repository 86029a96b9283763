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

// Whether a pipe may stand for a file. It is read to its end when it is opened, so that its bytes have a size
// and an order like a file's.
enum class Pipes { kRefused, kRead };

// Why open() or stat() failed: the system's words, or what a link leads to.
std::string open_error(const std::string& path, int error);

class InputFile {
public:
    // Rejects directories, devices and sockets.
    explicit InputFile(std::string path, Pipes pipes = Pipes::kRefused);
    // Bytes in memory, which must stay there; messages begin with the name.
    InputFile(std::string name, std::span<const std::uint8_t> bytes);
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
    void read_pipe();

    std::string path_;
    int descriptor_ = -1;  // none: the bytes are in memory
    std::vector<std::uint8_t> piped_;
    std::span<const std::uint8_t> memory_;
    std::uint64_t size_ = 0;
    std::uint64_t modified_ = 0;  // nanoseconds, as the system counts them
};

}  // namespace thalweg::io
