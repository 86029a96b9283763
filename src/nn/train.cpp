// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Names of what is in nn/loop.
#include "thalweg/train.hpp"

#include "nn/loop/evaluate.hpp"
#include "nn/loop/two_layer_loop.hpp"

namespace thalweg {
namespace {

template <class T>
TrainResult run_resumed(TwoLayerNet<T>& net, const TrainTest& data, const TrainOptions& options,
                        const TrainState& from, const TrainCallbacks& callbacks) {
    Rng rng(0);
    rng.restore(from.rng);
    return nn::run_training(net.params, data, options, rng, callbacks, &from);
}

template <class T>
double share_right(const TwoLayerNet<T>& net, const Dataset& data) {
    return nn::share_right<T>(nn::layers_of(net.params.matrices()), data);
}

}  // namespace

TrainResult train(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks) {
    return nn::run_training(net.params, data, options, rng, callbacks);
}

TrainResult train(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks) {
    return nn::run_training(net.params, data, options, rng, callbacks);
}

TrainResult resume_training(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks) {
    return run_resumed(net, data, options, from, callbacks);
}

TrainResult resume_training(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks) {
    return run_resumed(net, data, options, from, callbacks);
}

double accuracy(const TwoLayerNet<float>& net, const Dataset& data) {
    return share_right(net, data);
}

double accuracy(const TwoLayerNet<double>& net, const Dataset& data) {
    return share_right(net, data);
}

}  // namespace thalweg
