// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The names of a net's matrices, as they stand in messages and files. They lie in the library as long as it
// does.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "nn/layers/checks.hpp"

namespace thalweg::nn {

// A word with the numbers 1 to 999 behind it.
template <std::size_t kSize>
class Names {
public:
    constexpr explicit Names(const char (&word)[kSize]) {
        for (std::size_t i = 0; i < kMostLayers; ++i) {
            std::size_t at = 0;
            for (; at + 1 < kSize; ++at) {
                names_[i][at] = word[at];
            }
            for (const std::size_t power : {100U, 10U, 1U}) {
                if (i + 1 >= power) {
                    names_[i][at++] = static_cast<char>('0' + (i + 1) / power % 10);
                }
            }
        }
    }
    // layer: from 0, below kMostLayers.
    constexpr std::string_view of(std::size_t layer) const noexcept {
        const std::size_t digits = layer < 9 ? 1 : layer < 99 ? 2 : 3;
        return {names_[layer].data(), kSize - 1 + digits};
    }

private:
    std::array<std::array<char, kSize + 3>, kMostLayers> names_{};  // each with a zero behind it
};

inline constexpr Names kWeightsNames("W");
inline constexpr Names kBiasesNames("b");
inline constexpr Names kGammaNames("gamma");
inline constexpr Names kBetaNames("beta");
inline constexpr Names kMeanNames("running_mean");
inline constexpr Names kVarianceNames("running_var");

}  // namespace thalweg::nn
