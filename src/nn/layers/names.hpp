// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The names of a net's parameters, as they stand in messages and files.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace thalweg::nn {

// "W1" to "W999" and "b1" to "b999".
inline constexpr std::size_t kMostLayers = 999;

enum class Letter : std::size_t { kWeights, kBiases };

namespace names {

// Each with a zero behind it.
using Name = std::array<char, 5>;

constexpr Name make(char letter, std::size_t number) {
    Name name{};
    std::size_t at = 0;
    name[at++] = letter;
    for (const std::size_t power : {100U, 10U, 1U}) {
        if (number >= power) {
            name[at++] = static_cast<char>('0' + number / power % 10);
        }
    }
    return name;
}

inline constexpr auto kAll = [] {
    std::array<std::array<Name, kMostLayers>, 2> all{};
    for (std::size_t i = 0; i < kMostLayers; ++i) {
        all[0][i] = make('W', i + 1);
        all[1][i] = make('b', i + 1);
    }
    return all;
}();

}  // namespace names

// layer: from 0, below kMostLayers.
constexpr std::string_view name_of(Letter letter, std::size_t layer) noexcept {
    const std::size_t digits = layer < 9 ? 1 : layer < 99 ? 2 : 3;
    return {names::kAll[static_cast<std::size_t>(letter)][layer].data(), 1 + digits};
}

}  // namespace thalweg::nn
