// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs of the training loop with a net of any depth.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "nn/layers/checks.hpp"
#include "nn/layers/net_layers.hpp"
#include "nn/loop/alike.hpp"
#include "nn/loop/loop.hpp"
#include "nn/loop/samples_check.hpp"
#include "nn/loop/state_check.hpp"
#include "nn/step/backprop.hpp"
#include "nn/step/difference_step.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg {
namespace {

std::size_t updates_per_epoch(const NetTrainOptions& options, std::size_t samples) noexcept {
    const std::size_t whole = samples / options.batch_size;
    const bool rest = options.sampling == Sampling::kShuffle && samples % options.batch_size != 0;
    return std::max<std::size_t>(1, whole + (rest ? 1 : 0));
}

// Of more epochs than can be counted, as many as can.
std::size_t updates_of(const NetTrainOptions& options, std::size_t of_epoch) noexcept {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    const std::size_t of_all = options.epochs > kMost / of_epoch ? kMost : options.epochs * of_epoch;
    return options.iterations != 0 ? options.iterations : of_all;
}

double& rate_in(UpdateRule& rule) {
    return std::visit([](auto& each) -> double& { return each.lr; }, rule);
}

// An optimiser of the caller's: the gradient lies in matrices that he may read.
template <class T>
class CallersOptimizer final : public nn::OwnUpdate<T> {
public:
    CallersOptimizer(const OwnOptimizer<T>& own, Net<T>& net, const double& lr)
        : own_(own), net_(net), lr_(lr) {}

    nn::Layers<T> gradient() override {
        nn::look_at<T>(net_.params, net_.options(), views_);
        nn::fit_gradient<T>(nn::Layers<T>(views_), grads_);
        nn::look_at<T>(grads_, net_.options(), views_);
        return views_;
    }
    void update() override { own_.update(net_.params, grads_, lr_); }

private:
    const OwnOptimizer<T>& own_;
    Net<T>& net_;
    const double& lr_;
    NetParams<T> grads_;
    std::vector<nn::Dense<T>> views_;
};

template <class T>
class NetLoop final : public nn::Loop {
public:
    NetLoop(Net<T>& net, const Samples<T>& samples, const Samples<T>& validation,
            const NetTrainOptions& options, Rng& rng, const NetTrainCallbacks<T>& callbacks)
        : net_(net),
          samples_(samples),
          validation_(validation),
          options_(options),
          callbacks_(callbacks),
          rng_(rng),
          processes_(options.communicator),
          batches_(samples.size(), options.batch_size, options.sampling, rng),
          epoch_(updates_per_epoch(options, samples.size())),
          eval_every_(options.eval_every != 0 ? options.eval_every : epoch_),
          updates_(updates_of(options, epoch_)),
          lr_(rate_in(rule_)),
          own_(callbacks.own_optimizer, net, lr_) {
        if (options.gradient == GradientSource::kNumerical) {
            step_ =
                std::make_unique<nn::NetDifferenceStep<T>>(samples, net.options().loss, options.batch_size,
                                                           options.differences, optimizer_, rng, processes_);
            result_.rows_here = options.batch_size;
        } else {
            step_ = std::make_unique<nn::BackpropStep<T>>(
                samples, net.options().loss, options.batch_size, optimizer_,
                net.options().dropout != 0.0 ? &rng : nullptr, processes_);
            const auto rows = processes_.among({0, 1}).share(options.batch_size, nn::kRowUnit);
            result_.rows_here = rows.last - rows.first;
        }
        optimizer_.rule = options.optimizer;
        optimizer_.decay = net.options().weight_decay;
        optimizer_.clip_norm = options.clip_norm;
        optimizer_.own = callbacks.own_optimizer.update ? &own_ : nullptr;
        asks_[kStep] = static_cast<bool>(callbacks.on_step);
        asks_[kEvaluation] = static_cast<bool>(callbacks.on_evaluation);
        asks_[kCheckpoint] = static_cast<bool>(callbacks.on_checkpoint);
        processes_.broadcast(asks_, kCallbacks, 0);
    }

    // The generator has been restored already.
    void start_from(const NetTrainState<T>& state) {
        nn::check_state(state, net_);
        batches_.restore(state.batches);
        optimizer_.state = state.optimizer;
        restore_own(state.own);
        state_ = state;
        // early_stop may be another than the state's run had: the best of a run that does not look for it
        // would be that of long ago, and one whose parameters nobody kept cannot be given back.
        if (options_.early_stop == 0) {
            state_.best = {};
            state_.best_running = {};
        } else if (state_.best.layers.empty()) {
            state_.best_iteration = 0;
            state_.evaluations_since_best = 0;
        }
    }

    NetTrainResult run() {
        // A run that ended early is over.
        const bool over = options_.early_stop != 0 && state_.evaluations_since_best >= options_.early_stop;
        Loop::run({.begin = state_.iteration,
                   .iterations = over ? state_.iteration : updates_,
                   .eval_every = eval_every_,
                   .checkpoint_every = options_.checkpoint_every,
                   .evaluate_before_checkpoint = true},
                  result_);
        result_.stop = over ? TrainStop::kEarly : result_.stop;
        if (options_.early_stop != 0 && state_.best_iteration != 0) {
            net_.params = state_.best;
            net_.running = state_.best_running;
            result_.best_iteration = state_.best_iteration;
        }
        return std::move(result_);
    }

private:
    // A callback may exchange the net's matrices, so they are looked at anew each time.
    double step() override {
        nn::look_at_net<T>(net_, views_);
        nn::check_samples("train", net_, samples_);
        const core::FloatControlScope standard;
        set_lr(state_.iteration + 1);
        const double loss = step_->take(views_, batches_.next());
        if (std::isfinite(loss)) {
            state_.iteration += 1;
            state_.loss_sum += loss;
            state_.loss_count += 1;
        }
        return loss;
    }
    void set_lr(std::size_t update) {
        lr_ = rate_in(rule_) * state_.plateau_factor * options_.schedule.factor_at(update, epoch_, updates_);
        rate_in(optimizer_.rule) = lr_;
    }
    bool tell(std::size_t iteration, double loss) override {
        return !asks_[kStep] || nn::decide(processes_, [&] { return callbacks_.on_step({iteration, loss}); });
    }
    bool checkpoint(std::size_t iteration) override {
        if (!asks_[kCheckpoint]) {
            return true;
        }
        nn::look_at_net<T>(net_, views_);
        nn::gather_memories<T>(processes_, views_, optimizer_.state);
        state_.iteration = iteration;
        state_.rng = rng_.state();
        state_.batches = batches_.state();
        state_.optimizer = optimizer_.state;
        state_.own.clear();
        for (const NamedMatrix<Matrix<T>>& each : callbacks_.own_optimizer.state) {
            state_.own.push_back({std::string(each.name), *each.matrix});
        }
        return nn::decide(processes_, [&] { return callbacks_.on_checkpoint(state_); });
    }
    bool evaluate(std::size_t iteration) override {
        const double batches = static_cast<double>(std::max<std::size_t>(1, state_.loss_count));
        const NetEvaluation evaluation = {iteration, lr_, state_.loss_sum / batches,
                                          thalweg::evaluate(net_, validation_)};
        result_.evaluations.push_back(evaluation);
        const bool go_on = !asks_[kEvaluation] ||
                           nn::decide(processes_, [&] { return callbacks_.on_evaluation(evaluation); });
        // What a longer run would not have looked at must not change the state; nor is there anything new in
        // a run that had ended before.
        if (iteration % eval_every_ != 0 || state_.loss_count == 0) {
            return go_on;
        }
        const bool improves = judge(evaluation);
        state_.loss_sum = 0.0;
        state_.loss_count = 0;
        return go_on && improves;
    }

    // Lowers the learning rate, keeps the best parameters; false to stop early. Without a validation part the
    // batches' loss decides about the learning rate.
    bool judge(const NetEvaluation& evaluation) {
        const double found = validation_.size() != 0 ? evaluation.validation.loss : evaluation.loss;
        const double loss = std::isnan(found) ? std::numeric_limits<double>::infinity() : found;
        const bool better = state_.best_iteration == 0 || loss < state_.best_loss;
        if (better) {
            state_.best_loss = loss;
            state_.best_iteration = evaluation.iteration;
            state_.evaluations_since_best = 0;
            state_.plateau_evaluations = 0;
            if (options_.early_stop != 0) {
                state_.best = net_.params;
                state_.best_running = net_.running;
            }
            return true;
        }
        ++state_.evaluations_since_best;
        ++state_.plateau_evaluations;
        if (options_.schedule.course == Course::kPlateau &&
            state_.plateau_evaluations >= options_.schedule.every) {
            state_.plateau_factor *= options_.schedule.factor;
            state_.plateau_evaluations = 0;
        }
        if (options_.early_stop != 0 && state_.evaluations_since_best >= options_.early_stop) {
            end_because(TrainStop::kEarly);
            return false;
        }
        return true;
    }

    void restore_own(const std::vector<SavedMatrix<T>>& saved) const {
        const OwnOptimizer<T>& own = callbacks_.own_optimizer;
        std::vector<const Matrix<T>*> values;
        for (const NamedMatrix<Matrix<T>>& each : own.state) {
            const auto found = std::find_if(saved.begin(), saved.end(),
                                            [&](const SavedMatrix<T>& one) { return one.name == each.name; });
            if (found == saved.end()) {
                throw std::invalid_argument("resume_training: the optimiser " + own.name + " remembers " +
                                            std::string(each.name) + ", found no such matrix in the state");
            }
            if (each.matrix->size() != 0) {
                check::shape("resume_training", std::string(each.name).c_str(), found->values.view(),
                             each.matrix->rows(), each.matrix->cols());
            }
            values.push_back(&found->values);
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            *own.state[i].matrix = *values[i];
        }
    }

    Net<T>& net_;
    const Samples<T>& samples_;
    const Samples<T>& validation_;
    const NetTrainOptions& options_;
    const NetTrainCallbacks<T>& callbacks_;
    Rng& rng_;
    parallel::Processes processes_;
    enum : std::size_t { kStep, kEvaluation, kCheckpoint, kCallbacks };
    bool asks_[kCallbacks] = {};  // which callbacks process 0 has
    MiniBatches batches_;
    std::size_t epoch_;
    std::size_t eval_every_;
    std::size_t updates_;
    UpdateRule rule_ = options_.optimizer;
    double lr_;
    CallersOptimizer<T> own_;
    nn::Descending<T> optimizer_;
    std::unique_ptr<nn::Step<T>> step_;
    std::vector<nn::Dense<T>> views_;
    NetTrainState<T> state_;
    NetTrainResult result_;
};

void check_differences(const NetDifferenceOptions& options) {
    detail::check_step("train", options.h);
    if (options.method != NetDifferenceMethod::kShared && options.method != NetDifferenceMethod::kPlain &&
        options.method != NetDifferenceMethod::kDefault) {
        throw std::invalid_argument(
            "train: expected differences by kShared or kPlain, found a method that only TwoLayerNet has");
    }
}

template <class T>
void check_options(const NetTrainOptions& options, std::size_t validation,
                   const NetTrainCallbacks<T>& callbacks) {
    const auto at_least_one = [](const char* name, std::size_t value) {
        if (value == 0) {
            throw ShapeError(std::string("train: ") + name + " must be at least 1, found 0");
        }
    };
    at_least_one(options.iterations == 0 ? "epochs" : "iterations",
                 options.iterations == 0 ? options.epochs : options.iterations);
    at_least_one("batch_size", options.batch_size);
    nn::check_rule<T>("train", options.optimizer);
    options.schedule.factor_at(1, 1, 1);
    if (!(options.clip_norm >= 0.0) || !std::isfinite(options.clip_norm)) {
        throw std::invalid_argument("train: clip_norm must be finite and not below 0, found " +
                                    detail::number_text(options.clip_norm));
    }
    if (options.early_stop != 0 && validation == 0) {
        throw std::invalid_argument("train: early_stop needs a validation part, found none");
    }
    if (options.gradient == GradientSource::kNumerical) {
        check_differences(options.differences);
    } else if (options.gradient != GradientSource::kBackprop) {
        throw std::invalid_argument("train: gradient must be one of the enumerators, found " +
                                    std::to_string(static_cast<int>(options.gradient)));
    }
    const OwnOptimizer<T>& own = callbacks.own_optimizer;
    if (own.update && callbacks.on_checkpoint && !own.can_be_saved) {
        throw std::invalid_argument("train: the optimiser " + own.name +
                                    " cannot be saved: its state must be listed, and can_be_saved be true");
    }
}

template <class T>
void check_run(const Net<T>& net, const Samples<T>& samples, const Samples<T>& validation,
               const NetTrainOptions& options, const NetTrainCallbacks<T>& callbacks) {
    check_options(options, validation.size(), callbacks);
    if (samples.size() == 0) {
        throw ShapeError("train: expected at least one row of samples, found none");
    }
    nn::check_samples("train", net, samples);
    nn::check_targets("train", net, samples);
    if (validation.size() != 0) {
        nn::check_samples("train: validation", net, validation);
        nn::check_targets("train: validation", net, validation);
    }
    if (options.sampling == Sampling::kShuffle && options.batch_size > samples.size()) {
        throw ShapeError("train: batch_size must be at most " + std::to_string(samples.size()) +
                         ", the rows to train on, in shuffled batches, found " +
                         std::to_string(options.batch_size));
    }
}

template <class T>
NetTrainResult run_net(Net<T>& net, const Samples<T>& samples, const Samples<T>& validation,
                       const NetTrainOptions& options, Rng& rng, const NetTrainCallbacks<T>& callbacks,
                       const NetTrainState<T>* from = nullptr) {
    OneProcess alone;
    Communicator* const all = options.communicator != nullptr ? options.communicator : &alone;
    together(*all, "train", [&] {
        if (from != nullptr) {
            rng.restore(from->rng);
        }
        check_run(net, samples, validation, options, callbacks);
    });
    parallel::Processes processes(options.communicator);
    nn::begin_alike("train", processes, net, samples, validation, options, rng, from);
    NetLoop<T> run(net, samples, validation, options, rng, callbacks);
    if (from != nullptr) {
        together(*all, "resume_training", [&] { run.start_from(*from); });
    }
    return run.run();
}

template <class T>
NetTrainResult run_resumed(Net<T>& net, const Samples<T>& samples, const Samples<T>& validation,
                           const NetTrainOptions& options, const NetTrainState<T>& from,
                           const NetTrainCallbacks<T>& callbacks) {
    Rng rng(0);
    return run_net(net, samples, validation, options, rng, callbacks, &from);
}

}  // namespace

NetTrainResult train(Net<float>& net, const Samples<float>& samples, const Samples<float>& validation,
                     const NetTrainOptions& options, Rng& rng, const NetTrainCallbacks<float>& callbacks) {
    return run_net(net, samples, validation, options, rng, callbacks);
}
NetTrainResult train(Net<double>& net, const Samples<double>& samples, const Samples<double>& validation,
                     const NetTrainOptions& options, Rng& rng, const NetTrainCallbacks<double>& callbacks) {
    return run_net(net, samples, validation, options, rng, callbacks);
}

NetTrainResult resume_training(Net<float>& net, const Samples<float>& samples,
                               const Samples<float>& validation, const NetTrainOptions& options,
                               const NetTrainState<float>& from, const NetTrainCallbacks<float>& callbacks) {
    return run_resumed(net, samples, validation, options, from, callbacks);
}
NetTrainResult resume_training(Net<double>& net, const Samples<double>& samples,
                               const Samples<double>& validation, const NetTrainOptions& options,
                               const NetTrainState<double>& from,
                               const NetTrainCallbacks<double>& callbacks) {
    return run_resumed(net, samples, validation, options, from, callbacks);
}

}  // namespace thalweg
