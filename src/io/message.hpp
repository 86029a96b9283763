// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Bytes of a file as messages show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace thalweg::io {

// "0x04034b50"
inline std::string hex(std::uint32_t value) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text = "0x";
    for (int shift = 28; shift >= 0; shift -= 4) {
        text += kDigits[(value >> shift) & 15U];
    }
    return text;
}

// One short line of printable ASCII, whatever the bytes are: a name must not move anybody's terminal.
inline std::string printable(std::string_view bytes) {
    constexpr std::size_t kMost = 60;
    std::string text;
    for (const char letter : bytes.substr(0, kMost)) {
        text += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return bytes.size() > kMost ? text + "..." : text;
}

}  // namespace thalweg::io
