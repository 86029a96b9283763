// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Runs that are stopped and resumed end with the bits of one that never was.
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/train.hpp"

namespace {

using namespace thalweg;

constexpr std::size_t kImages = 130;
constexpr std::size_t kHidden = 6;

const TrainTest& resume_digits() {
    static const TrainTest data{synthetic_digits(kImages, 1), synthetic_digits(50, 2)};
    return data;
}

// What on_checkpoint is told, with the parameters that go with it.
template <class T>
struct Saved {
    TwoLayerParams<T> params;
    TrainState state;
};

template <class T>
struct Resumed {
    TwoLayerParams<T> params;
    std::vector<double> losses;
    std::vector<Saved<T>> saved;
    TrainResult result;
};

template <class T>
Resumed<T> run_or_resume(const TrainOptions& options, const Saved<T>* from = nullptr,
                         std::size_t stop_at = 0) {
    Rng rng(1);
    TwoLayerNet<T> net =
        from == nullptr ? TwoLayerNet<T>(784, kHidden, 10, rng) : TwoLayerNet<T>(from->params);
    Resumed<T> outcome;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const TrainStep& step) {
        outcome.losses.push_back(step.loss);
        return step.iteration != stop_at;
    };
    callbacks.on_checkpoint = [&](const TrainState& state) {
        outcome.saved.push_back({net.params, state});
        return true;
    };
    outcome.result = from == nullptr ? train(net, resume_digits(), options, rng, callbacks)
                                     : resume_training(net, resume_digits(), options, from->state, callbacks);
    outcome.params = net.params;
    return outcome;
}

template <class T>
bool same_end(const Resumed<T>& a, const Resumed<T>& b) {
    const TrainState& x = a.saved.back().state;
    const TrainState& y = b.saved.back().state;
    Rng after_x(0);
    Rng after_y(0);
    after_x.restore(x.rng);
    after_y.restore(y.rng);
    return a.params == b.params && x.iteration == y.iteration && x.batches == y.batches &&
           after_x.next_u32() == after_y.next_u32() &&
           a.result.evaluations.back().train == b.result.evaluations.back().train;
}

// Every state of a run is resumed; batches of 20 in 130 images: an epoch has 7, the last one short.
template <class T>
void check_every_state(Sampling sampling, GradientSource gradient, std::size_t iterations) {
    TrainOptions options;
    options.iterations = iterations;
    options.batch_size = 20;
    options.sampling = sampling;
    options.gradient = gradient;
    options.checkpoint_every = 1;
    const Resumed<T> whole = run_or_resume<T>(options);
    REQUIRE(whole.saved.size() == iterations);
    for (const Saved<T>& from : whole.saved) {
        const Resumed<T> rest = run_or_resume<T>(options, &from);
        const auto done = static_cast<std::ptrdiff_t>(from.state.iteration);
        INFO("resumed after iteration " << done);
        CHECK(same_end(whole, rest));
        CHECK(rest.losses == std::vector<double>(whole.losses.begin() + done, whole.losses.end()));
        CHECK(rest.result.iterations == iterations);
    }
}

std::string shape_error(const TrainState& state, Sampling sampling) {
    TrainOptions options;
    options.iterations = 10;
    options.batch_size = 20;
    options.sampling = sampling;
    try {
        const Saved<float> from{TwoLayerParams<float>(784, kHidden, 10), state};
        run_or_resume<float>(options, &from);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "(no error)";
}

}  // namespace

TEST_CASE("a resumed run has the bits of one that was never stopped", "[train][resume][bits]") {
    for (const Sampling sampling : {Sampling::kReplacement, Sampling::kShuffle}) {
        check_every_state<float>(sampling, GradientSource::kBackprop, 16);
        check_every_state<double>(sampling, GradientSource::kBackprop, 16);
        check_every_state<float>(sampling, GradientSource::kNumerical, 9);
        check_every_state<double>(sampling, GradientSource::kNumerical, 9);
    }
}

TEST_CASE("checkpoints are told at every multiple and at the end", "[train][resume]") {
    const auto told = [](const Resumed<float>& outcome) {
        std::vector<std::size_t> at;
        for (const Saved<float>& saved : outcome.saved) {
            at.push_back(saved.state.iteration);
        }
        return at;
    };
    using At = std::vector<std::size_t>;
    TrainOptions options;
    options.iterations = 10;
    options.batch_size = 5;
    CHECK(told(run_or_resume<float>(options)) == At{10});
    options.checkpoint_every = 4;
    const Resumed<float> whole = run_or_resume<float>(options);
    CHECK(told(whole) == At{4, 8, 10});
    CHECK(told(run_or_resume<float>(options, nullptr, 6)) == At{4, 6});
    CHECK(told(run_or_resume<float>(options, nullptr, 8)) == At{4, 8});
    CHECK(told(run_or_resume<float>(options, &whole.saved[0])) == At{8, 10});
    options.checkpoint_every = 5;
    CHECK(told(run_or_resume<float>(options)) == At{5, 10});
}

TEST_CASE("a checkpoint that fails ends training with what was reached", "[train][resume]") {
    Rng rng(1);
    TwoLayerNet<float> net(784, kHidden, 10, rng);
    TrainOptions options;
    options.iterations = 10;
    options.checkpoint_every = 3;
    int told = 0;
    TrainCallbacks callbacks;
    callbacks.on_checkpoint = [&](const TrainState&) { return ++told < 2; };
    const TrainResult result = train(net, resume_digits(), options, rng, callbacks);
    CHECK(result.stop == TrainStop::kCallback);
    CHECK(result.iterations == 6);
    CHECK(told == 2);
    CHECK(result.evaluations.back().iteration == 6);
}

TEST_CASE("an evaluation that ends training leaves a checkpoint", "[train][resume]") {
    Rng rng(1);
    TwoLayerNet<float> net(784, kHidden, 10, rng);
    TrainOptions options;
    options.iterations = 10;
    options.eval_every = 4;
    std::size_t saved_at = 0;
    TrainCallbacks callbacks;
    callbacks.on_evaluation = [](const TrainEvaluation& evaluation) { return evaluation.iteration < 4; };
    callbacks.on_checkpoint = [&](const TrainState& state) {
        saved_at = state.iteration;
        return true;
    };
    CHECK(train(net, resume_digits(), options, rng, callbacks).iterations == 4);
    CHECK(saved_at == 4);
}

TEST_CASE("a state at or past the last iteration is evaluated and nothing is trained", "[train][resume]") {
    TrainOptions options;
    options.iterations = 10;
    const Resumed<float> whole = run_or_resume<float>(options);
    for (const std::size_t iterations : {std::size_t{10}, std::size_t{7}}) {
        options.iterations = iterations;
        const Resumed<float> rest = run_or_resume<float>(options, &whole.saved.back());
        CHECK(rest.losses.empty());
        CHECK(rest.result.stop == TrainStop::kDone);
        CHECK(rest.result.iterations == 10);
        REQUIRE(rest.result.evaluations.size() == 1);
        CHECK(rest.result.evaluations[0].iteration == 10);
        CHECK(same_end(whole, rest));
    }
}

TEST_CASE("a loss that is not finite is not checkpointed", "[train][resume]") {
    Rng rng(1);
    TwoLayerNet<float> net(784, kHidden, 10, rng, 1e39);
    TrainOptions options;
    options.checkpoint_every = 1;
    int told = 0;
    TrainCallbacks callbacks;
    callbacks.on_checkpoint = [&](const TrainState&) { return ++told < 2; };
    CHECK(train(net, resume_digits(), options, rng, callbacks).stop == TrainStop::kLossNotFinite);
    CHECK(told == 0);
}

TEST_CASE("states that no run can be in are refused", "[train][resume][misuse]") {
    TrainState state;
    state.rng = Rng(1).state();
    CHECK(shape_error(state, Sampling::kShuffle) == "(no error)");
    state.rng.position = 625;
    CHECK(shape_error(state, Sampling::kReplacement) ==
          "Rng::restore: expected a position from 0 to 624, found 625");
    state.rng.position = 0;
    state.batches.next = 20;
    CHECK(shape_error(state, Sampling::kReplacement) ==
          "MiniBatches::restore: next must be 0 with replacement, found 20");
    CHECK(shape_error(state, Sampling::kShuffle) ==
          "MiniBatches::restore: order must have 130 rows, found 0");
}
