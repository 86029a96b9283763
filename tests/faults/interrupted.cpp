// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Takes the place of the C library's functions in the whole program and does their work by their siblings.
#include "faults/interrupted.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {

std::atomic<bool> active{false};
std::atomic<unsigned long> calls{0};
std::atomic<unsigned long> ended{0};

bool end_this_one() {
    if (!active.load() || calls.fetch_add(1) % 2 != 0) {
        return false;
    }
    ended.fetch_add(1);
    errno = EINTR;
    return true;
}

std::size_t at_most(std::size_t size) {
    return active.load() ? std::min<std::size_t>(size, 7) : size;
}

}  // namespace

extern "C" {

ssize_t read(int descriptor, void* buffer, std::size_t size) {
    const iovec part = {buffer, at_most(size)};
    return end_this_one() ? -1 : readv(descriptor, &part, 1);
}

ssize_t pread(int descriptor, void* buffer, std::size_t size, off_t offset) {
    const iovec part = {buffer, at_most(size)};
    return end_this_one() ? -1 : preadv(descriptor, &part, 1, offset);
}

ssize_t write(int descriptor, const void* buffer, std::size_t size) {
    const iovec part = {const_cast<void*>(buffer), at_most(size)};
    return end_this_one() ? -1 : writev(descriptor, &part, 1);
}

int fsync(int descriptor) {
    return end_this_one() ? -1 : fdatasync(descriptor);
}

}  // extern "C"

namespace thalweg::test {

Interrupted::Interrupted() {
    ended = 0;
    active = true;
}
Interrupted::~Interrupted() {
    active = false;
}
unsigned long Interrupted::count() {
    return ended;
}

}  // namespace thalweg::test
