// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Opening and reading by way of POSIX: pread needs no position that somebody else could move.
#include "io/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <utility>

#include "thalweg/error.hpp"

namespace thalweg::io {
namespace {

// Unsigned: a file may claim any year.
std::uint64_t modified_at(const struct stat& file) {
    return static_cast<std::uint64_t>(file.st_mtim.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(file.st_mtim.tv_nsec);
}

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {
    // Opening a pipe without O_NONBLOCK waits for a writer; on a regular file the flag means nothing.
    do {
        descriptor_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) {
        throw IoError(path_ + ": expected a readable file, found: " + std::strerror(errno));
    }
    struct stat found = {};
    const int status = fstat(descriptor_, &found);
    if (status != 0 || !S_ISREG(found.st_mode)) {
        const char* const what = status != 0              ? std::strerror(errno)
                                 : S_ISDIR(found.st_mode) ? "a directory"
                                                          : "a device, pipe or socket";
        close(descriptor_);  // before anything that can throw: no destructor runs
        throw IoError(path_ + ": expected a file, found " + what);
    }
    size_ = static_cast<std::uint64_t>(found.st_size);
    modified_ = modified_at(found);
}

InputFile::~InputFile() {
    close(descriptor_);
}

void InputFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
        // Linux moves at most 0x7ffff000 bytes a call.
        const std::size_t step = std::min(out.size() - done, std::size_t{1} << 30);
        const ssize_t count = pread(descriptor_, out.data() + done, step, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw IoError(path_ + ": offset " + std::to_string(offset + done) +
                          ": reading failed: " + std::strerror(errno));
        }
        if (count == 0) {
            fail(offset + done, std::to_string(out.size() - done) + " more bytes",
                 "the end: the file became shorter");
        }
        done += static_cast<std::size_t>(count);
    }
}

std::vector<std::uint8_t> InputFile::read(std::uint64_t offset, std::uint64_t count,
                                          const std::string& meaning) const {
    if (offset > size_ || count > size_ - offset) {
        fail(offset, std::to_string(count) + " bytes of " + meaning,
             std::to_string(size_ - std::min(offset, size_)));
    }
    // Where a size has 32 bits, files may be larger than memory.
    constexpr std::uint64_t kMost = std::numeric_limits<std::ptrdiff_t>::max();
    if (count > kMost) {
        fail(offset, "at most " + std::to_string(kMost) + " bytes of " + meaning, std::to_string(count));
    }
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
    read(offset, bytes);
    return bytes;
}

void InputFile::check_unchanged() const {
    struct stat found = {};
    if (fstat(descriptor_, &found) != 0) {  // a server's file that is gone
        throw IoError(path_ + ": reading failed: " + std::strerror(errno));
    }
    if (static_cast<std::uint64_t>(found.st_size) != size_ || modified_at(found) != modified_) {
        throw IoError(path_ + ": expected a file that stays as it is, found it changed while it was read");
    }
}

void InputFile::fail(std::uint64_t offset, const std::string& expected, const std::string& found) const {
    throw IoError(path_ + ": offset " + std::to_string(offset) + ": expected " + expected + ", found " +
                  found);
}

}  // namespace thalweg::io
