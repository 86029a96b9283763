// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Nets and runs at the ends of what is allowed: no outputs, losses that are no numbers, another early_stop,
// memory that overlaps, numbers near the largest.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "nn/training.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/metrics.hpp"
#include "thalweg/schedule.hpp"
#include "thalweg/train_net.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct SmallRun {
    Net<float> net;
    Samples<float> samples;
    NetTrainOptions options;
    NetTrainState<float> last = {};
    NetTrainResult result = {};
};

NetTrainCallbacks<float> keeping(NetTrainState<float>& last) {
    NetTrainCallbacks<float> callbacks;
    callbacks.on_checkpoint = [&last](const NetTrainState<float>& state) {
        last = state;
        return true;
    };
    return callbacks;
}

SmallRun small_run(std::size_t early_stop, bool batch_norm = false) {
    Rng rng(1);
    const NetOptions options = {.loss = Loss::kMeanSquaredError, .batch_norm = batch_norm};
    SmallRun run = {Net<float>({3, 10, 2}, options, rng),
                    line<float>(60, 1),
                    {.epochs = 3, .batch_size = 20, .early_stop = early_stop}};
    run.result = train(run.net, run.samples, run.samples.slice(0, 20), run.options, rng, keeping(run.last));
    return run;
}

NetTrainResult resumed(SmallRun& run, const NetTrainCallbacks<float>& callbacks = {}) {
    const NetTrainState<float> from = run.last;
    return resume_training(run.net, run.samples, run.samples.slice(0, 20), run.options, from, callbacks);
}

// y = 10 x1 w1 - 10 x1 w1: no number where x1 is huge, until the weights have come down.
Net<float> net_of_large_weights() {
    std::vector<Layer<float>> layers;
    layers.push_back({Matrix<float>{{10, 10}}, Matrix<float>(1, 2)});
    layers.push_back({Matrix<float>{{1}, {-1}}, Matrix<float>(1, 1)});
    return Net<float>(std::move(layers),
                      {.activation = Activation::kIdentity, .loss = Loss::kMeanSquaredError});
}

}  // namespace

TEST_CASE("a net without outputs has differences of 0", "[net][differences]") {
    const Matrix<double> x(2, 3, 0.5);
    const Matrix<double> t(2, 0);
    for (const bool hidden : {false, true}) {
        std::vector<Layer<double>> layers;
        if (hidden) {
            layers.push_back({Matrix<double>(3, 4, 0.1), Matrix<double>(1, 4)});
        }
        layers.push_back({Matrix<double>(hidden ? 4 : 3, 0), Matrix<double>(1, 0)});
        const Net<double> net(std::move(layers), {.loss = Loss::kMeanSquaredError});
        for (const auto method : {NetDifferenceMethod::kShared, NetDifferenceMethod::kPlain}) {
            const NetParams<double> gradient = net.numerical_gradient(x, t, {.method = method});
            CHECK(gradient.layers[0].W == Matrix<double>(3, hidden ? 4 : 0));
        }
    }
    const TwoLayerNet<double> net(TwoLayerParams<double>(3, 4, 0));
    CHECK(net.numerical_gradient(x, t, NetDifferenceOptions{.method = NetDifferenceMethod::kShared}).W1 ==
          Matrix<double>(3, 4));
}

TEST_CASE("a validation loss that is no number is not the best", "[train][net]") {
    Net<float> net = net_of_large_weights();
    Matrix<float> x(4, 1, 1.0F);
    x(0, 0) = 0.5F;
    const Samples<float> samples(x, Matrix<float>(4, 1, 0.5F));
    const Samples<float> validation(Matrix<float>(1, 1, 8e37F), Matrix<float>(1, 1));
    NetTrainOptions options = {
        .epochs = 30, .batch_size = 4, .optimizer = AdamW{.lr = 0.1, .weight_decay = 5.0}};
    options.early_stop = 25;
    Rng rng(1);
    NetTrainState<float> last;
    const NetTrainResult result = train(net, samples, validation, options, rng, keeping(last));
    REQUIRE(std::isnan(result.evaluations.front().validation.loss));
    REQUIRE(!std::isnan(result.evaluations.back().validation.loss));
    CHECK(result.best_iteration > 1);
    CHECK(!std::isnan(evaluate(net, validation).loss));
}

TEST_CASE("a run resumes after losses that are no numbers and from a learning rate of 0", "[train][resume]") {
    Net<float> net = net_of_large_weights();
    const Samples<float> samples(Matrix<float>(4, 1, 1.0F), Matrix<float>(4, 1, 0.5F));
    const Samples<float> validation(Matrix<float>(1, 1, 3e38F), Matrix<float>(1, 1));
    NetTrainOptions options = {.epochs = 3, .batch_size = 4, .optimizer = Sgd{.lr = 1e-6}};
    Rng rng(1);
    NetTrainState<float> last;
    const NetTrainResult result = train(net, samples, validation, options, rng, keeping(last));
    REQUIRE(!std::isfinite(result.evaluations.back().validation.loss));
    options.epochs = 5;
    last.plateau_factor = 0.0;
    const NetParams<float> before = net.params;
    CHECK(resume_training(net, samples, validation, options, last).iterations == 5);
    CHECK(net.params == before);
    last.best_loss = std::nan("");
    CHECK_THROWS_AS(resume_training(net, samples, validation, options, last), std::invalid_argument);
}

TEST_CASE("early stopping may begin and end where a run resumes", "[train][resume]") {
    SECTION("begin") {
        SmallRun run = small_run(0);
        run.options.early_stop = 50;
        run.options.epochs = 10;
        const NetTrainResult result = resumed(run);
        CHECK(result.iterations == 30);
        CHECK(result.best_iteration > 9);
    }
    SECTION("end") {
        SmallRun run = small_run(50);
        REQUIRE(run.last.best.layers.size() == 2);
        run.options.early_stop = 0;
        run.options.epochs = 10;
        CHECK(resumed(run, keeping(run.last)).best_iteration == 0);
        CHECK(run.last.best.layers.empty());
        CHECK(run.last.best_running.layers.empty());
    }
}

TEST_CASE("states of a net that no run can be in are refused", "[train][resume][misuse]") {
    SmallRun run = small_run(50, true);
    const auto message = [&](const auto& change) {
        NetTrainState<float> state = run.last;
        change(state);
        const NetParams<float> before = run.net.params;
        const std::string text = message_of<std::exception>(
            [&] { resume_training(run.net, run.samples, run.samples.slice(0, 20), run.options, state); });
        CHECK(run.net.params == before);
        return text;
    };
    CHECK(message([](auto& state) { state.optimizer.beta1_power = 5.0; }) ==
          "resume_training: the optimiser's beta1_power must be from 0 to 1, found 5");
    CHECK(message([](auto& state) { state.optimizer.beta2_power = -1.0; }) ==
          "resume_training: the optimiser's beta2_power must be from 0 to 1, found -1");
    CHECK(message([](auto& state) {
              state.best_running.layers[0].mean = Matrix<float>(1, 1);
          }).find("must be [1,10], found [1,1]") != std::string::npos);
}

TEST_CASE("an optimiser whose state does not fit keeps its memory", "[train][resume][misuse]") {
    SmallRun run = small_run(0);
    Matrix<float> first(2, 2, 1.0F);
    Matrix<float> second(2, 2, 2.0F);
    NetTrainCallbacks<float> callbacks;
    callbacks.own_optimizer = {.name = "mine",
                               .update = [](NetParams<float>&, const NetParams<float>&, double) {},
                               .state = {{"a", &first}, {"b", &second}},
                               .can_be_saved = true};
    run.last.own = {{"a", Matrix<float>(2, 2, 9.0F)}};
    CHECK_THROWS_AS(resumed(run, callbacks), std::invalid_argument);
    CHECK(first == Matrix<float>(2, 2, 1.0F));
    run.last.own.push_back({"b", Matrix<float>(5, 5)});
    CHECK(message_of<ShapeError>([&] { resumed(run, callbacks); }) ==
          "resume_training: b must be [2,2], found [5,5]");
    CHECK(first == Matrix<float>(2, 2, 1.0F));
}

TEST_CASE("a run that a checkpoint ends is evaluated", "[train][net]") {
    SmallRun run = small_run(0);
    NetTrainCallbacks<float> callbacks;
    callbacks.on_checkpoint = [](const NetTrainState<float>&) { return false; };
    run.options.checkpoint_every = 2;
    Rng rng(1);
    const NetTrainResult result =
        train(run.net, run.samples, run.samples.slice(0, 20), run.options, rng, callbacks);
    CHECK(result.stop == TrainStop::kCallback);
    CHECK(result.iterations == 2);
    REQUIRE(result.evaluations.size() == 1);
    CHECK(result.evaluations[0].iteration == 2);
}

TEST_CASE("past the last update that can be counted nothing is trained", "[train][resume]") {
    Rng rng(1);
    TwoLayerNet<float> net(784, 5, 10, rng);
    const TwoLayerParams<float> before = net.params;
    TrainState state;
    state.rng = rng.state();
    state.iteration = std::numeric_limits<std::size_t>::max();
    const TrainResult result =
        resume_training(net, train_test_digits(), {.iterations = 5, .batch_size = 10}, state);
    CHECK(net.params == before);
    CHECK(result.evaluations.size() == 1);
}

TEMPLATE_TEST_CASE("R2 sees that a target never changes, whatever its mean rounds to", "[metrics]", float,
                   double) {
    using T = TestType;
    Rng rng(1);
    Net<T> net({1, 1, 1}, {.loss = Loss::kMeanSquaredError}, rng);
    net.params.layers[1].W.fill(T(0));
    net.params.layers[1].b.fill(T(0.2));
    for (const std::size_t rows : {3U, 7U, 10U, 300U}) {
        const Samples<T> samples(Matrix<T>(rows, 1), Matrix<T>(rows, 1, T(0.1)));
        CHECK(evaluate(net, samples).score == 0.0);
    }
}

TEST_CASE("predictions that would overwrite rows before they are read are refused", "[net][misuse]") {
    Rng rng(1);
    const Net<float> net({4, 8, 4}, {}, rng);
    Matrix<float> both = Matrix<float>::randn(601, 4, rng, 1.0);
    const Matrix<float> before = both;
    const MatrixView<float> view = both;
    CHECK(message_of<ShapeError>([&] {
              net.predict(view.rows(0, 600), view.rows(1, 601));
          }).find("predict: out") == 0);
    CHECK(both == before);
    const Matrix<float> wanted = net.predict(before);
    net.predict(both, both);
    CHECK(both == wanted);
}

TEST_CASE("a schedule of more steps than change it ends", "[schedule]") {
    constexpr std::uint64_t kMany = std::uint64_t{1} << 40;
    if (kMany > std::numeric_limits<std::size_t>::max()) {
        return;
    }
    const auto update = static_cast<std::size_t>(kMany);
    CHECK(Schedule{.course = Course::kStep, .factor = 1.0, .every = 1}.factor_at(update, 1, update) == 1.0);
    // Half of the smallest number and more rounds up to it.
    CHECK(Schedule{.course = Course::kStep, .factor = 0.9, .every = 1}.factor_at(update, 1, update) < 1e-300);
}

TEST_CASE("a weight decay that is no number ends a run along differences before its update", "[train][net]") {
    for (const auto source : {GradientSource::kBackprop, GradientSource::kNumerical}) {
        Rng rng(1);
        Net<double> net({2, 1}, {.loss = Loss::kMeanSquaredError, .weight_decay = 0.1}, rng);
        net.params.layers[0].W = Matrix<double>{{1e200}, {1}};
        Matrix<double> x(4, 2);
        for (std::size_t i = 0; i < 4; ++i) {
            x(i, 1) = 1.0;
        }
        const NetParams<double> before = net.params;
        const NetTrainOptions options = {
            .epochs = 2, .batch_size = 4, .optimizer = Sgd{.lr = 0.5}, .gradient = source};
        const NetTrainResult result = train(net, {x, Matrix<double>(4, 1)}, {}, options, rng);
        CHECK(result.stop == TrainStop::kLossNotFinite);
        CHECK(net.params == before);
    }
}

TEST_CASE("a label has no class where there are none", "[net][misuse]") {
    const Net<float> net({Layer<float>{Matrix<float>(3, 0), Matrix<float>(1, 0)}});
    CHECK(message_of<ShapeError>([&] { net.gradient(Matrix<float>(1, 3), std::vector<int>{0}); }) ==
          "gradient: the label of row 0 must be below 0, the number of classes, found 0");
}

TEST_CASE("a gradient whose squares overflow is clipped", "[train][net]") {
    const auto weight_after = [](double clip_norm) {
        Rng rng(1);
        Net<double> net({1, 1}, {.loss = Loss::kMeanSquaredError}, rng);
        net.params.layers[0].W(0, 0) = 1e-60;
        const Samples<double> samples(Matrix<double>(1, 1, 1e160), Matrix<double>(1, 1));
        const NetTrainOptions options = {
            .epochs = 1, .batch_size = 1, .optimizer = Sgd{.lr = 1e-61}, .clip_norm = clip_norm};
        train(net, samples, {}, options, rng);
        return net.params.layers[0].W(0, 0);
    };
    CHECK(weight_after(1.0) == Approx(0.9e-60).epsilon(1e-14));
    CHECK(weight_after(1e300) == weight_after(0.0));
}
