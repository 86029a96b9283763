// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "files.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>

#include "support/crc32.hpp"
#include "thalweg/error.hpp"

namespace thalweg::test {
namespace {

void append_little_endian(Bytes& out, std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

}  // namespace

TempDirectory::TempDirectory() {
    std::random_device random;
    const std::string name = (std::filesystem::temp_directory_path() / "thalweg-test-").string();
    do {
        path_ = name + std::to_string(random());
    } while (!std::filesystem::create_directory(path_));
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
}

TempDirectory::~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempDirectory::write(const std::string& name, const Bytes& bytes) const {
    std::ofstream file(path(name), std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path(name));
    }
    return path(name);
}

Bytes contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::ptrdiff_t open_files() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

Bytes idx(const std::vector<std::uint32_t>& shape, const Bytes& values) {
    Bytes bytes = {0, 0, 8, static_cast<std::uint8_t>(shape.size())};
    for (const std::uint32_t size : shape) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes.push_back(static_cast<std::uint8_t>(size >> shift));
        }
    }
    return joined(bytes, values);
}

Bytes gzip(const Bytes& content) {
    Bytes out = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    std::size_t done = 0;
    do {
        const std::size_t count = std::min<std::size_t>(content.size() - done, 0xffff);
        const auto first = content.begin() + static_cast<std::ptrdiff_t>(done);
        done += count;
        out.push_back(done == content.size() ? 1 : 0);
        append_little_endian(out, static_cast<std::uint32_t>(count), 2);
        append_little_endian(out, ~static_cast<std::uint32_t>(count), 2);
        out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(count));
    } while (done < content.size());
    append_little_endian(out, crc32(content), 4);
    append_little_endian(out, static_cast<std::uint32_t>(content.size()), 4);
    return out;
}

Bytes joined(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::string io_error(const std::function<void()>& call) {
    try {
        call();
    } catch (const IoError& error) {
        return error.what();
    }
    return "(no IoError)";
}

}  // namespace thalweg::test
