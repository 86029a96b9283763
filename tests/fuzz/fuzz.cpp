// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "fuzz.hpp"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string_view>

#include "thalweg/error.hpp"

namespace thalweg::fuzz {

void broken(const std::string& promise) {
    std::fprintf(stderr, "broken promise: %s\n", promise.c_str());
    std::abort();
}

bool reads(const std::function<void()>& call) {
    try {
        call();
        return true;
    } catch (const IoError& error) {
        const std::string_view text = error.what();
        const bool printable =
            std::all_of(text.begin(), text.end(), [](char letter) { return letter >= ' ' && letter <= '~'; });
        require(printable && !text.empty() && text.size() < 4000, "an IoError is one short printable line");
        return false;
    } catch (const std::exception& error) {
        broken(std::string("outside bytes give an IoError, not: ") + error.what());
    }
}

#ifdef __linux__
MemoryFile::MemoryFile() : descriptor_(memfd_create("thalweg-fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "a file in memory can be made");
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
}

MemoryFile::~MemoryFile() {
    close(descriptor_);
}

void MemoryFile::write(std::span<const std::uint8_t> bytes) {
    require(ftruncate(descriptor_, 0) == 0, "a file in memory can be emptied");
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t count =
            pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        require(count > 0, "a file in memory can be written");
        done += static_cast<std::size_t>(count);
    }
}
#else
MemoryFile::MemoryFile() : path_(folder_.path("file")) {}
MemoryFile::~MemoryFile() = default;

void MemoryFile::write(std::span<const std::uint8_t> bytes) {
    std::ofstream file(path_, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    require(file.good(), "a temporary file can be written");
}
#endif

}  // namespace thalweg::fuzz
