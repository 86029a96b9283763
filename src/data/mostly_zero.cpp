// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "data/mostly_zero.hpp"

#include <algorithm>

namespace thalweg::data {
namespace {

// With more pixels than this share, dense products are faster.
constexpr double kMostlyZero = 0.5;
constexpr std::size_t kImagesLookedAt = 1000;

}  // namespace

bool mostly_zero(const Dataset& data) noexcept {
    const std::size_t stride = std::max<std::size_t>(1, data.size() / kImagesLookedAt);
    std::size_t looked_at = 0;
    std::size_t nonzero = 0;
    for (std::size_t i = 0; i < data.size(); i += stride) {
        for (const std::uint8_t pixel : data.image(i)) {
            nonzero += pixel != 0 ? 1 : 0;
        }
        looked_at += data.image_size();
    }
    return static_cast<double>(nonzero) < kMostlyZero * static_cast<double>(looked_at);
}

}  // namespace thalweg::data
