// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/words.hpp"

namespace thalweg {

std::string_view name(Activation activation) noexcept {
    return nn::kActivationWords[static_cast<std::size_t>(activation)];
}

std::string_view name(Loss loss) noexcept {
    return nn::kLossWords[static_cast<std::size_t>(loss)];
}

}  // namespace thalweg
