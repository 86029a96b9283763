// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 64 bits that stand for a data set.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace thalweg::cli {

// Multiplication by an odd number and the fold of the high half are bijections of the state: one changed word
// always changes the result.
inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 32);
}

// The elements' bytes, of whatever type, eight to a word; the first is the word's lowest on every machine.
template <class Element>
std::uint64_t mix(std::uint64_t hash, std::span<const Element> elements) {
    constexpr std::size_t kEach = 8 / sizeof(Element);
    hash = mix(hash, elements.size_bytes());
    for (std::size_t at = 0; at < elements.size(); at += kEach) {
        std::array<Element, kEach> word{};
        std::copy_n(elements.data() + at, std::min(kEach, elements.size() - at), word.begin());
        if constexpr (std::endian::native == std::endian::big) {
            std::reverse(word.begin(), word.end());
        }
        hash = mix(hash, std::bit_cast<std::uint64_t>(word));
    }
    return hash;
}

}  // namespace thalweg::cli
