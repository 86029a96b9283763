// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "image_bytes.hpp"

#include <algorithm>
#include <cerrno>

#include "io/posix.hpp"
#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

constexpr std::size_t kMostPiped = std::size_t{1} << 30;

std::uint64_t modified_at(const struct posix::stat& file) {
    return static_cast<std::uint64_t>(file.st_mtim.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(file.st_mtim.tv_nsec);
}

// Opening a named pipe waits for its writer; nothing else may keep us waiting.
int open_file(const std::string& path) {
    struct posix::stat found = {};
    const bool pipe = posix::stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
    int number = -1;
    do {
        number = posix::open(path.c_str(), O_RDONLY | O_CLOEXEC | (pipe ? 0 : O_NONBLOCK));
    } while (number < 0 && errno == EINTR);
    return number;
}

// As read(2), which a terminal's or a program's signal may interrupt and another program's flag may make
// return early.
posix::ssize_t read_some(int descriptor, std::uint8_t* out, std::size_t count) {
    for (;;) {
        const posix::ssize_t done = posix::read(descriptor, out, count);
        if (done >= 0 || (errno != EINTR && errno != EAGAIN)) {
            return done;
        }
        posix::wait_for_input(descriptor);
    }
}

}  // namespace

ImageBytes::ImageBytes(const std::string& path) : name_(path == "-" ? "standard input" : path) {
    descriptor_.ours = path != "-";
    descriptor_.number = descriptor_.ours ? open_file(path) : STDIN_FILENO;
    if (descriptor_.number < 0) {
        fail(": " + std::string(posix::strerror(errno)));
    }
    struct posix::stat found = {};
    if (posix::fstat(descriptor_.number, &found) != 0) {
        fail(": " + std::string(posix::strerror(errno)));
    }
    // Standard input may be a socket, and may stand in the middle of a file.
    pipe_ =
        S_ISFIFO(found.st_mode) || (!descriptor_.ours && (S_ISSOCK(found.st_mode) || S_ISREG(found.st_mode)));
    if (!pipe_ && !S_ISREG(found.st_mode)) {
        fail(S_ISDIR(found.st_mode)                   ? " a directory"
             : posix::isatty(descriptor_.number) != 0 ? " a terminal"
                                                      : " a device or socket");
    }
    size_ = static_cast<std::uint64_t>(found.st_size);
    modified_ = modified_at(found);
}

ImageBytes::Descriptor::~Descriptor() {
    if (number >= 0 && ours) {
        posix::close(number);
    }
}

const std::vector<std::uint8_t>& ImageBytes::first(std::size_t most) const {
    std::size_t done = bytes_.size();
    while (done < most) {
        // Memory follows what has come.
        const std::size_t step = std::min(most, std::max<std::size_t>(65536, 2 * done)) - done;
        bytes_.resize(done + step);
        const posix::ssize_t count = read_some(descriptor_.number, bytes_.data() + done, step);
        bytes_.resize(done + (count > 0 ? static_cast<std::size_t>(count) : 0));
        if (count < 0) {
            fail(": " + std::string(posix::strerror(errno)));
        }
        if (count == 0) {
            break;
        }
        done += static_cast<std::size_t>(count);
    }
    return bytes_;
}

const std::vector<std::uint8_t>& ImageBytes::all() const {
    if (first(kMostPiped + 1).size() > kMostPiped) {
        throw IoError(name_ + ": expected at most " + std::to_string(kMostPiped) +
                      " bytes through a pipe, found more; save them to a file first");
    }
    return bytes_;
}

const std::vector<std::uint8_t>& ImageBytes::all(const std::string& meaning, std::size_t pixels,
                                                 std::size_t room) const {
    // size > room + 16 * pixels, which might be too large to say
    const auto too_large = [&](std::uint64_t size) {
        return size > room && (size - room - 1) / 16 >= pixels;
    };
    std::uint64_t size = size_;
    if (pipe_) {
        // As much as may be there, and one byte more.
        const std::size_t most =
            pixels < kMostPiped / 16 ? std::min(kMostPiped, room + 16 * pixels) : kMostPiped;
        size = first(most + 1).size();
    }
    if (too_large(size)) {
        throw IoError(name_ + ": expected " + meaning + " of " + std::to_string(pixels) +
                      " pixels in at most 16 bytes each and " + std::to_string(room) + ", found " +
                      (pipe_ ? "more" : std::to_string(size)) + " bytes");
    }
    if (!pipe_) {
        first(static_cast<std::size_t>(size_));
        check_unchanged();
    }
    return bytes_;
}

void ImageBytes::check_unchanged() const {
    struct posix::stat found = {};
    if (posix::fstat(descriptor_.number, &found) != 0) {  // a server's file that is gone
        fail(": " + std::string(posix::strerror(errno)));
    }
    if (static_cast<std::uint64_t>(found.st_size) != size_ || modified_at(found) != modified_) {
        throw IoError(name_ + ": expected a file that stays as it is, found it changed while it was read");
    }
}

void ImageBytes::fail(const std::string& found) const {
    throw IoError(name_ + ": expected an image, found" + found);
}

}  // namespace thalweg::cli
