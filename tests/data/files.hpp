// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Small files for the readers to read: IDX and gzip put together here by hand, without zlib.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace thalweg::test {

using Bytes = std::vector<std::uint8_t>;

// A directory that is removed with all that is in it.
class TempDirectory {
public:
    TempDirectory();
    ~TempDirectory();
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    const std::string& path() const { return path_; }
    std::string path(const std::string& name) const { return path_ + "/" + name; }
    // Writes a file and gives its path.
    std::string write(const std::string& name, const Bytes& bytes) const;

private:
    std::string path_;
};

// A whole file; empty where there is none.
Bytes contents(const std::string& path);

// A device that is there, and has nothing to read.
#ifdef _WIN32
inline constexpr const char* kNoFile = "NUL";
#else
inline constexpr const char* kNoFile = "/dev/null";
#endif

// How many files this process has open; Linux only.
std::ptrdiff_t open_files();

// A header of these dimensions and then these values, whether they fit or not.
Bytes idx(const std::vector<std::uint32_t>& shape, const Bytes& values);

// A gzip member of stored blocks with its checksum.
Bytes gzip(const Bytes& content);

Bytes joined(Bytes a, const Bytes& b);

// The message of the IoError that the call throws; "(no IoError)" when it does not.
std::string io_error(const std::function<void()>& call);

}  // namespace thalweg::test
