// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "fuzz.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
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

}  // namespace thalweg::fuzz
