// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the fuzz targets share: the entry, a cursor over the input, a file whose bytes never reach a disk, and
// the way to say that something is wrong. A target says so by ending the program; whatever else it returns is
// fine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#ifndef __linux__
#include "data/files.hpp"
#endif

// Called for one input after another in the same process: by libFuzzer, or by replay.cpp for those in the
// tree.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace thalweg::fuzz {

using Bytes = std::vector<std::uint8_t>;

// Prints what was promised and is not so, and aborts: libFuzzer then keeps the input.
[[noreturn]] void broken(const std::string& promise);

inline void require(bool kept, const char* promise) {
    if (!kept) {
        broken(promise);
    }
}

// True when the call returned, false when it threw an IoError, whose message must be one line; anything else
// that it throws is broken.
bool reads(const std::function<void()>& call);

// Numbers from the input, front to back; zeros when it is used up.
class Cursor {
public:
    explicit Cursor(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::size_t left() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        if (bytes_.empty()) {
            return 0;
        }
        const std::uint8_t value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }
    std::uint64_t word(int count) {
        std::uint64_t value = 0;
        for (int i = 0; i < count; ++i) {
            value |= std::uint64_t{byte()} << (8 * i);
        }
        return value;
    }
    // Below n, from one byte; n up to 256.
    std::size_t below(std::size_t n) { return byte() % n; }
    Bytes take(std::size_t count) {
        const auto taken = bytes_.first(count < bytes_.size() ? count : bytes_.size());
        bytes_ = bytes_.subspan(taken.size());
        return {taken.begin(), taken.end()};
    }

private:
    std::span<const std::uint8_t> bytes_;
};

// A file in memory, or a temporary one, that has a path: parsers open files by name.
class MemoryFile {
public:
    MemoryFile();
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    const std::string& path() const { return path_; }
    void write(std::span<const std::uint8_t> bytes);

private:
#ifdef __linux__
    int descriptor_;
#else
    test::TempDirectory folder_;
#endif
    std::string path_;
};

}  // namespace thalweg::fuzz
