// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From the end backwards: end record, its ZIP64 form if there is one, the central directory, then each
// member's local header. Sizes are the directory's: local headers of a streamed archive do not know them.
#include "io/zip_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "io/message.hpp"
#include "io/zip_format.hpp"
#include "thalweg/error.hpp"
#include "thalweg/file_kind.hpp"

namespace thalweg::io {
namespace {

// A deflate stream needs at least 2 bits for 258 bytes, 1032 to 1; the first block's header takes its part of
// the first bytes, so that a stream of n bytes never gives more than 1032 * n.
constexpr std::uint64_t kMostExpansion = 1032;

struct Directory {
    std::uint64_t offset;
    std::uint64_t bytes;
    std::uint64_t entries;
    std::uint64_t record_offset;  // of the record that says so, for messages
};

void check_signature(const InputFile& file, std::uint64_t offset, std::uint32_t found, std::uint32_t expected,
                     const std::string& what) {
    if (found != expected) {
        file.fail(offset, what + " (" + hex(expected) + ")", hex(found));
    }
}

void check_start(const InputFile& file) {
    if (file.size() == 0) {
        file.fail(0, "a zip archive", "nothing: the file is empty");
    }
    const std::vector<std::uint8_t> start =
        file.read(0, std::min<std::uint64_t>(file.size(), 6), "the zip archive");
    constexpr std::uint8_t kNpy[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
    if (std::equal(start.begin(), start.end(), std::begin(kNpy), std::end(kNpy))) {
        file.fail(0, "a zip archive (.npz)", "a single array (.npy)");
    }
    if (file.size() < kEndBytes) {
        file.fail(0, "a zip archive of at least 22 bytes", std::to_string(file.size()));
    }
}

// The end record is the file's last 22 bytes plus a comment of at most 65535, whose length must lead exactly
// to the end: that also tells it from the same signature inside a comment.
std::uint64_t find_end(const InputFile& file, std::vector<std::uint8_t>& record) {
    constexpr std::uint64_t kMostComment = 65535;
    const std::uint64_t window = std::min<std::uint64_t>(file.size(), kEndBytes + kMostComment);
    const std::uint64_t first = file.size() - window;
    const std::vector<std::uint8_t> tail = file.read(first, window, "the end of the zip archive");
    for (std::size_t at = tail.size() - kEndBytes + 1; at-- > 0;) {
        const auto here = std::span<const std::uint8_t>(tail).subspan(at);
        if (kSignature.of(here) == kEndSignature &&
            at + kEndBytes + end::kCommentBytes.of(here) == tail.size()) {
            const auto begin = tail.begin() + static_cast<std::ptrdiff_t>(at);
            record.assign(begin, begin + static_cast<std::ptrdiff_t>(kEndBytes));
            return first + at;
        }
    }
    const std::vector<std::uint8_t> start =
        file.read(0, std::min<std::uint64_t>(file.size(), kFileKindBytes), "the zip archive");
    const std::string kind = file_kind(start);
    if (!kind.empty() && kind != "a zip archive") {
        file.fail(0, "a zip archive (.npz)", kind);
    }
    file.fail(first, "a zip archive's end record (" + hex(kEndSignature) + ")",
              "none in the file's end, which may be cut off");
}

// The ZIP64 record in front of the end record; none without a locator that leads to it.
std::optional<Directory> read_end64(const InputFile& file, std::uint64_t end_offset) {
    if (end_offset < kLocator64Bytes + kEnd64Bytes) {
        return std::nullopt;
    }
    const std::uint64_t locator_offset = end_offset - kLocator64Bytes;
    const std::vector<std::uint8_t> locator = file.read(locator_offset, kLocator64Bytes, "the ZIP64 locator");
    if (kSignature.of(locator) != kLocator64Signature) {
        return std::nullopt;
    }
    if (locator64::kDisk.of(locator) != 0 || locator64::kDisks.of(locator) > 1) {
        file.fail(locator_offset, "an archive on one disk", "several");
    }
    const std::uint64_t offset = locator64::kOffset.of(locator);
    if (offset > locator_offset - kEnd64Bytes) {
        file.fail(locator_offset + locator64::kOffset.at, "the ZIP64 end record in front of its locator",
                  "offset " + std::to_string(offset));
    }
    const std::vector<std::uint8_t> record = file.read(offset, kEnd64Bytes, "the ZIP64 end record");
    check_signature(file, offset, kSignature.of(record), kEnd64Signature, "the ZIP64 end record");
    const std::uint64_t size = locator_offset - offset - end64::kBeforeSize;
    if (end64::kSize.of(record) != size) {
        file.fail(offset + end64::kSize.at, "a ZIP64 end record of " + std::to_string(size),
                  std::to_string(end64::kSize.of(record)));
    }
    if (end64::kDisk.of(record) != 0 || end64::kDirectoryDisk.of(record) != 0 ||
        end64::kEntriesHere.of(record) != end64::kEntries.of(record)) {
        file.fail(offset + end64::kDisk.at, "an archive on one disk", "several");
    }
    return Directory{end64::kDirectoryOffset.of(record), end64::kDirectoryBytes.of(record),
                     end64::kEntries.of(record), offset};
}

Directory find_directory(const InputFile& file) {
    std::vector<std::uint8_t> record;
    const std::uint64_t end_offset = find_end(file, record);
    Directory directory{end::kDirectoryOffset.of(record), end::kDirectoryBytes.of(record),
                        end::kEntries.of(record), end_offset};
    const std::optional<Directory> wide = read_end64(file, end_offset);
    if (wide) {
        const bool agree = (directory.offset == kElsewhere32 || directory.offset == wide->offset) &&
                           (directory.bytes == kElsewhere32 || directory.bytes == wide->bytes) &&
                           (directory.entries == kElsewhere16 || directory.entries == wide->entries);
        if (!agree) {
            file.fail(end_offset, "an end record that agrees with its ZIP64 form", "another");
        }
        directory = *wide;
    } else if (end::kDisk.of(record) != 0 || end::kDirectoryDisk.of(record) != 0 ||
               end::kEntriesHere.of(record) != end::kEntries.of(record)) {
        file.fail(end_offset + end::kDisk.at, "an archive on one disk", "several");
    }
    // Nothing in front of the archive, nothing between directory and end record: offsets mean what they say.
    const std::uint64_t limit = directory.record_offset;
    if (directory.offset > limit || directory.bytes != limit - directory.offset) {
        file.fail(directory.record_offset, "a directory that ends at the end record",
                  std::to_string(directory.bytes) + " bytes at offset " + std::to_string(directory.offset));
    }
    if (directory.entries > directory.bytes / kCentralBytes) {
        file.fail(directory.record_offset,
                  "at most " + std::to_string(directory.bytes / kCentralBytes) +
                      " members in a directory of " + std::to_string(directory.bytes) + " bytes",
                  std::to_string(directory.entries));
    }
    return directory;
}

// What is wrong with one member is an error of that member, and thrown where it is asked for.
class MemberChecks {
public:
    MemberChecks(const InputFile& file, const ZipEntry& entry) : file_(&file), entry_(&entry) {}

    [[noreturn]] void fail(std::uint64_t offset, const std::string& expected,
                           const std::string& found) const {
        throw IoError(file_->path() + ": " + printable(entry_->name) + ": offset " + std::to_string(offset) +
                      ": expected " + expected + ", found " + found);
    }

    void kind(std::uint64_t offset, std::uint16_t flags, std::uint16_t method) const {
        if ((flags & (kEncryptedFlag | kStrongEncryptionFlag | kMaskedFlag)) != 0) {
            fail(offset, "a member that is not encrypted", "an encrypted one");
        }
        if ((flags & kPatchFlag) != 0) {
            fail(offset, "a member of its own", "patch data");
        }
        if (method != kStoredMethod && method != kDeflatedMethod) {
            fail(offset + sizeof flags, "method 0 (stored) or 8 (deflated)", method_text(method));
        }
    }

    void sizes() const {
        if (!entry_->deflated && entry_->bytes != entry_->stored_bytes) {
            fail(entry_->directory_offset + central::kStoredBytes.at, "equal sizes, the member being stored",
                 std::to_string(entry_->stored_bytes) + " and " + std::to_string(entry_->bytes));
        }
        if (entry_->deflated && entry_->bytes / kMostExpansion > entry_->stored_bytes) {
            fail(entry_->directory_offset + central::kBytes.at,
                 "a size that " + std::to_string(entry_->stored_bytes) + " deflated bytes can have",
                 std::to_string(entry_->bytes));
        }
    }

    // A size that the local header knows must be the directory's.
    void local_size(std::uint64_t offset, std::uint32_t found, std::uint64_t expected) const {
        if (found != kElsewhere32 && found != expected) {
            fail(offset, "the directory's size " + std::to_string(expected), std::to_string(found));
        }
    }

private:
    static std::string method_text(std::uint16_t method) {
        constexpr std::pair<std::uint16_t, const char*> kNames[] = {
            {9, "deflate64"}, {12, "bzip2"}, {14, "LZMA"}, {93, "Zstandard"}, {95, "xz"}};
        const auto* const name = std::find_if(std::begin(kNames), std::end(kNames),
                                              [&](const auto& entry) { return entry.first == method; });
        return "method " + std::to_string(method) +
               (name == std::end(kNames) ? "" : std::string(" (") + name->second + ")");
    }

    const InputFile* file_;
    const ZipEntry* entry_;
};

// The fields of one central header that may have moved to its ZIP64 extra field, in the order they have
// there.
void read_extra(const MemberChecks& checks, ZipEntry& entry, std::span<const std::uint8_t> fields,
                std::uint64_t extra_offset) {
    std::span<const std::uint8_t> zip64;
    std::size_t at = 0;
    while (at < fields.size()) {
        const std::span<const std::uint8_t> rest = fields.subspan(at);
        if (rest.size() < extra::kHeadBytes || extra::kSize.of(rest) > rest.size() - extra::kHeadBytes) {
            checks.fail(extra_offset + at, "a whole extra field", std::to_string(rest.size()) + " bytes");
        }
        const std::size_t size = extra::kSize.of(rest);
        if (extra::kId.of(rest) == kZip64Extra) {
            zip64 = rest.subspan(extra::kHeadBytes, size);
        }
        at += extra::kHeadBytes + size;
    }
    const std::size_t zip64_bytes = zip64.size();
    for (std::uint64_t* field : {&entry.bytes, &entry.stored_bytes, &entry.header_offset}) {
        if (*field != kElsewhere32) {
            continue;
        }
        if (zip64.size() < sizeof *field) {
            checks.fail(extra_offset, "a ZIP64 extra field",
                        zip64_bytes == 0 ? "none" : std::to_string(zip64_bytes) + " bytes");
        }
        *field = Field64{0}.of(zip64);
        zip64 = zip64.subspan(sizeof *field);
    }
}

template <class Check>
void keep_error(ZipEntry& entry, const Check& check) {
    try {
        check();
    } catch (const IoError& error) {
        entry.error = error.what();
    }
}

// One central header at `at` of the directory; moves `at` behind it.
ZipEntry read_entry(const InputFile& file, const Directory& directory, std::span<const std::uint8_t> bytes,
                    std::size_t& at) {
    const std::uint64_t offset = directory.offset + at;
    const std::span<const std::uint8_t> rest = bytes.subspan(at);
    if (rest.size() < kCentralBytes) {
        file.fail(offset, "46 bytes of a directory entry", std::to_string(rest.size()));
    }
    check_signature(file, offset, kSignature.of(rest), kCentralSignature, "a directory entry");
    const std::size_t name_bytes = central::kNameBytes.of(rest);
    const std::size_t extra_bytes = central::kExtraBytes.of(rest);
    const std::size_t total = kCentralBytes + name_bytes + extra_bytes + central::kCommentBytes.of(rest);
    if (rest.size() < total) {
        file.fail(offset, std::to_string(total) + " bytes of a directory entry", std::to_string(rest.size()));
    }
    const std::uint16_t method = central::kMethod.of(rest);
    if (central::kDisk.of(rest) != 0) {
        file.fail(offset + central::kDisk.at, "an archive on one disk", "several");
    }
    ZipEntry entry;
    const auto name = rest.begin() + kCentralBytes;
    entry.name.assign(name, name + static_cast<std::ptrdiff_t>(name_bytes));
    if (entry.name.empty() || entry.name.find('\0') != std::string::npos) {
        file.fail(offset + kCentralBytes, "a member's name",
                  entry.name.empty() ? "none" : "a zero byte in it");
    }
    entry.deflated = method == kDeflatedMethod;
    entry.crc = central::kCrc.of(rest);
    entry.stored_bytes = central::kStoredBytes.of(rest);
    entry.bytes = central::kBytes.of(rest);
    entry.header_offset = central::kHeaderOffset.of(rest);
    entry.directory_offset = offset;
    keep_error(entry, [&] {
        const MemberChecks checks(file, entry);
        checks.kind(offset + central::kFlags.at, central::kFlags.of(rest), method);
        read_extra(checks, entry, rest.subspan(kCentralBytes + name_bytes, extra_bytes),
                   offset + kCentralBytes + name_bytes);
        checks.sizes();
    });
    at += total;
    return entry;
}

// The local header tells where the data begin; in all else it must not contradict the directory, or two
// readers of the same archive would see two different things.
void locate(const InputFile& file, const Directory& directory, ZipEntry& entry) {
    const MemberChecks checks(file, entry);
    const std::uint64_t at = entry.header_offset;
    if (at > directory.offset || directory.offset - at < kLocalBytes) {
        checks.fail(entry.directory_offset + central::kHeaderOffset.at,
                    "a local header in front of the directory", "offset " + std::to_string(at));
    }
    const std::vector<std::uint8_t> header = file.read(at, kLocalBytes, "the local header");
    if (kSignature.of(header) != kLocalSignature) {
        checks.fail(at, "the local header (" + hex(kLocalSignature) + ")", hex(kSignature.of(header)));
    }
    const std::uint16_t flags = local::kFlags.of(header);
    const std::uint16_t method = local::kMethod.of(header);
    checks.kind(at + local::kFlags.at, flags, method);
    if ((method == kDeflatedMethod) != entry.deflated) {
        checks.fail(at + local::kMethod.at, "the directory's method", "method " + std::to_string(method));
    }
    const std::uint64_t name_bytes = local::kNameBytes.of(header);
    const std::uint64_t room = directory.offset - at - kLocalBytes;
    const std::uint64_t before_data = name_bytes + local::kExtraBytes.of(header);
    if (before_data > room || entry.stored_bytes > room - before_data) {
        checks.fail(
            at, "a member of " + std::to_string(entry.stored_bytes) + " bytes, to end before the directory",
            std::to_string(room) + " bytes up to there");
    }
    const std::vector<std::uint8_t> name = file.read(at + kLocalBytes, name_bytes, "the member's name");
    if (!std::equal(name.begin(), name.end(), entry.name.begin(), entry.name.end(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
        checks.fail(at + kLocalBytes, "the directory's name \"" + printable(entry.name) + "\"",
                    "\"" + printable(std::string(name.begin(), name.end())) + "\"");
    }
    if ((flags & kDescriptorFlag) == 0) {
        if (local::kCrc.of(header) != entry.crc) {
            checks.fail(at + local::kCrc.at, "the directory's checksum " + hex(entry.crc),
                        hex(local::kCrc.of(header)));
        }
        checks.local_size(at + local::kStoredBytes.at, local::kStoredBytes.of(header), entry.stored_bytes);
        checks.local_size(at + local::kBytes.at, local::kBytes.of(header), entry.bytes);
    }
    entry.data_offset = at + kLocalBytes + before_data;
}

void check_overlaps(const InputFile& file, std::span<const ZipEntry> entries) {
    std::vector<const ZipEntry*> by_place;
    for (const ZipEntry& entry : entries) {
        if (entry.error.empty()) {
            by_place.push_back(&entry);
        }
    }
    std::sort(by_place.begin(), by_place.end(),
              [](const ZipEntry* a, const ZipEntry* b) { return a->header_offset < b->header_offset; });
    for (std::size_t i = 1; i < by_place.size(); ++i) {
        const ZipEntry& before = *by_place[i - 1];
        if (by_place[i]->header_offset < before.data_offset + before.stored_bytes) {
            file.fail(by_place[i]->header_offset, "members that do not overlap",
                      "\"" + printable(by_place[i]->name) + "\" inside \"" + printable(before.name) + "\"");
        }
    }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(const InputFile& file) {
    check_start(file);
    const Directory directory = find_directory(file);
    const std::vector<std::uint8_t> bytes = file.read(directory.offset, directory.bytes, "the directory");
    std::vector<ZipEntry> entries;
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        entries.push_back(read_entry(file, directory, bytes, at));
    }
    if (at != bytes.size()) {
        file.fail(directory.offset + at, "the end of the directory",
                  std::to_string(bytes.size() - at) + " more bytes");
    }
    for (ZipEntry& entry : entries) {
        if (entry.error.empty()) {
            keep_error(entry, [&] { locate(file, directory, entry); });
        }
    }
    check_overlaps(file, entries);
    return entries;
}

}  // namespace thalweg::io
