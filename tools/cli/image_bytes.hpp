// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The bytes of an image, from one opening of its file: what it is was found in the same bytes that are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace thalweg::cli {

class ImageBytes {
public:
    // A file, a pipe, or standard input where the path is "-".
    // throws   IoError for a directory, device or socket
    explicit ImageBytes(const std::string& path);

    // Whether the bytes come once and in order, so that they cannot be read from the path again.
    bool pipe() const noexcept { return pipe_; }
    // How messages name it: the path, or "standard input".
    const std::string& name() const noexcept { return name_; }
    // At most so many, from the beginning.
    const std::vector<std::uint8_t>& first(std::size_t most) const;
    // All of a pipe's.
    // throws   IoError where there are more than 1 GiB
    const std::vector<std::uint8_t>& all() const;
    // All of a pipe's or a file's.
    // throws   IoError where there are more than `room` and 16 a pixel, and where a file changed meanwhile
    const std::vector<std::uint8_t>& all(const std::string& meaning, std::size_t pixels,
                                         std::size_t room) const;

private:
    struct Descriptor {
        Descriptor() = default;
        ~Descriptor();
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;

        int number = -1;
        bool ours = true;
    };

    void check_unchanged() const;
    [[noreturn]] void fail(const std::string& found) const;  // ": why" or " what"

    std::string name_;
    Descriptor descriptor_;
    bool pipe_ = false;
    std::uint64_t size_ = 0;                   // of a file
    std::uint64_t modified_ = 0;               // nanoseconds, as the system counts them
    mutable std::vector<std::uint8_t> bytes_;  // read so far
};

}  // namespace thalweg::cli
