// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How activations and losses are called in files, in the order of their enumerators.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "thalweg/layers.hpp"

namespace thalweg::nn {

inline constexpr std::array<std::string_view, 7> kActivationWords = {"identity",   "sigmoid",  "tanh", "relu",
                                                                     "leaky_relu", "softplus", "gelu"};
inline constexpr std::array<std::string_view, 3> kLossWords = {"softmax", "mse", "bce"};

static_assert(static_cast<std::size_t>(Activation::kGelu) + 1 == kActivationWords.size());
static_assert(static_cast<std::size_t>(Loss::kBinaryCrossEntropy) + 1 == kLossWords.size());

}  // namespace thalweg::nn
