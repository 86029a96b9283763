// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The plain loop's gradient, recomputing of each forward pass only what the moved parameter reaches.
#pragma once

#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// (f(p + h e_i) - f(p - h e_i)) / 2h by two losses and a subtraction, as the plain loop has it: a weight of
// the first layer changes one unit of the samples whose input is not 0, one of the second a single logit.
// range    labels in range, at least one row
// error    as the plain loop's, about 2^-52 * f / h
// throws   std::bad_alloc
TwoLayerParams<double> incremental_gradient(const TwoLayerParams<double>& params, const Matrix<double>& x,
                                            Labels t, double h, bool clean_loss);

}  // namespace thalweg::nn
