// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Result files by way of a temporary file and rename().
#include "output_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "cli.hpp"
#include "io/posix.hpp"

namespace thalweg::cli {
namespace {

// Known by name: these need not exist as files, and may lead to one that must be neither replaced nor
// rewound.
constexpr const char* kOutputDevice = "/dev/stdout";
constexpr const char* kErrorDevice = "/dev/stderr";

// Takes the descriptor over, or closes it.
std::FILE* stream_of(int descriptor) {
    std::FILE* const file = descriptor < 0 ? nullptr : posix::fdopen(descriptor, "wb");
    if (file == nullptr && descriptor >= 0) {
        const int error = errno;
        posix::close(descriptor);
        errno = error;
    }
    return file;
}

}  // namespace

bool is_standard_output(const std::string& path) {
    return path == kStandardOutput || path == kOutputDevice;
}

OutputFile::OutputFile(std::string option, std::string path)
    : option_(std::move(option)), path_(std::move(path)), target_(path_), mode_(posix::default_mode()) {
    if (path_.empty()) {
        throw UsageError(option_ + ": expected a file name, found \"\"");
    }
    if (is_standard_output(path_) || path_ == kErrorDevice) {
        direct_ = true;
        return;
    }
    struct posix::stat found = {};
    if (posix::stat(path_.c_str(), &found) == 0) {
        if (S_ISDIR(found.st_mode)) {
            fail("expected a file, found a directory");
        }
        if (posix::access(path_.c_str(), W_OK) != 0) {
            fail(posix::strerror(errno));
        }
        direct_ = !S_ISREG(found.st_mode);
        if (!direct_) {
            mode_ = found.st_mode & 07777U;
            struct Free {
                void operator()(char* text) const { std::free(text); }
            };
            const std::unique_ptr<char, Free> real(posix::realpath(path_.c_str(), nullptr));
            if (real == nullptr && errno == ENOMEM) {
                throw std::bad_alloc();
            }
            if (real == nullptr) {
                fail(posix::strerror(errno));
            }
            target_ = real.get();
        }
    } else if (errno != ENOENT) {
        fail(posix::strerror(errno));
    } else if (posix::lstat(path_.c_str(), &found) == 0) {
        fail("expected a file, found a symbolic link to nothing");
    } else if (std::string_view(posix::kSeparators).find(path_.back()) != std::string_view::npos) {
        fail("expected a file name, found the name of a directory");
    }
    if (!direct_) {
        probe_directory();
    }
}

// A file on its way: closed and removed unless finish() took both over.
struct OutputFile::Pending {
    Pending() = default;
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() {
        if (file != nullptr) {
            std::fclose(file);
        }
        if (!name.empty()) {
            posix::unlink(name.c_str());
        }
    }

    std::FILE* file = nullptr;
    std::string name;  // empty: no temporary file
};

void OutputFile::fail(const std::string& why) const {
    const std::string what = path_ == kStandardOutput ? "standard output" : in_quotes(path_);
    throw UsageError(option_ + ": cannot write " + what + ": " + why);
}

std::FILE* OutputFile::open_direct() const {
    if (is_standard_output(path_)) {
        return stream_of(posix::dup(STDOUT_FILENO));
    }
    if (path_ == kErrorDevice) {
        return stream_of(posix::dup(STDERR_FILENO));
    }
    return stream_of(posix::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
}

std::string OutputFile::directory() const {
    const std::size_t slash = target_.find_last_of(posix::kSeparators);
    return slash == std::string::npos ? "./" : target_.substr(0, slash + 1);
}

// Without a name where the file system can do that: a process killed here leaves nothing behind.
void OutputFile::probe_directory() const {
#ifdef O_TMPFILE
    const int descriptor = posix::open(directory().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        posix::close(descriptor);
        return;
    }
#endif
    Pending pending;
    posix::close(open_temporary(pending.name));
}

int OutputFile::open_temporary(std::string& name) const {
    std::string made = directory() + ".thalweg-XXXXXX";
    const int descriptor = posix::mkostemp(made.data(), O_CLOEXEC);
    if (descriptor < 0) {
        fail(posix::strerror(errno));
    }
    name = std::move(made);
    return descriptor;
}

void OutputFile::write(const std::function<void(std::FILE*)>& fill) const {
    Pending pending;
    if (direct_) {
        pending.file = open_direct();
    } else {
        pending.file = stream_of(open_temporary(pending.name));
    }
    if (pending.file == nullptr) {
        fail(posix::strerror(errno));
    }
    errno = 0;
    fill(pending.file);
    // The first failure decides, before later calls change errno.
    if (!finish(pending)) {
        fail(posix::strerror(errno != 0 ? errno : EIO));
    }
}

bool OutputFile::finish(Pending& pending) const {
    std::FILE* const file = pending.file;
    if (std::ferror(file) != 0 || std::fflush(file) != 0) {
        return false;
    }
    const bool replace = !pending.name.empty();
    if (replace && (posix::fchmod(posix::fileno(file), static_cast<posix::mode_t>(mode_)) != 0 ||
                    posix::sync(posix::fileno(file)) != 0)) {
        return false;
    }
    pending.file = nullptr;
    if (std::fclose(file) != 0) {
        return false;
    }
    if (!replace) {
        return true;
    }
    if (posix::rename(pending.name.c_str(), target_.c_str()) != 0) {
        return false;
    }
    pending.name.clear();
    sync_directory();
    return true;
}

// The renaming is on the disk as well. A file system that cannot do that is no reason to call the file
// unwritten.
void OutputFile::sync_directory() const {
    const std::string name = directory();
    const int descriptor = posix::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        posix::sync(descriptor);
        posix::close(descriptor);
    }
}

}  // namespace thalweg::cli
