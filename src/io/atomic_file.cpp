// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Temporary file, fsync, rename, fsync of the directory: the rename is on the disk only after the last.
#include "io/atomic_file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "io/posix.hpp"
#include "thalweg/error.hpp"

namespace thalweg::io {
namespace {

constexpr posix::mode_t kNewFile = 0666;  // and what the umask leaves of it
[[maybe_unused]] constexpr const char* kDescriptors = "/proc/self/fd";

// A name that no other thread or process of this machine takes; O_EXCL and link() find out about the rest.
std::string temporary_name(const std::string& directory) {
    static std::atomic<unsigned> counter{0};
    return directory + "/.thalweg-" + std::to_string(posix::getpid()) + "-" + std::to_string(counter++);
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path, bool nameless) : path_(path), target_(path) {
    inspect_target();
    if (direct_) {
        do {
            descriptor_ = posix::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
        } while (descriptor_ < 0 && errno == EINTR);
        if (descriptor_ < 0) {
            fail("cannot be written");
        }
    } else {
        open_temporary(nameless);
    }
}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0) {
        posix::close(descriptor_);
    }
    if (!temporary_.empty()) {
        posix::unlink(temporary_.c_str());
    }
}

void AtomicFile::fail(const char* what) const {
    throw IoError(path_ + ": " + what + ": " + posix::strerror(errno));
}

void AtomicFile::inspect_target() {
    struct posix::stat found = {};
    if (posix::stat(path_.c_str(), &found) == 0) {
        if (S_ISDIR(found.st_mode)) {
            throw IoError(path_ + ": expected a file to write, found a directory");
        }
        if (posix::access(path_.c_str(), W_OK) != 0) {
            fail("cannot be written");
        }
        direct_ = !S_ISREG(found.st_mode);
        replaces_ = true;
        mode_ = found.st_mode & 07777U;
        struct Free {
            void operator()(char* text) const { std::free(text); }
        };
        const std::unique_ptr<char, Free> real(direct_ ? nullptr : posix::realpath(path_.c_str(), nullptr));
        if (!direct_ && real == nullptr) {
            fail("cannot be written");
        }
        target_ = direct_ ? path_ : real.get();
    } else if (errno != ENOENT) {
        fail("cannot be written");
    } else if (path_.empty() ||
               std::string_view(posix::kSeparators).find(path_.back()) != std::string_view::npos) {
        throw IoError("\"" + path_ + "\": expected the name of a file to write");
    } else if (posix::lstat(path_.c_str(), &found) == 0) {
        throw IoError(path_ + ": expected a file to write, found a symbolic link to nothing");
    }
    const std::size_t slash = target_.find_last_of(posix::kSeparators);
    directory_ = slash == std::string::npos ? "." : slash == 0 ? "/" : target_.substr(0, slash);
}

void AtomicFile::open_temporary([[maybe_unused]] bool nameless) {
#ifdef O_TMPFILE
    // Without a name, so that a killed process leaves nothing behind; not every file system can do it, and
    // commit() names the file by way of /proc, which a bare chroot may lack.
    if (nameless && posix::access(kDescriptors, X_OK) == 0) {
        descriptor_ = posix::open(directory_.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, kNewFile);
    }
    if (descriptor_ >= 0) {
        return;
    }
#endif
    do {
        temporary_ = temporary_name(directory_);
        descriptor_ = posix::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kNewFile);
    } while (descriptor_ < 0 && (errno == EEXIST || errno == EINTR));
    if (descriptor_ < 0) {
        temporary_.clear();
        fail("cannot be written");
    }
}

void AtomicFile::write(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kLargestStep = std::size_t{1} << 30;  // Linux moves at most 0x7ffff000 bytes a call
    while (!bytes.empty()) {
        const posix::ssize_t count =
            posix::write(descriptor_, bytes.data(), std::min(bytes.size(), kLargestStep));
        if (count > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (count == 0) {
            errno = EIO;
            fail("writing failed");
        } else if (errno != EINTR) {
            fail("writing failed");
        }
    }
}

void AtomicFile::write(std::string_view text) {
    write(std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

// rename() replaces a file and link() does not, so that a file without a name gets a temporary one first.
void AtomicFile::name_temporary() {
#ifdef O_TMPFILE
    if (!temporary_.empty()) {
        return;
    }
    const std::string self = std::string(kDescriptors) + "/" + std::to_string(descriptor_);
    std::string name;
    int status = -1;
    do {
        name = temporary_name(directory_);
        status = linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW);
    } while (status != 0 && errno == EEXIST);
    if (status != 0) {
        fail("cannot be named");
    }
    temporary_ = std::move(name);  // copying could fail, and the file would keep its temporary name
#endif
}

void AtomicFile::sync_directory() const {
    int descriptor = -1;
    do {
        descriptor = posix::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (descriptor < 0 && errno == EINTR);
    // A directory one may write but not read: the file is whole, only the moment of its renaming is open.
    if (descriptor < 0 && errno == EACCES) {
        return;
    }
    if (descriptor < 0) {
        fail("syncing its directory failed");
    }
    const int status = posix::sync(descriptor);
    const int error = errno;
    posix::close(descriptor);
    errno = error;
    // EINVAL: a file system that has nothing to sync here.
    if (status != 0 && error != EINVAL && error != ENOTSUP) {
        fail("syncing its directory failed");
    }
}

void AtomicFile::commit() {
    if (!direct_) {
        if (replaces_ && posix::fchmod(descriptor_, static_cast<posix::mode_t>(mode_)) != 0) {
            fail("setting its mode failed");
        }
        if (posix::sync(descriptor_) != 0) {
            fail("syncing failed");
        }
        name_temporary();
    }
    const int status = posix::close(descriptor_);
    descriptor_ = -1;
    // EINTR: Linux has closed it all the same, and what was written is synced.
    if (status != 0 && errno != EINTR) {
        fail("closing failed");
    }
    if (direct_) {
        return;
    }
    if (posix::rename(temporary_.c_str(), target_.c_str()) != 0) {
        fail("cannot be replaced");
    }
    temporary_.clear();
    sync_directory();
}

}  // namespace thalweg::io
