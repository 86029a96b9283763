// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The training loop: draw a mini-batch, take its gradient, update; evaluate now and then.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "thalweg/abi.hpp"
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
    std::size_t iterations = 10000;                       ///< updates to make, at least 1
    std::size_t batch_size = 100;                         ///< images an update, at least 1
    Sampling sampling = Sampling::kReplacement;           ///< how batches are drawn
    Sgd optimizer = {};                                   ///< how parameters move
    GradientSource gradient = GradientSource::kBackprop;  ///< and along what
    double h = 1e-4;  ///< step of the differences; kBackprop does not look at it
    std::size_t eval_every =
        600;  ///< accuracy on all of both parts after update 1, every multiple of this, and the last
    std::size_t checkpoint_every =
        0;  ///< on_checkpoint after every multiple of this, and at the end; 0: at the end only
};

/// A run between two updates: together with the net's parameters, all that its next updates depend on.
struct TrainState {
    std::size_t iteration = 0;   ///< updates done since the very beginning
    Rng::State rng = {};         ///< of the generator that draws the batches
    MiniBatches::State batches;  ///< where in an epoch
};

/// One update, as the callback sees it.
struct TrainStep {
    std::size_t iteration;  ///< updates done, this one included: 1, 2, ...
    double loss;            ///< of the batch as its forward pass saw it, before the update, with the 1e-7
};

/// Accuracy on the whole of both parts after an update.
struct TrainEvaluation {
    std::size_t iteration;  ///< updates done
    double train;           ///< share of right answers, 0 to 1
    double test;            ///< the same on images that were not trained with
};

/// Told while training runs; each may be left empty. Returning false ends training after this update, with
/// everything reached so far in the result.
struct TrainCallbacks {
    std::function<bool(const TrainStep&)> on_step;              ///< after every update
    std::function<bool(const TrainEvaluation&)> on_evaluation;  ///< after each one of the accuracy
    /// The net holds the parameters of this state: save both, and resume_training() goes on with the same
    /// bits. Not called once the loss is no longer finite.
    std::function<bool(const TrainState&)> on_checkpoint;
};

/// Why training ended.
enum class TrainStop {
    kDone,           ///< all updates are made
    kLossNotFinite,  ///< the loss is NaN or Inf; the update it belongs to was not made
    kCallback,       ///< a callback returned false
};

/// What a run came to.
struct TrainResult {
    TrainStop stop = TrainStop::kDone;  ///< why it ended
    std::size_t iterations = 0;  ///< updates done since the very beginning; with kLossNotFinite the iteration
                                 ///< whose loss was not finite, not applied
    double last_loss = 0.0;      ///< 0 when there was nothing to train
    std::vector<TrainEvaluation>
        evaluations;       ///< the last one is the final accuracy unless the loss was not finite
    double seconds = 0.0;  ///< training with its evaluations
};

/// Trains net on data.train with mini-batches drawn from rng. After the first update no step allocates.
/// A run that is told to stop by a callback still evaluates the accuracy it reached.
///
///     Rng rng(1);
///     TwoLayerNet<float> net(784, 50, 10, rng);
///     const TrainTest digits = {synthetic_digits(1000, 1), synthetic_digits(500, 2)};
///     const TrainResult result = train(net, digits, {.iterations = 300, .optimizer = {.lr = 0.5}}, rng);
///     result.evaluations.back().test > 0.5;  // true
///
/// error    the orders of all sums are in docs/numerics.md: the same losses for any number of threads
/// threads  each step is split over threads(); callbacks run on the calling thread
/// throws   ShapeError when net and data do not fit, nothing is there to train with, an option is 0, or a
///          shuffled batch is larger than the data; with differences std::invalid_argument for h and
///          DifferenceError; what a callback throws: the net then has the parameters of the last update
/// source   Deep Learning from Scratch 4.5.2 and 4.5.3
TrainResult train(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks = {});
TrainResult train(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options, Rng& rng,
                  const TrainCallbacks& callbacks = {});

/// Goes on where a run stood when on_checkpoint told its state: net with the parameters of then, the same
/// data and options, and the run ends with the bits of one that was never stopped. options.iterations counts
/// from the very beginning; a state at or past it is told to on_checkpoint and evaluated, nothing is trained.
/// error    as train()
/// threads  as train()
/// throws   as train(); ShapeError or std::invalid_argument for a state that no such run can be in
/// source   of this library
TrainResult resume_training(TwoLayerNet<float>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks = {});
TrainResult resume_training(TwoLayerNet<double>& net, const TrainTest& data, const TrainOptions& options,
                            const TrainState& from, const TrainCallbacks& callbacks = {});

/// Share of the images the net gets right, converted block by block: nothing of the data set's size is
/// allocated. 0 for no images.
/// error    none beyond predict's
/// threads  split over threads(); the result does not depend on it
/// throws   ShapeError when the images are not of the net's input size; std::bad_alloc
/// source   the notebook's TwoLayerNet.accuracy
double accuracy(const TwoLayerNet<float>& net, const Dataset& data);
double accuracy(const TwoLayerNet<double>& net, const Dataset& data);

}  // namespace thalweg
THALWEG_END_PUBLIC
