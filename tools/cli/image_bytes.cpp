// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "image_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

std::uint64_t modified_at(const struct stat& file) {
    return static_cast<std::uint64_t>(file.st_mtim.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(file.st_mtim.tv_nsec);
}

}  // namespace

ImageBytes::ImageBytes(const std::string& path) : path_(path) {
    do {
        descriptor_.number = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    } while (descriptor_.number < 0 && errno == EINTR);
    if (descriptor_.number < 0) {
        fail(": " + std::string(std::strerror(errno)));
    }
    struct stat found = {};
    const int status = fstat(descriptor_.number, &found);
    if (status != 0 || !S_ISREG(found.st_mode)) {
        fail(status != 0              ? ": " + std::string(std::strerror(errno))
             : S_ISDIR(found.st_mode) ? " a directory"
                                      : " a device, pipe or socket");
    }
    size_ = static_cast<std::uint64_t>(found.st_size);
    modified_ = modified_at(found);
}

ImageBytes::Descriptor::~Descriptor() {
    if (number >= 0) {
        close(number);
    }
}

std::vector<std::uint8_t> ImageBytes::first(std::size_t most) const {
    std::vector<std::uint8_t> bytes(
        static_cast<std::size_t>(std::min(size_, static_cast<std::uint64_t>(most))));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count =
            pread(descriptor_.number, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            fail(": " + std::string(std::strerror(errno)));
        }
        if (count == 0) {
            bytes.resize(done);  // cut since it was opened
        }
        done += static_cast<std::size_t>(count);
    }
    return bytes;
}

std::vector<std::uint8_t> ImageBytes::all(const std::string& meaning, std::size_t pixels,
                                          std::size_t room) const {
    // size_ > room + 16 * pixels, which might be too large to say
    if (size_ > room && (size_ - room - 1) / 16 >= pixels) {
        throw IoError(path_ + ": expected " + meaning + " of " + std::to_string(pixels) +
                      " pixels in at most 16 bytes each and " + std::to_string(room) + ", found " +
                      std::to_string(size_) + " bytes");
    }
    std::vector<std::uint8_t> bytes = first(static_cast<std::size_t>(size_));
    struct stat found = {};
    if (fstat(descriptor_.number, &found) != 0) {  // a server's file that is gone
        fail(": " + std::string(std::strerror(errno)));
    }
    if (static_cast<std::uint64_t>(found.st_size) != size_ || modified_at(found) != modified_) {
        throw IoError(path_ + ": expected a file that stays as it is, found it changed while it was read");
    }
    return bytes;
}

void ImageBytes::fail(const std::string& found) const {
    throw IoError(path_ + ": expected an image, found" + found);
}

}  // namespace thalweg::cli
