// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Takes the place of the C library's functions in the whole program and does their work by their siblings, or
// by the kernel's own call where there is none.
#include "faults/failing.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string>

namespace {

#ifdef O_TMPFILE
constexpr int kTemporary = O_TMPFILE & ~O_DIRECTORY;
#else
constexpr int kTemporary = 0;
#endif

std::atomic<bool> active{false};
std::atomic<bool> all_later{false};
std::atomic<int> with_error{EIO};
std::atomic<unsigned long> fail_at{0};
std::atomic<unsigned long> made{0};
std::atomic<const char*> first{""};

bool fails(const char* name) {
    if (!active) {
        return false;
    }
    const unsigned long n = ++made;
    if (n != fail_at && !(all_later && n > fail_at)) {
        return false;
    }
    if (n == fail_at) {
        first = name;
    }
    errno = with_error;
    return true;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    unsigned mode = 0;
    if ((flags & (O_CREAT | kTemporary)) != 0) {
        std::va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, unsigned);
        va_end(rest);
    }
    return fails("open") ? -1 : openat(AT_FDCWD, path, flags, mode);
}

int fstat(int descriptor, struct stat* found) noexcept {
    return fails("fstat") ? -1 : fstatat(descriptor, "", found, AT_EMPTY_PATH);
}

int stat(const char* path, struct stat* found) noexcept {
    return fails("stat") ? -1 : fstatat(AT_FDCWD, path, found, 0);
}

int lstat(const char* path, struct stat* found) noexcept {
    return fails("lstat") ? -1 : fstatat(AT_FDCWD, path, found, AT_SYMLINK_NOFOLLOW);
}

int access(const char* path, int mode) noexcept {
    return fails("access") ? -1 : faccessat(AT_FDCWD, path, mode, 0);
}

ssize_t read(int descriptor, void* buffer, std::size_t size) {
    const iovec part = {buffer, size};
    return fails("read") ? -1 : readv(descriptor, &part, 1);
}

ssize_t pread(int descriptor, void* buffer, std::size_t size, off_t offset) {
    const iovec part = {buffer, size};
    return fails("pread") ? -1 : preadv(descriptor, &part, 1, offset);
}

ssize_t write(int descriptor, const void* buffer, std::size_t size) {
    const iovec part = {const_cast<void*>(buffer), size};
    return fails("write") ? -1 : writev(descriptor, &part, 1);
}

int fchmod(int descriptor, mode_t mode) noexcept {
    return fails("fchmod") ? -1 : static_cast<int>(syscall(SYS_fchmod, descriptor, mode));
}

int fsync(int descriptor) {
    return fails("fsync") ? -1 : fdatasync(descriptor);
}

int linkat(int from, const char* path, int to, const char* name, int flags) noexcept {
    return fails("linkat") ? -1 : static_cast<int>(syscall(SYS_linkat, from, path, to, name, flags));
}

int close(int descriptor) {
    const int status = static_cast<int>(syscall(SYS_close, descriptor));
    return fails("close") ? -1 : status;
}

int rename(const char* from, const char* to) noexcept {
    return fails("rename") ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

}  // extern "C"

namespace thalweg::test {

Failing::Failing(unsigned long n, Fail how, int error) {
    with_error = error;
    made = 0;
    first = "";
    fail_at = n;
    all_later = how == Fail::kAllFromThere;
    active = true;
}
Failing::~Failing() {
    active = false;
}
unsigned long Failing::calls() {
    return made;
}
std::string Failing::first_failed() {
    return first.load();
}

}  // namespace thalweg::test
