// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/loop/two_layer_loop.hpp"

#include <memory>
#include <utility>

#include "core/float_control.hpp"
#include "nn/loop/evaluate.hpp"
#include "nn/loop/loop.hpp"
#include "nn/loop/options.hpp"
#include "nn/step/backprop.hpp"
#include "nn/step/difference_step.hpp"

namespace thalweg::nn {
namespace {

// What one run needs from step to step. A callback may exchange the net's matrices, so layers are looked up
// anew each time; and it may change the options.
template <class T>
class TwoLayerLoop final : public Loop {
public:
    TwoLayerLoop(TwoLayerParams<T>& params, const TrainTest& data, const TrainOptions& options, Rng& rng,
                 const TrainCallbacks& callbacks)
        : params_(params),
          data_(data),
          options_(options),
          callbacks_(callbacks),
          rng_(rng),
          batches_(data.train.size(), options.batch_size, options.sampling, rng),
          samples_(data.train) {
        if (options.gradient == GradientSource::kNumerical) {
            step_ = std::make_unique<DifferenceStep<T>>(params, samples_, options);
        } else {
            step_ = std::make_unique<BackpropStep<T>>(samples_, Loss::kSoftmaxCrossEntropy,
                                                      options.batch_size, optimizer_);
        }
    }

    // The generator has been restored already.
    void start_from(const TrainState& state) {
        batches_.restore(state.batches);
        begin_ = state.iteration;
    }

    TrainResult run() {
        Loop::run({.begin = begin_,
                   .iterations = options_.iterations,
                   .eval_every = options_.eval_every,
                   .evaluate_first = true,
                   .checkpoint_every = options_.checkpoint_every},
                  result_);
        return std::move(result_);
    }

private:
    double step() override {
        check_data(params_, data_.train, "training");
        const core::FloatControlScope standard;
        optimizer_.rule = options_.optimizer;
        return step_->take(layers_of(params_.matrices()), batches_.next());
    }
    bool tell(std::size_t iteration, double loss) override {
        return !callbacks_.on_step || callbacks_.on_step({iteration, loss});
    }
    bool checkpoint(std::size_t iteration) override {
        return !callbacks_.on_checkpoint ||
               callbacks_.on_checkpoint({iteration, rng_.state(), batches_.state()});
    }
    bool evaluate(std::size_t iteration) override {
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
    Samples<T> samples_;
    Descending<T> optimizer_;
    std::unique_ptr<Step<T>> step_;
    std::size_t begin_ = 0;
    TrainResult result_;
};

}  // namespace

template <class T>
TrainResult run_training(TwoLayerParams<T>& params, const TrainTest& data, const TrainOptions& options,
                         Rng& rng, const TrainCallbacks& callbacks, const TrainState* from) {
    check_options<T>(options);
    check_data(params, data.train, "training");
    check_data(params, data.test, "test");
    TwoLayerLoop<T> run(params, data, options, rng, callbacks);
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
