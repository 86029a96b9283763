// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// CRC-32 as RFC 1952 defines it, bit by bit.
#pragma once

#include <cstdint>
#include <vector>

namespace thalweg::test {

inline std::uint32_t crc32(const std::vector<std::uint8_t>& bytes) {
    std::uint32_t crc = 0xffffffffU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1U) * 0xedb88320U);
        }
    }
    return ~crc;
}

}  // namespace thalweg::test
