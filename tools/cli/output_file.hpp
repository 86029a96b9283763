// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A result file that is either there completely or not at all.
#pragma once

#include <cstdio>
#include <functional>
#include <string>

namespace thalweg::cli {

// The name that options take for standard output.
inline constexpr const char* kStandardOutput = "-";

// By that name or the device's.
bool is_standard_output(const std::string& path);

// Finds out early whether a file can be written, and writes it late: into a temporary file next to it,
// renamed over it when all is on the disk. What is no regular file (a pipe, a device) is written directly.
class OutputFile {
public:
    // throws   UsageError that begins with option when path cannot be written; leaves nothing behind
    OutputFile(std::string option, std::string path);

    const std::string& path() const noexcept { return path_; }

    // fill writes the contents; what it could not write is noticed here.
    // throws   UsageError; the file is then as it was before
    void write(const std::function<void(std::FILE*)>& fill) const;

private:
    struct Pending;

    [[noreturn]] void fail(const std::string& why) const;
    std::FILE* open_direct() const;
    int open_temporary(std::string& name) const;
    // False, with the reason in errno, when the file could not be completed.
    bool finish(Pending& pending) const;
    void probe_directory() const;
    void sync_directory() const;
    std::string directory() const;

    std::string option_;
    std::string path_;
    std::string target_;  // path_ with symbolic links followed: renaming must not replace a link
    bool direct_ = false;
    unsigned mode_ = 0;  // of the file that is replaced, or what the umask leaves of 0666
};

}  // namespace thalweg::cli
