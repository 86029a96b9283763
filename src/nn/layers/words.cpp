// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/words.hpp"

namespace thalweg {
namespace {

template <std::size_t Count>
std::string_view word(const std::array<std::string_view, Count>& words, int number) noexcept {
    const auto at = static_cast<std::size_t>(number);
    return at < Count ? words[at] : std::string_view();
}

}  // namespace

std::string_view name(Activation activation) noexcept {
    return word(nn::kActivationWords, static_cast<int>(activation));
}

std::string_view name(Loss loss) noexcept {
    return word(nn::kLossWords, static_cast<int>(loss));
}

}  // namespace thalweg
