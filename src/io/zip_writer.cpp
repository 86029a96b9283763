// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Local headers with sizes and checksum, no data descriptors; ZIP64 records only where a number needs them.
#include "io/zip_writer.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "io/crc32.hpp"
#include "io/deflate.hpp"
#include "io/zip_format.hpp"

namespace thalweg::io {
namespace {

constexpr std::uint16_t kVersion20 = 20;  // deflate
constexpr std::uint16_t kVersion45 = 45;  // ZIP64
constexpr std::uint16_t kUnix = 3U << 8;  // whose file modes the attributes are
// 1980-01-01 00:00, the format's first moment: a date of its own would make the bytes differ from run to run.
constexpr std::uint16_t kTime = 0;
constexpr std::uint16_t kDate = 1U << 5 | 1U;
constexpr std::uint32_t kRegularFile0644 = 0100644U << 16;

class Record {
public:
    Record& add(std::uint64_t value, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        }
        return *this;
    }
    Record& u16(std::uint64_t value) { return add(value, 2); }
    Record& u32(std::uint64_t value) { return add(value, 4); }
    Record& u64(std::uint64_t value) { return add(value, 8); }
    Record& text(const std::string& text) {
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        return *this;
    }
    Record& append(const Record& other) {
        bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
        return *this;
    }
    std::size_t size() const noexcept { return bytes_.size(); }
    std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }

private:
    std::vector<std::uint8_t> bytes_;
};

// The ZIP64 extra field of these values; nothing without any.
Record zip64_extra(const std::vector<std::uint64_t>& values) {
    Record extra;
    if (!values.empty()) {
        extra.u16(kZip64Extra).u16(8 * values.size());
        for (const std::uint64_t value : values) {
            extra.u64(value);
        }
    }
    return extra;
}

std::uint16_t name_flags(const std::string& name) {
    const bool ascii = std::all_of(name.begin(), name.end(),
                                   [](char letter) { return static_cast<unsigned char>(letter) < 128; });
    return ascii ? 0 : kUtf8Flag;
}

}  // namespace

ZipWriter::ZipWriter(Sink sink, std::uint64_t zip64_from) : sink_(std::move(sink)), zip64_from_(zip64_from) {}

void ZipWriter::write(std::span<const std::uint8_t> bytes) {
    sink_(bytes);
    offset_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::span<const std::uint8_t> head,
                    std::span<const std::uint8_t> body, bool deflate) {
    Member member;
    member.name = name;
    member.bytes = head.size() + body.size();
    member.crc = crc32(crc32(0, head), body);
    member.header_offset = offset_;
    std::optional<std::vector<std::uint8_t>> shorter;
    if (deflate) {
        std::vector<std::uint8_t> whole(head.begin(), head.end());
        whole.insert(whole.end(), body.begin(), body.end());
        shorter = deflated(whole);
    }
    member.deflated = shorter.has_value();
    member.stored_bytes = shorter ? shorter->size() : member.bytes;
    write_local_header(member);
    if (shorter) {
        write(*shorter);
    } else {
        write(head);
        write(body);
    }
    members_.push_back(std::move(member));
}

void ZipWriter::write_local_header(const Member& member) {
    // Here ZIP64 has both sizes or none.
    const bool zip64 = large(member.bytes) || large(member.stored_bytes);
    const std::vector<std::uint64_t> sizes = {member.bytes, member.stored_bytes};
    const Record extra = zip64_extra(zip64 ? sizes : std::vector<std::uint64_t>());
    Record header;
    header.u32(kLocalSignature).u16(zip64 ? kVersion45 : kVersion20).u16(name_flags(member.name));
    header.u16(member.deflated ? kDeflatedMethod : kStoredMethod).u16(kTime).u16(kDate).u32(member.crc);
    header.u32(zip64 ? kElsewhere32 : member.stored_bytes).u32(zip64 ? kElsewhere32 : member.bytes);
    header.u16(member.name.size()).u16(extra.size()).text(member.name).append(extra);
    write(header.bytes());
}

void ZipWriter::write_central_header(const Member& member) {
    std::vector<std::uint64_t> values;
    for (const std::uint64_t value : {member.bytes, member.stored_bytes, member.header_offset}) {
        if (large(value)) {
            values.push_back(value);
        }
    }
    const Record extra = zip64_extra(values);
    const auto field = [this](std::uint64_t value) { return large(value) ? kElsewhere32 : value; };
    const std::uint16_t version = extra.size() != 0 ? kVersion45 : kVersion20;
    Record header;
    header.u32(kCentralSignature).u16(kUnix | version).u16(version).u16(name_flags(member.name));
    header.u16(member.deflated ? kDeflatedMethod : kStoredMethod).u16(kTime).u16(kDate).u32(member.crc);
    header.u32(field(member.stored_bytes)).u32(field(member.bytes));
    header.u16(member.name.size()).u16(extra.size()).u16(0).u16(0).u16(0).u32(kRegularFile0644);
    header.u32(field(member.header_offset)).text(member.name).append(extra);
    write(header.bytes());
}

void ZipWriter::write_end(std::uint64_t directory_offset) {
    const std::uint64_t end64_offset = offset_;
    const std::uint64_t directory_bytes = offset_ - directory_offset;
    const std::uint64_t count = members_.size();
    const bool zip64 = count >= kElsewhere16 || large(directory_offset) || large(directory_bytes);
    if (zip64) {
        Record record;
        record.u32(kEnd64Signature)
            .u64(kEnd64Bytes - end64::kBeforeSize)
            .u16(kUnix | kVersion45)
            .u16(kVersion45)
            .u32(0)
            .u32(0);
        record.u64(count).u64(count).u64(directory_bytes).u64(directory_offset);
        record.u32(kLocator64Signature).u32(0).u64(end64_offset).u32(1);
        write(record.bytes());
    }
    const std::uint64_t count16 = std::min<std::uint64_t>(count, kElsewhere16);
    Record record;
    record.u32(kEndSignature).u16(0).u16(0).u16(count16).u16(count16);
    record.u32(large(directory_bytes) ? kElsewhere32 : directory_bytes);
    record.u32(large(directory_offset) ? kElsewhere32 : directory_offset).u16(0);
    write(record.bytes());
}

void ZipWriter::finish() {
    const std::uint64_t directory_offset = offset_;
    for (const Member& member : members_) {
        write_central_header(member);
    }
    write_end(directory_offset);
}

}  // namespace thalweg::io
