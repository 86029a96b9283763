// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's loop: two whole forward passes for every parameter, in double.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/matrix.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// The mean cross-entropy of the batch, with the notebook's 1e-7.
double plain_loss(const TwoLayerParams<double>& params, const Matrix<double>& x, Labels t);

// (f(p + h e_i) - f(p - h e_i)) / 2h by two losses and a subtraction. t: labels, or a row of targets a
// sample.
// throws   std::bad_alloc; DifferenceError where a loss is not finite
TwoLayerParams<double> plain_gradient(TwoLayerParams<double> params, const Matrix<double>& x, Labels t,
                                      const NetDifferenceOptions& options);
TwoLayerParams<double> plain_gradient(TwoLayerParams<double> params, const Matrix<double>& x,
                                      const Matrix<double>& t, const NetDifferenceOptions& options);

// Only some parameters, counted through params.matrices(), each in row order; f with the notebook's 1e-7.
// throws   ShapeError for an index that is out of range; as above
std::vector<double> plain_partials(TwoLayerParams<double> params, const Matrix<double>& x, Labels t,
                                   std::span<const std::size_t> which, double h);

}  // namespace thalweg::nn
