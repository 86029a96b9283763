// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How parameters move along a gradient.
#pragma once

#include "thalweg/abi.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Stochastic gradient descent: p = fma(-lr, g, p) for every parameter, with lr rounded to the net's type.
/// source   Deep Learning from Scratch 4.5
struct Sgd {
    double lr = 0.1;  ///< learning rate: finite and above 0

    /// Moves the parameters one step along the gradient.
    /// shape    params, grads: alike; where two matrices differ, those before them are updated
    /// error    one rounding a parameter with FMA, two without
    /// throws   std::invalid_argument for an lr that is not finite and above 0 in the net's type
    void update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const;
    void update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
