// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Result files by way of a temporary file and rename().
#include "output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli.hpp"

namespace thalweg::cli {
namespace {

// Known by name: these need not exist as files, and may lead to one that must be neither replaced nor
// rewound.
constexpr const char* kStandardOutput = "/dev/stdout";
constexpr const char* kStandardError = "/dev/stderr";

unsigned default_mode() {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666U & ~static_cast<unsigned>(mask);
}

}  // namespace

OutputFile::OutputFile(std::string option, std::string path)
    : option_(std::move(option)), path_(std::move(path)), target_(path_), mode_(default_mode()) {
    if (path_.empty()) {
        throw UsageError(option_ + ": expected a file name, found \"\"");
    }
    if (path_ == kStandardOutput || path_ == kStandardError) {
        direct_ = true;
        return;
    }
    struct stat found = {};
    if (stat(path_.c_str(), &found) == 0) {
        if (S_ISDIR(found.st_mode)) {
            fail("expected a file, found a directory");
        }
        if (access(path_.c_str(), W_OK) != 0) {
            fail(std::strerror(errno));
        }
        direct_ = !S_ISREG(found.st_mode);
        if (!direct_) {
            mode_ = found.st_mode & 07777U;
            std::error_code error;
            target_ = std::filesystem::canonical(path_, error).string();
            if (error) {
                fail(error.message());
            }
        }
    } else if (errno != ENOENT) {
        fail(std::strerror(errno));
    } else if (lstat(path_.c_str(), &found) == 0) {
        fail("expected a file, found a symbolic link to nothing");
    } else if (path_.back() == '/') {
        fail("expected a file name, found the name of a directory");
    }
    if (!direct_) {
        std::string name;
        close(open_temporary(name));
        unlink(name.c_str());
    }
}

void OutputFile::fail(const std::string& why) const {
    throw UsageError(option_ + ": cannot write " + in_quotes(path_) + ": " + why);
}

std::FILE* OutputFile::open_direct() const {
    if (path_ == kStandardOutput) {
        return fdopen(dup(STDOUT_FILENO), "w");
    }
    if (path_ == kStandardError) {
        return fdopen(dup(STDERR_FILENO), "w");
    }
    return std::fopen(path_.c_str(), "ae");
}

int OutputFile::open_temporary(std::string& name) const {
    const std::size_t slash = target_.rfind('/');
    name = (slash == std::string::npos ? "" : target_.substr(0, slash + 1)) + ".thalweg-XXXXXX";
    const int descriptor = mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) {
        fail(std::strerror(errno));
    }
    return descriptor;
}

void OutputFile::write(const std::function<void(std::FILE*)>& fill) const {
    if (direct_) {
        std::FILE* const file = open_direct();
        if (file == nullptr) {
            fail(std::strerror(errno));
        }
        finish(file, fill, "");
        return;
    }
    std::string temporary;
    const int descriptor = open_temporary(temporary);
    std::FILE* const file = fdopen(descriptor, "w");
    if (file == nullptr) {
        const int error = errno;
        close(descriptor);
        unlink(temporary.c_str());
        fail(std::strerror(error));
    }
    finish(file, fill, temporary);
}

void OutputFile::finish(std::FILE* file, const std::function<void(std::FILE*)>& fill,
                        const std::string& temporary) const {
    errno = 0;
    fill(file);
    // The first failure decides, before later calls change errno; the file is closed in any case.
    bool good = std::ferror(file) == 0 && std::fflush(file) == 0;
    if (good && !temporary.empty()) {
        good = fchmod(fileno(file), static_cast<mode_t>(mode_)) == 0;
    }
    int error = errno;
    if (std::fclose(file) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good && !temporary.empty() && std::rename(temporary.c_str(), target_.c_str()) != 0) {
        good = false;
        error = errno;
    }
    if (!good) {
        if (!temporary.empty()) {
            unlink(temporary.c_str());
        }
        fail(std::strerror(error != 0 ? error : EIO));
    }
}

}  // namespace thalweg::cli
