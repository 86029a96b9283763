// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The training loop: same bits whatever the threads and the level, stops where it should, evaluates when it
// should.
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "nn/training.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/train.hpp"

namespace {

using namespace thalweg;
using test::short_run;
using test::train_test_digits;

struct Outcome {
    std::vector<double> losses;
    TrainResult result;
};

template <class T>
Outcome run(const TrainOptions& options, std::size_t hidden = 50) {
    Rng rng(1);
    TwoLayerNet<T> net(784, hidden, 10, rng);
    Outcome outcome;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const TrainStep& step) {
        outcome.losses.push_back(step.loss);
        return true;
    };
    outcome.result = train(net, train_test_digits(), options, rng, callbacks);
    return outcome;
}

std::string difference(const Outcome& a, const Outcome& b) {
    if (a.losses.size() != b.losses.size()) {
        return "different numbers of losses";
    }
    return test::first_difference(a.losses.data(), b.losses.data(), a.losses.size());
}

template <class T>
void check_threads() {
    for (const Sampling sampling : {Sampling::kReplacement, Sampling::kShuffle}) {
        TrainOptions options = short_run(40);
        options.sampling = sampling;
        options.batch_size = 150;
        const Outcome reference = [&] {
            const test::ThreadScope one(1);
            return run<T>(options, 200);
        }();
        for (const int threads : test::kThreadCounts) {
            const test::ThreadScope scope(threads);
            const Outcome other = run<T>(options, 200);
            INFO(threads << " threads: " << difference(other, reference));
            CHECK(difference(other, reference).empty());
            CHECK(other.result.evaluations.back().test == reference.result.evaluations.back().test);
        }
    }
}

template <class T>
void check_levels() {
    const test::LevelScope restore;
    Outcome reference[2];
    for (const SimdLevel level : available_levels()) {
        select_level(level);
        const Outcome outcome = run<T>(short_run(40));
        Outcome& first = reference[has_fma(level) ? 1 : 0];
        if (first.losses.empty()) {
            first = outcome;
        }
        INFO(name(level) << ": " << difference(outcome, first));
        CHECK(difference(outcome, first).empty());
    }
}

}  // namespace

TEST_CASE("training has the same bits for any number of threads", "[train][bits]") {
    check_threads<float>();
    check_threads<double>();
}

TEST_CASE("training has the same bits at every level of a rounding class", "[train][bits]") {
    check_levels<float>();
    check_levels<double>();
}

TEST_CASE("training learns the digits", "[train]") {
    TrainOptions options = short_run(1500);
    options.optimizer.lr = 0.5;
    const Outcome outcome = run<float>(options);
    CHECK(outcome.result.stop == TrainStop::kDone);
    CHECK(outcome.losses.front() > 2.2);
    CHECK(outcome.result.evaluations.back().train > 0.85);
    CHECK(outcome.result.evaluations.back().test > 0.80);
    CHECK(outcome.result.evaluations.back().test == outcome.result.evaluations.back().test);
}

TEST_CASE("accuracy is evaluated after update 1, every multiple, and the last", "[train]") {
    TrainOptions options = short_run(25);
    options.eval_every = 10;
    const auto evaluated = [&] {
        std::vector<std::size_t> at;
        for (const TrainEvaluation& e : run<float>(options).result.evaluations) {
            at.push_back(e.iteration);
        }
        return at;
    };
    CHECK(evaluated() == std::vector<std::size_t>{1, 10, 20, 25});
    options.eval_every = 25;
    CHECK(evaluated() == std::vector<std::size_t>{1, 25});
    options.eval_every = 1;
    options.iterations = 3;
    CHECK(evaluated() == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("training stops at the iteration whose loss is not finite", "[train]") {
    for (const double poison :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        Rng rng(1);
        TwoLayerNet<float> net(784, 50, 10, rng);
        TrainCallbacks callbacks;
        std::size_t told = 0;
        callbacks.on_step = [&](const TrainStep& step) {
            told = step.iteration;
            if (step.iteration == 7) {
                net.params.W2(0, 0) = static_cast<float>(poison);
            }
            return true;
        };
        const TrainResult result = train(net, train_test_digits(), short_run(20), rng, callbacks);
        CHECK(result.stop == TrainStop::kLossNotFinite);
        CHECK(result.iterations == 8);
        CHECK(told == 8);
        CHECK_FALSE(std::isfinite(result.last_loss));
    }
}

TEST_CASE("a callback ends training after its update, with the accuracy reached", "[train]") {
    Rng rng(1);
    TwoLayerNet<float> net(784, 50, 10, rng);
    TrainCallbacks callbacks;
    callbacks.on_step = [](const TrainStep& step) { return step.iteration < 5; };
    const TrainResult result = train(net, train_test_digits(), short_run(20), rng, callbacks);
    CHECK(result.stop == TrainStop::kCallback);
    CHECK(result.iterations == 5);
    CHECK(result.evaluations.back().iteration == 5);
    CHECK(result.evaluations.back().test == accuracy(net, train_test_digits().test));
}

TEST_CASE("the accuracy of a data set is that of its matrices", "[train]") {
    Rng rng(1);
    const TwoLayerNet<double> net(784, 20, 10, rng, 0.1);
    const std::vector<int> labels(train_test_digits().test.labels().begin(),
                                  train_test_digits().test.labels().end());
    CHECK(accuracy(net, train_test_digits().test) ==
          net.accuracy(train_test_digits().test.images<double>(), labels));
}

TEST_CASE("float and double training stay together", "[train]") {
    const Outcome f = run<float>(short_run(100));
    const Outcome d = run<double>(short_run(100));
    double worst = 0.0;
    for (std::size_t i = 0; i < d.losses.size(); ++i) {
        worst = std::fmax(worst, std::fabs(f.losses[i] - d.losses[i]));
    }
    // Each float loss is off by some 2^-24 relative per operation of a chain of 784 with random signs (about
    // 28 of them), and training carries parameters no further apart than that in 100 small steps.
    CHECK(worst < 28 * 2.4 * 0x1p-24 * 4);
    CHECK(worst > 0.0);
}

TEST_CASE("train refuses what does not fit", "[train][misuse]") {
    Rng rng(1);
    TwoLayerNet<float> small(10, 5, 10, rng);
    CHECK_THROWS_WITH(train(small, train_test_digits(), short_run(1), rng),
                      ContainsSubstring("training images must be [2000,10]"));
    TwoLayerNet<float> few(784, 5, 9, rng);
    CHECK_THROWS_WITH(train(few, train_test_digits(), short_run(1), rng),
                      ContainsSubstring("at least 10 outputs"));
    TwoLayerNet<float> net(784, 5, 10, rng);
    TrainOptions options = short_run(0);
    CHECK_THROWS_WITH(train(net, train_test_digits(), options, rng),
                      ContainsSubstring("iterations must be at least 1"));
    options = short_run(1);
    options.batch_size = 0;
    CHECK_THROWS_WITH(train(net, train_test_digits(), options, rng),
                      ContainsSubstring("batch_size must be at least 1"));
    options = short_run(1);
    options.eval_every = 0;
    CHECK_THROWS_WITH(train(net, train_test_digits(), options, rng),
                      ContainsSubstring("eval_every must be at least 1"));
}

// 1e39 is Inf in float, and 1e-46 is 0.
TEMPLATE_TEST_CASE("a learning rate that would spoil the net is refused", "[train][misuse]", float, double) {
    using Limits = std::numeric_limits<double>;
    constexpr bool kFloat = std::is_same_v<TestType, float>;
    Rng rng(1);
    TwoLayerNet<TestType> net(784, 5, 10, rng);
    const Matrix<TestType> before = net.params.W1;
    TrainOptions options = short_run(1);
    const auto refused = [](const char* op) {
        return ContainsSubstring(std::string(op) + ": lr must be finite and above 0" +
                                 (kFloat ? " in float, found " : ", found "));
    };
    const auto check = [&](double lr) {
        options.optimizer.lr = lr;
        for (const GradientSource source : {GradientSource::kBackprop, GradientSource::kNumerical}) {
            options.gradient = source;
            CHECK_THROWS_AS(train(net, train_test_digits(), options, rng), std::invalid_argument);
            CHECK_THROWS_WITH(train(net, train_test_digits(), options, rng), refused("train"));
            CHECK_THROWS_WITH(resume_training(net, train_test_digits(), options, {}), refused("train"));
        }
        CHECK_THROWS_WITH(Sgd{lr}.update(net.params, net.params), refused("Sgd::update"));
        CHECK(net.params.W1 == before);
    };
    for (const double lr : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity(), -1.0, 0.0, -0.0}) {
        check(lr);
    }
    if (kFloat) {
        check(1e39);
        check(1e-46);
    }
    // The largest and the smallest of the type are taken.
    const auto largest = static_cast<double>(std::numeric_limits<TestType>::max());
    TwoLayerParams<TestType> still(1, 1, 1);
    CHECK_NOTHROW(Sgd{largest}.update(still, still));
    const auto smallest = static_cast<double>(std::numeric_limits<TestType>::denorm_min());
    CHECK_NOTHROW(Sgd{smallest}.update(still, still));

    for (const double std : {Limits::quiet_NaN(), Limits::infinity(), -1.0}) {
        CHECK_THROWS_WITH(TwoLayerNet<TestType>(784, 5, 10, rng, std),
                          ContainsSubstring("TwoLayerNet: weight_init_std must be finite and not below 0"));
    }
    CHECK_NOTHROW(TwoLayerNet<TestType>(784, 5, 10, rng, 0.0));
}

TEST_CASE("Sgd takes one fma step down the gradient", "[train]") {
    test::each_level([](test::Rounding rounding) {
        TwoLayerParams<float> params(1, 2, 1);
        TwoLayerParams<float> grads(1, 2, 1);
        params.W1 = {{0.3F, -0.7F}};
        grads.W1 = {{0.11F, 0.13F}};
        Sgd{0.1}.update(params, grads);
        for (std::size_t j = 0; j < 2; ++j) {
            const float p = j == 0 ? 0.3F : -0.7F;
            const float g = grads.W1(0, j);
            const float product = -0.1F * g;
            const float expected = rounding == test::Rounding::kFma ? std::fma(-0.1F, g, p) : product + p;
            CHECK(params.W1(0, j) == expected);
        }
        CHECK_THROWS_WITH(Sgd{0.1}.update(params, TwoLayerParams<float>(1, 3, 1)),
                          ContainsSubstring("Sgd::update: W1 must be [1,2], found [1,3]"));
    });
}
