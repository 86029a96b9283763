// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What training asks of its arguments.
#pragma once

#include "thalweg/train.hpp"

namespace thalweg::nn {

// throws   ShapeError for an option that is 0; std::invalid_argument for h and for what the optimiser refuses
template <class T>
void check_options(const TrainOptions& options);

// That the net takes these images and has an output a class; which: "training" or "test".
// throws   ShapeError
template <class T>
void check_data(const TwoLayerParams<T>& params, const Dataset& data, const char* which);

}  // namespace thalweg::nn
