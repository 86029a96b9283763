// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// .npz files. The input is the archive; or, where it begins with a 1, which no archive does, the plan of one:
// members, flags, and bytes to overwrite. Only so do checksums fit and mutations get behind them.
#include <algorithm>
#include <optional>
#include <utility>

#include "fuzz.hpp"
#include "inflate.hpp"
#include "io/archives.hpp"
#include "io/crc32.hpp"
#include "io/npy_header.hpp"
#include "io/zip_writer.hpp"
#include "npy_uses.hpp"
#include "thalweg/npy.hpp"

namespace {

using namespace thalweg;
using fuzz::Bytes;
using fuzz::Cursor;

constexpr std::size_t kMostInflated = 65536;

Bytes planned_array(Cursor& plan) {
    static const char* const descrs[] = {"<f4", "<f8", ">f4", "|u1", "|b1",
                                         "<i8", ">u2", "<i4", "=f8", "<u4"};
    static const std::size_t widths[] = {4, 8, 4, 1, 1, 8, 2, 4, 8, 4};
    const std::size_t kind = plan.below(std::size(descrs));
    const std::size_t dimensions = plan.below(8);
    std::string shape = "(";
    std::size_t elements = 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
        const std::size_t length = plan.below(dimensions < 5 ? 9 : 3);
        shape += std::to_string(length) + (i + 1 < dimensions ? ", " : dimensions == 1 ? "," : "");
        elements *= length;
    }
    const bool fortran = plan.byte() % 2 == 1;
    Bytes values = plan.take(elements * widths[kind]);
    values.resize(elements * widths[kind]);
    return test::npy(test::dictionary(descrs[kind], fortran ? "True" : "False", shape + ")"), values);
}

// A deflate stream of the input's own: method, checksum and size are put right afterwards.
struct Streamed {
    std::size_t member;
    Bytes content;
};

Bytes planned_archive(Cursor& plan) {
    const std::uint8_t flags = plan.byte();
    std::vector<test::Member> members;
    std::vector<Streamed> streamed;
    const std::size_t count = plan.below(6);
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t how = plan.byte();
        test::Member member;
        const Bytes name = plan.take(plan.below(12));
        member.name.assign(name.begin(), name.end());
        member.name += (how & 1U) != 0 ? "" : ".npy";
        member.content = (how & 2U) != 0 ? plan.take(plan.word(2)) : planned_array(plan);
        member.deflated = (how & 4U) != 0;
        member.descriptor = (how & 8U) != 0;
        member.zip64 = (how & 16U) != 0;
        if ((how & 32U) != 0) {
            member.behind = plan.take(plan.below(20));
        }
        if ((how & 0xc2U) == 0xc2U) {
            const std::optional<fuzz::Stream> stream = fuzz::inflated(member.content, kMostInflated);
            if (stream.has_value() && stream->used == member.content.size()) {
                member.deflated = member.descriptor = member.zip64 = false;
                member.behind.clear();
                streamed.push_back({i, stream->content});
            }
        }
        members.push_back(std::move(member));
    }
    test::Archive archive = test::zip(members, (flags & 1U) != 0, (flags & 2U) != 0 ? "a comment" : "");
    for (const Streamed& each : streamed) {
        const std::uint32_t crc = io::crc32(0, each.content);
        for (const std::size_t header : {archive.local[each.member] + 8, archive.central[each.member] + 10}) {
            test::poke(archive.bytes, header, 8, 2);
            test::poke(archive.bytes, header + 6, crc, 4);
            test::poke(archive.bytes, header + 14, each.content.size(), 4);
        }
    }
    while (plan.left() >= 4) {
        const std::size_t offset = plan.word(2);
        const int bytes = 1 + static_cast<int>(plan.below(8));
        const std::uint64_t value = plan.word(bytes);
        if (offset + static_cast<std::size_t>(bytes) <= archive.bytes.size()) {
            test::poke(archive.bytes, offset, value, bytes);
        }
    }
    return archive.bytes;
}

// The same arrays in an archive of our own must come back.
void write_and_read(fuzz::MemoryFile& file, const std::vector<NpzMember>& arrays, bool zip64) {
    Bytes bytes;
    io::ZipWriter zip(
        [&](std::span<const std::uint8_t> more) { bytes.insert(bytes.end(), more.begin(), more.end()); },
        zip64 ? 0 : 0xffffffff);
    for (const NpzMember& member : arrays) {
        const std::string head = io::npy_header(member.array.dtype(), member.array.shape());
        zip.add(member.name + ".npy", {reinterpret_cast<const std::uint8_t*>(head.data()), head.size()},
                member.array.bytes(), member.array.size() % 2 == 1);
    }
    zip.finish();
    file.write(bytes);
    const bool read = fuzz::reads([&] {
        const Npz again = load_npz(file.path());
        fuzz::require(std::equal(again.begin(), again.end(), arrays.begin(), arrays.end()),
                      "what is written reads back the same");
    });
    fuzz::require(read, "what is written can be read");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static fuzz::MemoryFile file;
    const bool plan = size > 0 && data[0] == 1;
    Bytes bytes(data, data + size);
    if (plan) {
        Cursor cursor(std::span(data, size).subspan(1));
        bytes = planned_archive(cursor);
    }
    file.write(bytes);
    Npz npz;
    if (!fuzz::reads([&] { npz = load_npz(file.path()); })) {
        return 0;
    }
    std::vector<NpzMember> arrays;
    for (const NpzMember& member : npz) {
        fuzz::require(npz.find(member.name) == &member.array, "no name stands twice");
        const bool there = fuzz::reads([&] { npz.at(member.name); });
        fuzz::require(there == member.array.error().empty(), "what cannot be read says so");
        if (there) {
            fuzz::use(member.array);
            arrays.push_back(member);
        }
        fuzz::reads([&] { npz.as<Matrix<float>>(member.name); });
    }
    fuzz::reads([&] { npz.at(std::string(70, '\n')); });
    write_and_read(file, arrays, size % 2 == 0);
    return 0;
}
