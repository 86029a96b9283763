// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A Net's layers as they lie in it. U is const where they are only read.
#pragma once

#include <string>
#include <vector>

#include "nn/layers/checks.hpp"
#include "nn/layers/layers.hpp"
#include "thalweg/net.hpp"

namespace thalweg::nn {

// Parameters, or a gradient. Allocates nothing once views had so many.
// throws   std::bad_alloc
template <class U, class Params>
void look_at(Params& params, const NetOptions& options, std::vector<Dense<U>>& views) {
    auto& layers = params.layers;
    views.clear();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        views.push_back({.W = layers[i].W,
                         .b = layers[i].b,
                         .activation = activation_of(i, layers.size(), options.activation),
                         .gamma = layers[i].gamma,
                         .beta = layers[i].beta,
                         .dropout = i + 1 < layers.size() ? options.dropout : 0.0});
    }
}

// The whole net, its running statistics included, once everything has been seen to fit.
// throws   ShapeError naming the layer; std::bad_alloc
template <class U, class SomeNet>
void look_at_net(SomeNet& net, std::vector<Dense<U>>& views) {
    look_at<U>(net.params, net.options(), views);
    const std::size_t normalised = net.options().batch_norm && !views.empty() ? views.size() - 1 : 0;
    if (net.running.layers.size() != normalised) {
        throw ShapeError("Net: expected running statistics of " + std::to_string(normalised) +
                         " layers, found " + std::to_string(net.running.layers.size()));
    }
    for (std::size_t i = 0; i < normalised; ++i) {
        views[i].mean = net.running.layers[i].mean;
        views[i].variance = net.running.layers[i].variance;
    }
    check_layers<U>("Net", views, net.options().batch_norm);
}
template <class T>
std::vector<Dense<const T>> views_of(const Net<T>& net);

// Matrices for a gradient in the shapes of the layers. Allocates only when a shape changes.
// throws   std::bad_alloc
template <class T, class U>
void fit_gradient(Layers<U> layers, NetParams<T>& gradient) {
    gradient.layers.resize(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        Layer<T>& layer = gradient.layers[i];
        fit(layer.W, layers[i].inputs(), layers[i].outputs());
        fit(layer.b, 1, layers[i].outputs());
        fit(layer.gamma, layers[i].gamma.rows(), layers[i].gamma.cols());
        fit(layer.beta, layers[i].beta.rows(), layers[i].beta.cols());
    }
}

// The last layer's sums, which become what predict() returns.
// shape    x: [N,input]  out: [N,output]
template <class T>
void predict_sums(const Net<T>& net, MatrixView<const T> x, MatrixView<T> out);

}  // namespace thalweg::nn
