// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npz: a zip archive whose members are .npy files named after their arrays.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "io/array_stream.hpp"
#include "io/atomic_file.hpp"
#include "io/deflate.hpp"
#include "io/message.hpp"
#include "io/npy_file.hpp"
#include "io/npy_header.hpp"
#include "io/zip_format.hpp"
#include "io/zip_reader.hpp"
#include "io/zip_writer.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

namespace thalweg {
namespace {

constexpr std::string_view kSuffix = ".npy";
constexpr std::size_t kLongestName = 65535 - kSuffix.size();  // a zip header counts in 16 bits

void check_names(std::span<const NpzMember> members) {
    std::vector<std::string_view> names;
    for (const NpzMember& member : members) {
        if (member.name.empty() || member.name.size() > kLongestName ||
            member.name.find('\0') != std::string::npos) {
            throw ShapeError("save_npz: expected a name of 1 to " + std::to_string(kLongestName) +
                             " bytes, none of them 0, found \"" + io::printable(member.name) + "\"");
        }
        names.push_back(member.name);
    }
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) {
        throw ShapeError("save_npz: expected a name of its own for each array, found \"" +
                         io::printable(*twice) + "\" twice");
    }
}

}  // namespace

Npz::Npz(std::string path, std::vector<NpzMember> members)
    : path_(std::move(path)), members_(std::move(members)) {}

const NpyArray* Npz::find(std::string_view name) const noexcept {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const NpzMember& member) { return member.name == name; });
    return found == members_.end() ? nullptr : &found->array;
}

const NpyArray& Npz::at(std::string_view name) const {
    const NpyArray* const found = find(name);
    if (found != nullptr) {
        return *found;
    }
    constexpr std::size_t kMostNamed = 20;
    std::string names;
    for (std::size_t i = 0; i < std::min(size(), kMostNamed); ++i) {
        names += (i == 0 ? "" : ", ") + io::printable(members_[i].name);
    }
    throw IoError(path_ + ": expected an array \"" + io::printable(name) + "\", found " +
                  (names.empty() ? "none at all" : names) + (size() > kMostNamed ? ", ..." : ""));
}

void Npz::fail(std::string_view name, const char* what) const {
    throw IoError(path_ + ": " + io::printable(name) + ": " + what);
}

Npz load_npz(const std::string& path) {
    const io::InputFile file(path);
    const std::vector<io::ZipEntry> entries = io::read_zip_directory(file);
    for (const io::ZipEntry& entry : entries) {
        if (entry.name.size() <= kSuffix.size() || !std::string_view(entry.name).ends_with(kSuffix)) {
            file.fail(entry.directory_offset + io::kCentralBytes, "a member whose name ends in .npy",
                      "\"" + io::printable(entry.name) + "\"");
        }
    }
    std::vector<NpzMember> members;
    for (const io::ZipEntry& entry : entries) {
        io::ArrayStream stream(file, entry);
        members.push_back({entry.name.substr(0, entry.name.size() - kSuffix.size()), io::read_npy(stream)});
    }
    file.check_unchanged();
    return {path, std::move(members)};
}

void save_npz(const std::string& path, std::span<const NpzMember> members, NpzOptions options) {
    check_names(members);
    if (options.deflate && !io::have_deflate()) {
        throw IoError(path +
                      ": expected to write stored members, for this build has no zlib, found deflate = true");
    }
    io::AtomicFile file(path);
    io::ZipWriter zip([&](std::span<const std::uint8_t> bytes) { file.write(bytes); });
    for (const NpzMember& member : members) {
        const std::string head = io::npy_header(member.array.dtype(), member.array.shape());
        zip.add(member.name + std::string(kSuffix),
                {reinterpret_cast<const std::uint8_t*>(head.data()), head.size()}, member.array.bytes(),
                options.deflate);
    }
    zip.finish();
    file.commit();
}

}  // namespace thalweg
