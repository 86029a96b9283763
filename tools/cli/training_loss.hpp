// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The loss of a training step once more, in lines of arrays: what backpropagation's gradient is held against
// must not come from the same code.
#pragma once

#include <vector>

#include "thalweg/net.hpp"
#include "thalweg/random.hpp"

namespace thalweg::cli {

// What dropout leaves of each hidden layer's outputs in a step that draws from rng; none without dropout.
std::vector<Matrix<double>> dropout_masks(const Net<double>& net, std::size_t rows, Rng& rng);

// The mean loss of the batch with weight decay, without the book's 1e-7: what backpropagation differentiates.
double training_loss(const Net<double>& net, const Matrix<double>& x, const Matrix<double>& t,
                     const std::vector<Matrix<double>>& masks);

}  // namespace thalweg::cli
