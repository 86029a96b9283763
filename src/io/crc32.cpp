// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One table, a byte at a time.
#include "io/crc32.hpp"

#include <array>
#include <cstddef>

#include "thalweg_config.hpp"

#ifdef THALWEG_HAS_ZLIB
#include <zlib.h>
#endif

namespace thalweg::io {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1U) * 0xedb88320U);
        }
        table[byte] = crc;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace

std::uint32_t crc32_by_table(std::uint32_t crc, std::span<const std::uint8_t> bytes) noexcept {
    crc = ~crc;
    for (const std::uint8_t byte : bytes) {
        crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xffU];
    }
    return ~crc;
}

std::uint32_t crc32(std::uint32_t crc, std::span<const std::uint8_t> bytes) noexcept {
#ifdef THALWEG_HAS_ZLIB
    // An empty span may have a null pointer, which zlib takes as a request for the initial value.
    return bytes.empty() ? crc : static_cast<std::uint32_t>(::crc32_z(crc, bytes.data(), bytes.size()));
#else
    return crc32_by_table(crc, bytes);
#endif
}

}  // namespace thalweg::io
