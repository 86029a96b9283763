// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Training of nets of any depth: draw a mini-batch, take its gradient, update; evaluate now and then.
//
// Common to all:
// error    the order of every sum is in docs/numerics.md
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/callback.hpp"
#include "thalweg/communicator.hpp"
#include "thalweg/metrics.hpp"
#include "thalweg/net.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/random.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/schedule.hpp"
#include "thalweg/train.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// What train() does with a net of any depth.
struct NetTrainOptions {
    /// Passes through the data, at least 1.
    std::size_t epochs = 10;
    /// Updates to make instead; 0: as many as the epochs have.
    std::size_t iterations = 0;
    /// Rows an update, at least 1.
    std::size_t batch_size = 100;
    /// How batches are drawn. With kReplacement an epoch is size / batch_size updates, at least one.
    Sampling sampling = Sampling::kShuffle;
    /// How parameters move.
    UpdateRule optimizer = Adam{};
    /// How the optimiser's learning rate changes.
    Schedule schedule = {};
    /// The most that the norm of the whole gradient may be: a larger one is scaled down to it. 0: no limit.
    double clip_norm = 0.0;
    /// Along which gradient. Differences of a net with batch normalisation take two passes of the batch for
    /// each parameter, 22 s an update of the book's net: docs/net-differences.md.
    GradientSource gradient = GradientSource::kBackprop;
    /// Step and method of the differences; kBackprop ignores them.
    NetDifferenceOptions differences = {};
    /// Updates between two evaluations; 0: an epoch. The last update is followed by one, too; between
    /// two multiples it is reported and changes nothing.
    std::size_t eval_every = 0;
    /// Ends training after so many evaluations that brought no lower loss on the validation part, and gives
    /// the net the parameters of the best one, however training ends. 0: neither.
    std::size_t early_stop = 0;
    /// Calls on_checkpoint after every multiple of this, and at the end; 0: at the end only.
    std::size_t checkpoint_every = 0;
    /// The processes that train this net together; none: this one alone. All call train() with the same data
    /// and options; the net, the generator and the callbacks are those of process 0 (an optimiser of one's
    /// own works in each). Afterwards all have the net that one process would have. docs/cluster.md
    Communicator* communicator = nullptr;
};

/// A net after an update.
struct NetEvaluation {
    std::size_t iteration = 0;  ///< updates made
    double lr = 0.0;            ///< learning rate of the last of them
    double loss =
        0.0;  ///< mean loss of the batches since the last evaluation, with weight decay; 0 without any
    Metrics validation = {};  ///< of the validation part; zeros when there is none
};

/// A matrix that has a name.
template <class Element>
struct SavedMatrix {
    std::string name;        ///< as its owner calls it
    Matrix<Element> values;  ///< its elements

    /// Compares both.
    friend bool operator==(const SavedMatrix&, const SavedMatrix&) = default;
};

/// A run between two updates: with the net, everything that its next updates depend on.
template <class Element>
struct NetTrainState {
    std::size_t iteration = 0;                     ///< updates made since the very beginning
    Rng::State rng = {};                           ///< of the generator that draws the batches
    MiniBatches::State batches;                    ///< where in an epoch
    typename Optimizer<Element>::State optimizer;  ///< what the rule remembers
    std::vector<SavedMatrix<Element>> own;         ///< OwnOptimizer::state
    double plateau_factor = 1.0;                   ///< what Course::kPlateau made of the learning rate
    std::size_t plateau_evaluations = 0;           ///< evaluations since it last did, or since a better loss
    double loss_sum = 0.0;                         ///< of the batches since the last evaluation
    std::size_t loss_count = 0;                    ///< how many
    std::size_t best_iteration = 0;                ///< of the lowest validation loss; 0: none yet
    double best_loss = 0.0;                        ///< that loss
    std::size_t evaluations_since_best = 0;        ///< for early stopping
    NetParams<Element> best;              ///< parameters with that loss; empty without early stopping
    NetStatistics<Element> best_running;  ///< the running statistics of then
};

/// An optimiser of one's own: called by one thread with whole matrices, after weight decay and clipping.
template <class Element>
struct OwnOptimizer {
    std::string name = {};  ///< for messages
    /// Moves the parameters; empty: the rule of the options is used.
    Callback<void(NetParams<Element>& params, const NetParams<Element>& grads, double lr)> update = {};
    /// The matrices that it remembers things in, each with a name: they are saved and restored. They must
    /// stay where they are.
    std::vector<NamedMatrix<Matrix<Element>>> state = {};
    /// Says that `state` has all of it (or there is nothing to remember); without that a run with
    /// on_checkpoint is rejected.
    bool can_be_saved = false;
};

/// Functions that train() calls; each may be left empty. Returning false ends training after this update; the
/// result has everything up to it.
template <class Element>
struct NetTrainCallbacks {
    /// Called after every update.
    Callback<bool(const TrainStep&)> on_step = {};
    /// Called after each evaluation.
    Callback<bool(const NetEvaluation&)> on_evaluation = {};
    /// Called with a state to save, while the net holds its parameters: with both, resume_training()
    /// continues with the same bits. Not called once the loss is no longer finite.
    Callback<bool(const NetTrainState<Element>&)> on_checkpoint = {};
    /// Takes the place of the rule.
    OwnOptimizer<Element> own_optimizer = {};
};

/// The outcome of a run.
struct NetTrainResult {
    TrainStop stop = TrainStop::kDone;       ///< why it ended
    std::size_t iterations = 0;              ///< as TrainResult::iterations
    double last_loss = 0.0;                  ///< loss of the last batch; 0 when there was nothing to train
    std::vector<NetEvaluation> evaluations;  ///< all of them
    std::size_t best_iteration = 0;          ///< with early stopping: whose parameters the net has
    double seconds = 0.0;                    ///< of training, evaluations included
    /// Rows of a batch that this process computed: 0 where there are more processes than groups of 16 rows.
    std::size_t rows_here = 0;
};

/// Trains net on samples with mini-batches drawn from rng, and evaluates it on the validation part, which may
/// be empty. After the first epoch no step allocates.
///
///     Rng rng(1);
///     Net<float> net({784, 64, 10}, {.activation = Activation::kRelu}, rng);
///     const auto [digits, validation] = Samples<float>(synthetic_digits(1500, 1)).split(500);
///     const NetTrainResult result = train(net, digits, validation, {.epochs = 3}, rng);
///     result.evaluations.back().validation.score > 0.5;  // true
///
/// threads  callbacks run on the calling thread
/// throws   ShapeError without samples, for sizes that do not fit (with the layer), for an option that is 0,
///          or for a shuffled batch larger than the data; std::invalid_argument for an option out of its
///          range, a loss that does not fit labels or targets, or early stopping without validation; what a
///          callback throws. The net then has the parameters of the last update. CommunicatorError, in every
///          process, when processes do not agree or one of them threw; when one cannot be reached the net's
///          parameters may be half of an update
NetTrainResult train(Net<float>& net, const Samples<float>& samples, const Samples<float>& validation,
                     const NetTrainOptions& options, Rng& rng,
                     const NetTrainCallbacks<float>& callbacks = {});
NetTrainResult train(Net<double>& net, const Samples<double>& samples, const Samples<double>& validation,
                     const NetTrainOptions& options, Rng& rng,
                     const NetTrainCallbacks<double>& callbacks = {});

/// Resumes a run from a state that on_checkpoint saw: net has the parameters of then, samples and options are
/// the same, and the run ends with the bits of one that was never stopped. The end of training counts from
/// the very beginning; from a state at or past it nothing is trained, but on_checkpoint and the evaluation
/// run. The optimiser's learning rate, the schedule and early_stop may have changed; where early stopping
/// begins here, the best is the best from here on.
/// threads  as train()
/// throws   as train(); ShapeError or std::invalid_argument for a state that no such run can be in
NetTrainResult resume_training(Net<float>& net, const Samples<float>& samples,
                               const Samples<float>& validation, const NetTrainOptions& options,
                               const NetTrainState<float>& from,
                               const NetTrainCallbacks<float>& callbacks = {});
NetTrainResult resume_training(Net<double>& net, const Samples<double>& samples,
                               const Samples<double>& validation, const NetTrainOptions& options,
                               const NetTrainState<double>& from,
                               const NetTrainCallbacks<double>& callbacks = {});

}  // namespace thalweg
THALWEG_END_PUBLIC
