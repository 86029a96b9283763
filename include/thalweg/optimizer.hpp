// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How parameters move along a gradient.
#pragma once

#include "thalweg/abi.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Stochastic gradient descent: p = fma(-lr, g, p) for every parameter, lr rounded to the net's type.
/// source   Deep Learning from Scratch 4.5
struct Sgd {
    double lr = 0.1;  ///< learning rate

    /// One step.
    /// shape    params, grads: alike
    /// error    one rounding a parameter with fma, two without
    /// threads  large matrices are split over threads(); the result does not depend on it
    /// throws   ShapeError when the shapes differ; the parameters before that one are updated then
    void update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const;
    void update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
