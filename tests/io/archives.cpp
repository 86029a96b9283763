// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "archives.hpp"

#include <algorithm>

#include "support/crc32.hpp"

namespace thalweg::test {
namespace {

void put(Bytes& out, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

void put(Bytes& out, const std::string& text) {
    out.insert(out.end(), text.begin(), text.end());
}

Bytes deflate_in_stored_blocks(const Bytes& content) {
    Bytes out;
    std::size_t done = 0;
    do {
        const std::size_t count = std::min<std::size_t>(content.size() - done, 0xffff);
        const auto first = content.begin() + static_cast<std::ptrdiff_t>(done);
        done += count;
        put(out, done == content.size() ? 1 : 0, 1);
        put(out, count, 2);
        put(out, ~count, 2);
        out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(count));
    } while (done < content.size());
    return out;
}

void put_local(Bytes& out, const Member& member, const Bytes& stored) {
    const bool known = !member.descriptor;
    put(out, 0x04034b50, 4);
    put(out, member.zip64 ? 45 : 20, 2);
    put(out, member.descriptor ? 8 : 0, 2);
    put(out, member.deflated ? 8 : 0, 2);
    put(out, 0x00210000, 4);
    put(out, known ? crc32(member.content) : 0, 4);
    put(out, member.zip64 ? 0xffffffff : known ? stored.size() : 0, 4);
    put(out, member.zip64 ? 0xffffffff : known ? member.content.size() : 0, 4);
    put(out, member.name.size(), 2);
    put(out, member.zip64 ? 20 : 0, 2);
    put(out, member.name);
    if (member.zip64) {
        put(out, 0x00100001, 4);
        put(out, member.content.size(), 8);
        put(out, stored.size(), 8);
    }
}

void put_central(Bytes& out, const Member& member, std::size_t stored_bytes, std::size_t header_offset) {
    put(out, 0x02014b50, 4);
    put(out, 0x0314, 2);
    put(out, member.zip64 ? 45 : 20, 2);
    put(out, member.descriptor ? 8 : 0, 2);
    put(out, member.deflated ? 8 : 0, 2);
    put(out, 0x00210000, 4);
    put(out, crc32(member.content), 4);
    put(out, member.zip64 ? 0xffffffff : stored_bytes, 4);
    put(out, member.zip64 ? 0xffffffff : member.content.size(), 4);
    put(out, member.name.size(), 2);
    put(out, member.zip64 ? 28 : 0, 2);
    put(out, 0, 2 + 2 + 2);
    put(out, 0, 4);
    put(out, member.zip64 ? 0xffffffff : header_offset, 4);
    put(out, member.name);
    if (member.zip64) {
        put(out, 0x00180001, 4);
        put(out, member.content.size(), 8);
        put(out, stored_bytes, 8);
        put(out, header_offset, 8);
    }
}

void put_end(Archive& archive, std::size_t directory, std::size_t count, bool end64,
             const std::string& comment) {
    Bytes& out = archive.bytes;
    const std::size_t directory_bytes = out.size() - directory;
    if (end64) {
        archive.end64 = out.size();
        put(out, 0x06064b50, 4);
        put(out, 44, 8);
        put(out, 0x002d002d, 4);
        put(out, 0, 8);
        put(out, count, 8);
        put(out, count, 8);
        put(out, directory_bytes, 8);
        put(out, directory, 8);
        put(out, 0x07064b50, 4);
        put(out, 0, 4);
        put(out, archive.end64, 8);
        put(out, 1, 4);
    }
    archive.end = out.size();
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, end64 ? 0xffff : count, 2);
    put(out, end64 ? 0xffff : count, 2);
    put(out, end64 ? 0xffffffff : directory_bytes, 4);
    put(out, end64 ? 0xffffffff : directory, 4);
    put(out, comment.size(), 2);
    put(out, comment);
}

}  // namespace

std::string dictionary(const std::string& descr, const std::string& order, const std::string& shape) {
    std::string text = "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
    text.resize((text.size() + 11 + 63) / 64 * 64 - 11, ' ');
    return text + '\n';
}

Bytes npy(const std::string& dictionary, const Bytes& elements, int version) {
    Bytes out = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(version), 0};
    put(out, dictionary.size(), version == 1 ? 2 : 4);
    put(out, dictionary);
    return joined(out, elements);
}

Bytes small_npy() {
    return npy(dictionary("|u1", "False", "(2,)"), {7, 8});
}

Archive zip(const std::vector<Member>& members, bool end64, const std::string& comment) {
    Archive archive;
    std::vector<std::size_t> stored_bytes;
    for (const Member& member : members) {
        const Bytes stored = joined(
            member.deflated ? deflate_in_stored_blocks(member.content) : member.content, member.behind);
        archive.local.push_back(archive.bytes.size());
        put_local(archive.bytes, member, stored);
        archive.data.push_back(archive.bytes.size());
        archive.bytes = joined(archive.bytes, stored);
        if (member.descriptor) {
            put(archive.bytes, 0x08074b50, 4);
            put(archive.bytes, crc32(member.content), 4);
            put(archive.bytes, stored.size(), 4);
            put(archive.bytes, member.content.size(), 4);
        }
        stored_bytes.push_back(stored.size());
    }
    const std::size_t directory = archive.bytes.size();
    for (std::size_t i = 0; i < members.size(); ++i) {
        archive.central.push_back(archive.bytes.size());
        put_central(archive.bytes, members[i], stored_bytes[i], archive.local[i]);
    }
    put_end(archive, directory, members.size(), end64, comment);
    return archive;
}

void poke(Bytes& bytes, std::size_t offset, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
        bytes.at(offset + static_cast<std::size_t>(i)) = static_cast<std::uint8_t>(value >> (8 * i));
    }
}

}  // namespace thalweg::test
