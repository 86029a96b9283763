// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's loop: two whole forward passes for every parameter, in double, through a net of any depth. A
// pass is training's: layers that normalise take the mean and variance of the batch as it comes out, and
// outputs are left out as the masks say.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nn/layers/dropout.hpp"
#include "nn/layers/layers.hpp"
#include "nn/layers/targets.hpp"
#include "parallel/processes.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// The mean loss of the batch, with the notebook's 1e-7. Moves the running statistics of `running`, the same
// layers, toward those of the batch where there are any and the loss is finite.
template <class T>
double plain_loss(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                  HeldMasks masks = {}, Layers<T> running = {});

// (f(p + h e_i) - f(p - h e_i)) / 2h by two losses and a subtraction, f with weight decay. Returns
// plain_loss(). Processes share the parameters out.
// throws   std::bad_alloc; DifferenceError, in every process, where a loss is not finite; CommunicatorError
template <class T>
double plain_gradient(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets, double decay,
                      const NetDifferenceOptions& options, Layers<T> gradient, HeldMasks masks = {},
                      parallel::Processes* processes = nullptr);

// Only some parameters, counted layer by layer, W in row order before b; f with the notebook's 1e-7 and
// weight decay.
// throws   ShapeError for an index that is out of range; as above
template <class T>
std::vector<double> plain_partials(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                                   double decay, std::span<const std::size_t> which, double h);

}  // namespace thalweg::nn
