// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Draw a batch, take a step; evaluate now and then; stop when a callback says so or when the loss is no
// number any more.
#include "nn/loop/loop.hpp"

#include <chrono>
#include <cmath>
#include <utility>

#include "core/float_control.hpp"
#include "nn/loop/choose_step.hpp"
#include "nn/loop/evaluate.hpp"
#include "nn/loop/options.hpp"

namespace thalweg::nn {
namespace {

constexpr std::size_t kNever = static_cast<std::size_t>(-1);

// What one run needs from step to step. A callback may exchange the net's matrices, so layers are looked up
// anew each time.
template <class T>
class Run {
public:
    Run(TwoLayerParams<T>& params, const TrainTest& data, const TrainOptions& options, Rng& rng,
        const TrainCallbacks& callbacks)
        : params_(params),
          data_(data),
          options_(options),
          callbacks_(callbacks),
          rng_(rng),
          batches_(data.train.size(), options.batch_size, options.sampling, rng),
          step_(choose_step(params, data.train, options)) {}

    // The generator has been restored already.
    void start_from(const TrainState& state) {
        batches_.restore(state.batches);
        result_.iterations = state.iteration;
    }

    TrainResult run() {
        const auto begin = std::chrono::steady_clock::now();
        bool go_on = true;
        if (result_.iterations >= options_.iterations) {
            go_on = evaluate(result_.iterations);
        }
        for (std::size_t i = result_.iterations + 1; go_on && i <= options_.iterations; ++i) {
            result_.iterations = i;
            result_.last_loss = step();
            if (!std::isfinite(result_.last_loss)) {
                result_.stop = TrainStop::kLossNotFinite;
                tell(i);
                break;
            }
            go_on = tell(i);
            if (options_.checkpoint_every != 0 && i % options_.checkpoint_every == 0) {
                go_on = checkpoint() && go_on;
            }
            if (i == 1 || i % options_.eval_every == 0 || i == options_.iterations || !go_on) {
                go_on = evaluate(i) && go_on;
            }
        }
        if (result_.stop != TrainStop::kLossNotFinite && checkpointed_ != result_.iterations) {
            checkpoint();
        }
        if (!go_on && result_.iterations < options_.iterations) {
            result_.stop = TrainStop::kCallback;
        }
        result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return std::move(result_);
    }

private:
    // One update, unless the loss is not finite.
    double step() {
        check_data(params_, data_.train, "training");
        const core::FloatControlScope standard;
        return step_->take(layers_of(params_.matrices()), batches_.next());
    }
    bool tell(std::size_t iteration) const {
        return !callbacks_.on_step || callbacks_.on_step({iteration, result_.last_loss});
    }
    bool checkpoint() {
        checkpointed_ = result_.iterations;
        return !callbacks_.on_checkpoint ||
               callbacks_.on_checkpoint({result_.iterations, rng_.state(), batches_.state()});
    }
    bool evaluate(std::size_t iteration) {
        const auto layers = layers_of(std::as_const(params_).matrices());
        const TrainEvaluation evaluation{iteration, share_right<T>(layers, data_.train),
                                         share_right<T>(layers, data_.test)};
        result_.evaluations.push_back(evaluation);
        return !callbacks_.on_evaluation || callbacks_.on_evaluation(evaluation);
    }

    TwoLayerParams<T>& params_;
    const TrainTest& data_;
    const TrainOptions& options_;
    const TrainCallbacks& callbacks_;
    Rng& rng_;
    MiniBatches batches_;
    std::unique_ptr<Step<T>> step_;
    std::size_t checkpointed_ = kNever;
    TrainResult result_;
};

}  // namespace

template <class T>
TrainResult run_training(TwoLayerParams<T>& params, const TrainTest& data, const TrainOptions& options,
                         Rng& rng, const TrainCallbacks& callbacks, const TrainState* from) {
    check_options<T>(options);
    check_data(params, data.train, "training");
    check_data(params, data.test, "test");
    Run<T> run(params, data, options, rng, callbacks);
    if (from != nullptr) {
        run.start_from(*from);
    }
    return run.run();
}

template TrainResult run_training(TwoLayerParams<float>&, const TrainTest&, const TrainOptions&, Rng&,
                                  const TrainCallbacks&, const TrainState*);
template TrainResult run_training(TwoLayerParams<double>&, const TrainTest&, const TrainOptions&, Rng&,
                                  const TrainCallbacks&, const TrainState*);

}  // namespace thalweg::nn
