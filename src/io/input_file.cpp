// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Opening and reading by way of POSIX: pread needs no position that somebody else could move.
#include "io/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <limits>
#include <utility>

#include "io/message.hpp"
#include "io/posix.hpp"
#include "thalweg/error.hpp"

namespace thalweg::io {
namespace {

// Unsigned: a file may claim any year.
std::uint64_t modified_at(const struct posix::stat& file) {
    return static_cast<std::uint64_t>(file.st_mtim.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(file.st_mtim.tv_nsec);
}

const char* kind_of(posix::mode_t mode) {
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

}  // namespace

std::string open_error(const std::string& path, int error) {
    char target[512];
    const posix::ssize_t length =
        error == ENOENT || error == ELOOP ? posix::readlink(path.c_str(), target, sizeof target) : -1;
    if (length < 0) {
        return posix::strerror(error);
    }
    return "a link to \"" + printable({target, static_cast<std::size_t>(length)}) +
           (error == ELOOP ? "\", which leads back to the link" : "\", which does not exist");
}

InputFile::InputFile(std::string path, Pipes pipes) : path_(std::move(path)) {
    // Opening a named pipe without O_NONBLOCK waits for a writer; on a regular file the flag means nothing.
    struct posix::stat found = {};
    const bool pipe =
        pipes == Pipes::kRead && posix::stat(path_.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
    do {
        descriptor_ = posix::open(path_.c_str(), O_RDONLY | O_CLOEXEC | (pipe ? 0 : O_NONBLOCK));
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) {
        throw IoError(path_ + ": expected a readable file, found: " + open_error(path_, errno));
    }
    const int status = posix::fstat(descriptor_, &found);
    if (status != 0 || !(pipe ? S_ISFIFO(found.st_mode) : S_ISREG(found.st_mode))) {
        const char* const what = status != 0 ? posix::strerror(errno) : kind_of(found.st_mode);
        posix::close(descriptor_);  // before anything that can throw: no destructor runs
        throw IoError(path_ + ": expected a file, found " + what);
    }
    if (pipe) {
        read_pipe();
        return;
    }
    size_ = static_cast<std::uint64_t>(found.st_size);
    modified_ = modified_at(found);
}

InputFile::InputFile(std::string name, std::span<const std::uint8_t> bytes)
    : path_(std::move(name)), memory_(bytes), size_(bytes.size()) {}

InputFile::~InputFile() {
    if (descriptor_ >= 0) {
        posix::close(descriptor_);
    }
}

// Whatever happens, the descriptor is closed: the constructor has not finished, no destructor runs.
void InputFile::read_pipe() {
    constexpr std::size_t kMost = std::size_t{1} << 30;
    struct Closer {
        int& descriptor;
        ~Closer() {
            posix::close(descriptor);
            descriptor = -1;
        }
    } closer{descriptor_};
    std::size_t done = 0;
    for (;;) {
        piped_.resize(std::max(std::size_t{65536}, done < piped_.size() ? piped_.size() : 2 * done));
        const posix::ssize_t count = posix::read(descriptor_, piped_.data() + done, piped_.size() - done);
        if (count < 0 && errno != EINTR) {
            throw IoError(path_ + ": reading failed: " + posix::strerror(errno));
        }
        if (count == 0) {
            break;
        }
        done += count > 0 ? static_cast<std::size_t>(count) : 0;
        if (done > kMost) {
            throw IoError(path_ + ": expected at most " + std::to_string(kMost) +
                          " bytes through a pipe, found more; save them to a file first");
        }
    }
    piped_.resize(done);
    memory_ = piped_;
    size_ = done;
}

void InputFile::read(std::uint64_t offset, std::span<std::uint8_t> out) const {
    if (descriptor_ < 0) {
        std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return;
    }
    std::size_t done = 0;
    while (done < out.size()) {
        // Linux moves at most 0x7ffff000 bytes a call.
        const std::size_t step = std::min(out.size() - done, std::size_t{1} << 30);
        const posix::ssize_t count =
            posix::pread(descriptor_, out.data() + done, step, static_cast<posix::off_t>(offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw IoError(path_ + ": offset " + std::to_string(offset + done) +
                          ": reading failed: " + posix::strerror(errno));
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
    if (descriptor_ < 0) {
        return;
    }
    struct posix::stat found = {};
    if (posix::fstat(descriptor_, &found) != 0) {  // a server's file that is gone
        throw IoError(path_ + ": reading failed: " + posix::strerror(errno));
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
