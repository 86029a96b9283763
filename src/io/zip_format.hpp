// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The numbers of the zip format that reader and writer share. Source: PKWARE's APPNOTE.TXT 6.3.10,
// section 4.3; all words are little-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace thalweg::io {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::uint32_t kLocator64Signature = 0x07064b50;

inline constexpr std::size_t kLocalBytes = 30;
inline constexpr std::size_t kCentralBytes = 46;
inline constexpr std::size_t kEndBytes = 22;
inline constexpr std::size_t kEnd64Bytes = 56;
inline constexpr std::size_t kLocator64Bytes = 20;

// In a 16- or 32-bit field: look into the ZIP64 record.
inline constexpr std::uint16_t kElsewhere16 = 0xffff;
inline constexpr std::uint32_t kElsewhere32 = 0xffffffff;
inline constexpr std::uint16_t kZip64Extra = 1;

inline constexpr std::uint16_t kEncryptedFlag = 1U << 0;
inline constexpr std::uint16_t kDescriptorFlag = 1U << 3;
inline constexpr std::uint16_t kPatchFlag = 1U << 5;
inline constexpr std::uint16_t kStrongEncryptionFlag = 1U << 6;
inline constexpr std::uint16_t kUtf8Flag = 1U << 11;
inline constexpr std::uint16_t kMaskedFlag = 1U << 13;

inline constexpr std::uint16_t kStoredMethod = 0;
inline constexpr std::uint16_t kDeflatedMethod = 8;

// A little-endian number of a record, at its offset; the caller has checked that the record is there.
template <class T>
struct Field {
    std::size_t at;

    T of(std::span<const std::uint8_t> record) const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            value |= std::uint64_t{record[at + i]} << (8 * i);
        }
        return static_cast<T>(value);
    }
};
using Field16 = Field<std::uint16_t>;
using Field32 = Field<std::uint32_t>;
using Field64 = Field<std::uint64_t>;

// The first field of every record.
inline constexpr Field32 kSignature{0};

// In front of each member's data (4.3.7).
namespace local {
inline constexpr Field16 kFlags{6};
inline constexpr Field16 kMethod{8};
inline constexpr Field32 kCrc{14};
inline constexpr Field32 kStoredBytes{18};
inline constexpr Field32 kBytes{22};
inline constexpr Field16 kNameBytes{26};
inline constexpr Field16 kExtraBytes{28};
}  // namespace local

// A member in the directory (4.3.12).
namespace central {
inline constexpr Field16 kFlags{8};
inline constexpr Field16 kMethod{10};
inline constexpr Field32 kCrc{16};
inline constexpr Field32 kStoredBytes{20};
inline constexpr Field32 kBytes{24};
inline constexpr Field16 kNameBytes{28};
inline constexpr Field16 kExtraBytes{30};
inline constexpr Field16 kCommentBytes{32};
inline constexpr Field16 kDisk{34};
inline constexpr Field32 kHeaderOffset{42};
}  // namespace central

// Behind the directory (4.3.16).
namespace end {
inline constexpr Field16 kDisk{4};
inline constexpr Field16 kDirectoryDisk{6};
inline constexpr Field16 kEntriesHere{8};
inline constexpr Field16 kEntries{10};
inline constexpr Field32 kDirectoryBytes{12};
inline constexpr Field32 kDirectoryOffset{16};
inline constexpr Field16 kCommentBytes{20};
}  // namespace end

// Its ZIP64 form (4.3.14); the size counts neither itself nor the signature.
namespace end64 {
inline constexpr Field64 kSize{4};
inline constexpr Field32 kDisk{16};
inline constexpr Field32 kDirectoryDisk{20};
inline constexpr Field64 kEntriesHere{24};
inline constexpr Field64 kEntries{32};
inline constexpr Field64 kDirectoryBytes{40};
inline constexpr Field64 kDirectoryOffset{48};
inline constexpr std::uint64_t kBeforeSize = 12;
}  // namespace end64

// Between the two: where the ZIP64 form lies (4.3.15).
namespace locator64 {
inline constexpr Field32 kDisk{4};
inline constexpr Field64 kOffset{8};
inline constexpr Field32 kDisks{16};
}  // namespace locator64

// Each part of an extra field (4.5.1).
namespace extra {
inline constexpr std::size_t kHeadBytes = 4;
inline constexpr Field16 kId{0};
inline constexpr Field16 kSize{2};
}  // namespace extra

}  // namespace thalweg::io
