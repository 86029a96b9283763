// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What layers of a net do with their sums x W + b.
#pragma once

#include <string_view>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// What a hidden layer makes of its sums. Gradients are those of the book's layers: at 0 relu's is 0.
/// source   Deep Learning from Scratch 3.2 and 5.5
enum class Activation {
    kIdentity,   ///< the sums themselves
    kSigmoid,    ///< sigmoid()
    kTanh,       ///< tanh()
    kRelu,       ///< relu()
    kLeakyRelu,  ///< leaky_relu() with 0.01
    kSoftplus,   ///< softplus()
    kGelu,       ///< gelu()
};

/// What training makes small, and with it what the last layer's sums stand for.
enum class Loss {
    kSoftmaxCrossEntropy,  ///< probabilities by softmax(), against labels or soft targets; the book's 1e-7
    kMeanSquaredError,     ///< the sums themselves, against numbers: the sum of squares / 2N, as in the book
    kBinaryCrossEntropy,   ///< probabilities by sigmoid(), each against a number from 0 to 1; from the sums
};

/// How weights are drawn: normally distributed, with this standard deviation. Biases begin at 0.
/// source   Deep Learning from Scratch 6.2
enum class Init {
    kHe,      ///< sqrt(2 / inputs of the layer), for relu
    kXavier,  ///< sqrt(1 / inputs of the layer), for sigmoid and tanh
    kNormal,  ///< NetOptions::init_std
};

/// Returns the name in files and on the command line: "leaky_relu"; "softmax", "mse" or "bce".
/// range    empty for a number that stands for none
std::string_view name(Activation activation) noexcept;
std::string_view name(Loss loss) noexcept;

}  // namespace thalweg
THALWEG_END_PUBLIC
