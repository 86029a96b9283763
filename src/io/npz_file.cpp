// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npz: a zip archive whose members are .npy files named after their arrays.
#include <algorithm>
#include <cstddef>
#include <numeric>
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

// As NumPy names it: a member may do without the ending, and be an array all the same.
std::string array_name(std::string name) {
    if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) {
        name.resize(name.size() - kSuffix.size());
    }
    return name;
}

// Where several members have one name, their arrays are given up: which of them is meant, nobody knows. The
// first stays in the list.
void join_namesakes(std::vector<std::pair<std::string, io::ZipEntry>>& named, const std::string& path) {
    std::vector<std::size_t> order(named.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return named[a].first < named[b].first; });
    std::vector<bool> again(named.size());
    for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
        again[order[i]] = named[order[i]].first == named[order[first]].first;
        if (!again[order[i]]) {
            first = i;
            continue;
        }
        io::ZipEntry& entry = named[order[first]].second;
        entry.error = path + ": " + io::printable(named[order[first]].first) + ": offset " +
                      std::to_string(named[order[i]].second.directory_offset + io::kCentralBytes) +
                      ": expected a name of its own for each member, found \"" +
                      io::printable(named[order[i]].second.name) + "\" again";
    }
    std::size_t index = 0;
    std::erase_if(named, [&](const auto&) { return again[index++]; });
}

NpyArray read_member(const io::InputFile& file, const io::ZipEntry& entry) {
    if (!entry.error.empty()) {
        throw IoError(entry.error);
    }
    if (entry.name.ends_with('/')) {
        throw IoError(file.path() + ": " + io::printable(entry.name) +
                      ": expected an array (.npy), found a folder");
    }
    io::ArrayStream stream(file, entry);
    return io::read_npy(stream);
}

}  // namespace

Npz::Npz(std::string path, std::vector<NpzMember> members)
    : path_(std::move(path)), members_(std::move(members)) {}

std::span<const NpzMember> Npz::members() const noexcept {
    return members_;
}

const NpyArray* Npz::find(std::string_view name) const noexcept {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [&](const NpzMember& member) { return member.name == name; });
    return found == members_.end() ? nullptr : &found->array;
}

const NpyArray& Npz::at(std::string_view name) const {
    const NpyArray* const found = find(name);
    if (found != nullptr) {
        if (!found->error().empty()) {
            throw IoError(found->error());
        }
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
    std::vector<std::pair<std::string, io::ZipEntry>> named;
    for (io::ZipEntry& entry : io::read_zip_directory(file)) {
        named.emplace_back(array_name(entry.name), std::move(entry));
    }
    join_namesakes(named, path);
    std::vector<NpzMember> members;
    for (auto& [name, entry] : named) {
        NpzMember& member = members.emplace_back();
        member.name = std::move(name);
        try {
            member.array = read_member(file, entry);
        } catch (const IoError& error) {
            member.array = NpyArray::unreadable(error.what());
        }
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

void save_npz(const std::string& path, const std::vector<NpzMember>& members, NpzOptions options) {
    save_npz(path, std::span<const NpzMember>(members), options);
}

}  // namespace thalweg
