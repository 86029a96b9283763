// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The training loop: draw a mini-batch, take its gradient, update; measure the accuracy now and then.
//
// Common to all:
// error    the order of every sum is in docs/numerics.md
// source   Deep Learning from Scratch 4.5.2 and 4.5.3
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/callback.hpp"
#include "thalweg/images.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/random.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Where the gradient of a step comes from.
enum class GradientSource {
    kBackprop,   ///< backpropagation
    kNumerical,  ///< central differences of the loss, TwoLayerNet::numerical_gradient
};

/// What train() does; the defaults are the notebook's.
struct TrainOptions {
    /// Updates to make, at least 1.
    std::size_t iterations = 10000;
    /// Images an update, at least 1.
    std::size_t batch_size = 100;
    /// How batches are drawn.
    Sampling sampling = Sampling::kReplacement;
    /// How parameters move.
    Sgd optimizer = {};
    /// Along which gradient.
    GradientSource gradient = GradientSource::kBackprop;
    /// Step of the differences, if it is not the default; else differences.h is. kBackprop ignores both.
    double h = 1e-4;
    /// Measures the accuracy on all of both parts after update 1, every multiple of this, and the last.
    std::size_t eval_every = 600;
    /// Calls on_checkpoint after every multiple of this, and at the end; 0: at the end only.
    std::size_t checkpoint_every = 0;
    /// How the differences are computed.
    NetDifferenceOptions differences = {};
};

/// A run between two updates: with the net's parameters, everything that its next updates depend on.
struct TrainState {
    std::size_t iteration = 0;   ///< updates made since the very beginning
    Rng::State rng = {};         ///< of the generator that draws the batches
    MiniBatches::State batches;  ///< where in an epoch
};

/// One update, as on_step sees it.
struct TrainStep {
    std::size_t iteration;  ///< updates made, this one included: 1, 2, ...
    double loss;            ///< of the batch before the update, with the 1e-7
};

/// The accuracy on all of both parts after an update.
struct TrainEvaluation {
    std::size_t iteration;  ///< updates made
    double train;           ///< share of right answers, 0 to 1
    double test;            ///< the same on images that were not trained with
};

/// Functions that train() calls; each may be left empty. Returning false ends training after this update; the
/// result has everything up to it.
struct TrainCallbacks {
    /// Called after every update.
    Callback<bool(const TrainStep&)> on_step = {};
    /// Called after each measurement of the accuracy.
    Callback<bool(const TrainEvaluation&)> on_evaluation = {};
    /// Called with a state to save, while the net holds its parameters: with both, resume_training()
    /// continues with the same bits. Not called once the loss is no longer finite.
    Callback<bool(const TrainState&)> on_checkpoint = {};
};

/// Why training ended.
enum class TrainStop {
    kDone,           ///< all updates are made
    kLossNotFinite,  ///< the loss is NaN or Inf; its update was not made
    kCallback,       ///< a callback returned false
    kEarly,          ///< NetTrainOptions::early_stop: the validation part's loss fell no further
};

/// The outcome of a run.
struct TrainResult {
    /// Why it ended.
    TrainStop stop = TrainStop::kDone;
    /// Updates made since the very beginning; with kLossNotFinite the number of the update that was not made.
    std::size_t iterations = 0;
    /// Loss of the last batch; 0 when there was nothing to train.
    double last_loss = 0.0;
    /// All accuracies; the last one is the final accuracy unless the loss was not finite.
    std::vector<TrainEvaluation> evaluations;
    /// Seconds of training, evaluations included.
    double seconds = 0.0;
};

/// Trains net on data.train with mini-batches drawn from rng. After the first update no step allocates. A run
/// that a callback ends still measures the accuracy it reached.
///
///     Rng rng(1);
///     TwoLayerNet<float> net(784, 50, 10, rng);
///     const TrainTest digits = {synthetic_digits(1000, 1), synthetic_digits(500, 2)};
///     const TrainResult result = train(net, digits, {.iterations = 300, .optimizer = {.lr = 0.5}}, rng);
///     result.evaluations.back().test > 0.5;  // true
///
/// threads  callbacks run on the calling thread
/// throws   ShapeError also without training images, for an option that is 0, or for a shuffled batch larger
///          than the data; std::invalid_argument for the optimizer's lr, with differences for h, and
///          DifferenceError; what a callback throws. The net then has the parameters of the last update
TrainResult train(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks = {});
TrainResult train(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks = {});

/// Resumes a run from a state that on_checkpoint saw: net has the parameters of then, data and options are
/// the same, and the run ends with the bits of one that was never stopped. options.iterations counts from the
/// very beginning; from a state at or past it nothing is trained, but on_checkpoint and the evaluation run.
/// threads  as train()
/// throws   as train(); ShapeError or std::invalid_argument for a state that no such run can be in
TrainResult resume_training(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks = {});
TrainResult resume_training(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks = {});

/// Computes the share of the images that the net gets right, converted block by block: memory does not grow
/// with the data set. 0 for no images.
double accuracy(const TwoLayerNet<float>& net, const Dataset& data);
double accuracy(const TwoLayerNet<double>& net, const Dataset& data);

}  // namespace thalweg
THALWEG_END_PUBLIC
