// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A Net's layers as they lie in it.
#pragma once

#include <vector>

#include "nn/layers/layers.hpp"
#include "thalweg/net.hpp"

namespace thalweg::nn {

// U is const where they are only read. Allocates nothing once views had so many.
// throws   std::bad_alloc
template <class U, class Params>
void look_at(Params& params, Activation activation, std::vector<Dense<U>>& views) {
    views.clear();
    for (std::size_t i = 0; i < params.layers.size(); ++i) {
        views.push_back(
            {params.layers[i].W, params.layers[i].b, activation_of(i, params.layers.size(), activation)});
    }
}

// The same, once they have been seen to fit one another.
// throws   ShapeError naming the layer
template <class T>
std::vector<Dense<const T>> views_of(const Net<T>& net);

// The last layer's sums, which become what predict() returns.
// shape    x: [N,input]  out: [N,output]
template <class T>
void predict_sums(const Net<T>& net, MatrixView<const T> x, MatrixView<T> out);

}  // namespace thalweg::nn
