// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The bytes of an image's file, from one opening of it: what it is was found in the same file that is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace thalweg::cli {

class ImageBytes {
public:
    // throws   IoError where it is no regular file: opening a pipe would wait for a writer
    explicit ImageBytes(const std::string& path);

    const std::string& path() const noexcept { return path_; }
    // At most so many, from the beginning.
    std::vector<std::uint8_t> first(std::size_t most) const;
    // The whole file.
    // throws   IoError where it has more than `room` and 16 a pixel, and where it changed since it was opened
    std::vector<std::uint8_t> all(const std::string& meaning, std::size_t pixels, std::size_t room) const;

private:
    struct Descriptor {
        Descriptor() = default;
        ~Descriptor();
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;

        int number = -1;
    };

    [[noreturn]] void fail(const std::string& found) const;  // ": why" or " what"

    std::string path_;
    Descriptor descriptor_;
    std::uint64_t size_ = 0;
    std::uint64_t modified_ = 0;  // nanoseconds, as the system counts them
};

}  // namespace thalweg::cli
