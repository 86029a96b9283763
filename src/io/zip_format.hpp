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

// The little-endian word of `count` bytes; the caller has checked that they are there.
inline std::uint64_t word(std::span<const std::uint8_t> bytes, std::size_t offset, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value |= std::uint64_t{bytes[offset + i]} << (8 * i);
    }
    return value;
}
inline std::uint16_t word16(std::span<const std::uint8_t> bytes, std::size_t offset) {
    return static_cast<std::uint16_t>(word(bytes, offset, 2));
}
inline std::uint32_t word32(std::span<const std::uint8_t> bytes, std::size_t offset) {
    return static_cast<std::uint32_t>(word(bytes, offset, 4));
}
inline std::uint64_t word64(std::span<const std::uint8_t> bytes, std::size_t offset) {
    return word(bytes, offset, 8);
}

}  // namespace thalweg::io
