// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 64 bits that stand for a data set.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace thalweg::cli {

// Multiplication by an odd number and the fold of the high half are bijections of the state: one changed word
// always changes the result.
inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 32);
}

// The elements' bytes, of whatever type.
template <class Element>
std::uint64_t mix(std::uint64_t hash, std::span<const Element> elements) {
    const std::size_t size = elements.size_bytes();
    hash = mix(hash, size);
    for (std::size_t at = 0; at < size; at += 8) {
        std::uint64_t value = 0;
        std::memcpy(&value, reinterpret_cast<const unsigned char*>(elements.data()) + at,
                    std::min<std::size_t>(8, size - at));
        hash = mix(hash, value);
    }
    return hash;
}

}  // namespace thalweg::cli
