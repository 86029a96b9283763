// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Training steps and evaluation that leave out zero pixels, against gather(), gradient() and update() one
// after another: the same bits at every level and for any number of threads, and the same end where leaving
// out would hide an Inf.
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "data/mostly_zero.hpp"
#include "nn/loop/evaluate.hpp"
#include "pixel_steps.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/train.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

const Dataset& pixel_digits() {
    static const Dataset data = synthetic_digits(300, 5);
    return data;
}

template <class T>
typename PixelSteps<T>::Outcome take(PixelSteps<T>& pixels, TwoLayerNet<T>& net,
                                     std::span<const std::size_t> rows, const Sgd& sgd) {
    return pixels.run(nn::layers_of(net.params.matrices()), rows, sgd);
}

template <class T>
bool zeros_may_be_left_out(TwoLayerNet<T>& net) {
    return nn::zeros_may_be_left_out<T>(nn::layers_of(std::as_const(net.params).matrices()));
}

template <class T>
struct Pair {
    explicit Pair(std::size_t hidden) : rng(3), stepped(784, hidden, 10, rng, 0.2), plain(stepped) {}

    // One step each way on the same rows; the losses must agree, too.
    void step(std::span<const std::size_t> rows, Failures& failures) {
        const auto outcome = take(pixels, stepped, rows, sgd);
        failures.expect(outcome == PixelSteps<T>::Outcome::kDone, "outcome");
        Matrix<T> x(rows.size(), 784);
        std::vector<int> labels(rows.size());
        pixel_digits().gather<T>(rows, x, labels);
        TwoLayerParams<T> grads;
        TwoLayerWorkspace<T> workspace;
        const double loss = plain.gradient(x, labels, grads, workspace);
        sgd.update(plain.params, grads);
        failures.expect(same_bits(pixels.loss(), loss), "loss");
    }
    void compare(Failures& failures, int threads) {
        const auto all = [](const Matrix<T>& m) { return std::vector<T>(m.data(), m.data() + m.size()); };
        const auto expected = plain.params.matrices();
        const auto found = stepped.params.matrices();
        for (std::size_t i = 0; i < found.size(); ++i) {
            failures.compare(all(*found[i].matrix), all(*expected[i].matrix), found[i].name.data(), threads,
                             "threads");
        }
    }

    Rng rng;
    TwoLayerNet<T> stepped;
    TwoLayerNet<T> plain;
    Sgd sgd{0.3};
    PixelSteps<T> pixels{pixel_digits()};
};

}  // namespace

TEMPLATE_TEST_CASE("a step that leaves out zero pixels has the bits of the whole step", "[train][bits]",
                   float, double) {
    each_level([](Rounding) {
        for (const std::size_t hidden : {std::size_t{50}, std::size_t{97}}) {
            for (const std::size_t batch : {std::size_t{1}, std::size_t{37}, std::size_t{150}}) {
                for (const int threads : kThreadCounts) {
                    const ThreadScope scope(threads);
                    Failures failures;
                    Pair<TestType> pair(hidden);
                    MiniBatches batches(pixel_digits().size(), batch, Sampling::kReplacement, pair.rng);
                    for (int i = 0; i < 3; ++i) {
                        pair.step(batches.next(), failures);
                    }
                    pair.compare(failures, threads);
                    INFO("hidden " << hidden << ", batch " << batch);
                    REQUIRE(failures.text() == "");
                }
            }
        }
    });
}

TEMPLATE_TEST_CASE("evaluation that leaves out zero pixels counts what predict counts", "[train]", float,
                   double) {
    REQUIRE(data::mostly_zero(pixel_digits()));
    const std::vector<int> labels(pixel_digits().labels().begin(), pixel_digits().labels().end());
    each_level([&](Rounding) {
        Rng rng(4);
        const TwoLayerNet<TestType> net(784, 50, 10, rng, 0.3);
        const double share = net.accuracy(pixel_digits().images<TestType>(), labels);
        for (const int threads : kThreadCounts) {
            const ThreadScope scope(threads);
            const auto layers = nn::layers_of(net.params.matrices());
            CHECK(static_cast<double>(nn::count_right<TestType>(layers, pixel_digits())) / 300.0 == share);
        }
    });
}

TEST_CASE("data of which most pixels count is not searched for zeros", "[train]") {
    CHECK_FALSE(data::mostly_zero(Dataset(2, 2, {1, 0, 2, 3, 0, 9, 9, 0}, {0, 1})));
    CHECK(data::mostly_zero(Dataset(2, 2, {1, 0, 0, 3, 0, 0, 9, 0}, {0, 1})));
}

TEST_CASE("weights that are not finite take the whole step, and training stops all the same", "[train]") {
    for (const float poison :
         {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::quiet_NaN()}) {
        Rng rng(1);
        TwoLayerNet<float> net(784, 20, 10, rng);
        // The corner is empty in every image: only 0 * Inf tells.
        net.params.W1(0, 7) = poison;
        CHECK_FALSE(zeros_may_be_left_out(net));
        TrainOptions options;
        options.iterations = 5;
        const TrainResult result = train(net, {pixel_digits(), pixel_digits()}, options, rng);
        CHECK(result.stop == TrainStop::kLossNotFinite);
        CHECK(result.iterations == 1);
    }
}

TEST_CASE("a gradient that overflows under a finite loss takes the whole step", "[train]") {
    // One hidden unit, all but dead, so that the logits stay small: +-1.6e-38 * 3e38. The gradient at it is
    // 2 * 3e38 for a label whose probability is small.
    const float big = 3e38F;
    TwoLayerParams<float> params(784, 1, 10);
    params.b1(0, 0) = -87.0F;
    for (std::size_t c = 0; c < 10; ++c) {
        params.W2(0, c) = -big;
    }
    const auto label = static_cast<std::size_t>(pixel_digits().labels()[0]);
    params.W2(0, (label + 1) % 10) = big;
    TwoLayerNet<float> net(params);
    const TwoLayerNet<float> before = net;
    const std::size_t rows[] = {0};
    PixelSteps<float> pixels(pixel_digits());
    CHECK(take(pixels, net, rows, Sgd{0.1}) == PixelSteps<float>::Outcome::kNeedsZeros);
    CHECK(std::isfinite(pixels.loss()));
    CHECK(net.params == before.params);
}

TEST_CASE("a loss that is not finite changes no parameter, also without hidden units", "[train]") {
    // Then no gradient of theirs tells.
    TwoLayerParams<float> params(784, 0, 10);
    params.b2(0, 3) = std::numeric_limits<float>::infinity();
    TwoLayerNet<float> net(params);
    const std::size_t rows[] = {0, 1};
    PixelSteps<float> pixels(pixel_digits());
    CHECK(take(pixels, net, rows, Sgd{0.1}) == PixelSteps<float>::Outcome::kLossNotFinite);
    CHECK(net.params == params);
}

TEST_CASE("a gradient that overflows in the second row takes the whole step", "[train]") {
    // Class 0 is all but impossible, the ten others are equal: at label 0 the gradient is half the largest
    // float and ten times a twentieth of it, rounded up; at label 1 most of that cancels.
    const float big = std::numeric_limits<float>::max();
    TwoLayerParams<float> params(784, 1, 11);
    params.b1(0, 0) = -86.0F;
    params.W2.fill(big);
    params.W2(0, 0) = -big;
    const auto image_of = [](std::uint8_t label) {
        const auto labels = pixel_digits().labels();
        return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), label) - labels.begin());
    };
    const std::size_t rows[] = {image_of(1), image_of(0)};
    each_level([&](Rounding) {
        TwoLayerNet<float> net(params);
        PixelSteps<float> pixels(pixel_digits());
        CHECK(take(pixels, net, std::span(rows).first(1), Sgd{0.0}) == PixelSteps<float>::Outcome::kDone);
        CHECK(take(pixels, net, rows, Sgd{0.1}) == PixelSteps<float>::Outcome::kNeedsZeros);
        CHECK(net.params == params);
    });
}
