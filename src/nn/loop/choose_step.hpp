// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Net, data and options decide how a run takes its steps.
#pragma once

#include <memory>

#include "nn/step/step.hpp"
#include "thalweg/train.hpp"

namespace thalweg::nn {

// All arguments must outlive the step. params: those that take() gets as layers.
// throws   std::bad_alloc
template <class T>
std::unique_ptr<Step<T>> choose_step(const TwoLayerParams<T>& params, const Dataset& data,
                                     const TrainOptions& options);

}  // namespace thalweg::nn
