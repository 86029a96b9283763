// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs of the training loop with the book's two-layer net.
#pragma once

#include "thalweg/train.hpp"

namespace thalweg::nn {

// As train(); from: where a run stood, its generator restored already, or nullptr for a new one.
template <class T>
TrainResult run_training(TwoLayerParams<T>& params, const TrainTest& data, const TrainOptions& options,
                         Rng& rng, const TrainCallbacks& callbacks, const TrainState* from = nullptr);

}  // namespace thalweg::nn
