// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The Mersenne Twister (Matsumoto and Nishimura 1998, MT19937) below Rng, for loops that draw thousands of
// numbers: word by word, calls and tests cost more than the numbers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "thalweg/random.hpp"

namespace thalweg::core {

inline constexpr std::uint32_t kTwisterWords = 624;

// Makes the next words, and sets the position to the first. Words depend on those 227 or more places before
// them, so several are made at a time.
inline void refill(Rng::State& state) noexcept {
    constexpr std::size_t kWords = kTwisterWords;
    constexpr std::size_t kMiddle = 397;
    const auto twist = [](std::uint32_t high, std::uint32_t low, std::uint32_t other) {
        const std::uint32_t joined = (high & 0x80000000U) | (low & 0x7fffffffU);
        return other ^ (joined >> 1) ^ ((0U - (joined & 1U)) & 0x9908b0dfU);
    };
    std::uint32_t* const w = state.words;
    for (std::size_t i = 0; i < kWords - kMiddle; ++i) {
        w[i] = twist(w[i], w[i + 1], w[i + kMiddle]);
    }
    for (std::size_t i = kWords - kMiddle; i < kWords - 1; ++i) {
        w[i] = twist(w[i], w[i + 1], w[i - (kWords - kMiddle)]);
    }
    w[kWords - 1] = twist(w[kWords - 1], w[0], w[kMiddle - 1]);
    state.position = 0;
}

// What a word looks like outside.
inline std::uint32_t tempered(std::uint32_t word) noexcept {
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680U;
    word ^= (word << 15) & 0xefc60000U;
    return word ^ (word >> 18);
}

}  // namespace thalweg::core
