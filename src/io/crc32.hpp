// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// CRC-32 as zip and gzip use it (ISO 3309, polynomial 0xedb88320 with the bits reversed).
#pragma once

#include <cstdint>
#include <span>

namespace thalweg::io {

// Continues a checksum with more bytes; begin with 0. zlib's where there is one: it is several times as fast.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes) noexcept;

// The same without zlib, for builds that lack it; compiled always, so that every build tests it.
std::uint32_t crc32_by_table(std::uint32_t crc, std::span<const std::uint8_t> bytes) noexcept;

}  // namespace thalweg::io
