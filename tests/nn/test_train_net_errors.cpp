// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What training of nets of any depth refuses: options, samples, targets and differences that do not fit.
#include <stdexcept>
#include <string>
#include <vector>

#include "nn/training.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/metrics.hpp"
#include "thalweg/train_net.hpp"

using namespace thalweg;
using namespace thalweg::test;

TEST_CASE("training a net rejects what does not fit", "[train][net][misuse]") {
    const Samples<float> pixels = digits<float>(130, 5);
    const auto message = [&](NetTrainOptions options, const Samples<float>& samples,
                             const Samples<float>& validation, NetOptions net_options = {},
                             std::vector<std::size_t> sizes = {784, 8, 10}) {
        Rng rng(1);
        Net<float> net(sizes, net_options, rng);
        const NetParams<float> before = net.params;
        const std::string text =
            message_of<std::exception>([&] { train(net, samples, validation, options, rng); });
        CHECK(net.params == before);
        return text;
    };
    CHECK(message({.epochs = 0}, pixels, {}) == "train: epochs must be at least 1, found 0");
    CHECK(message({.batch_size = 0}, pixels, {}) == "train: batch_size must be at least 1, found 0");
    CHECK(message({.optimizer = Adam{.lr = -1.0}}, pixels, {}) ==
          "train: lr must be finite and above 0 in float, found -1");
    CHECK(message({.clip_norm = -1.0}, pixels, {}) ==
          "train: clip_norm must be finite and not below 0, found -1");
    CHECK(message({.early_stop = 2}, pixels, {}) == "train: early_stop needs a validation part, found none");
    CHECK(message({}, {}, {}) == "train: expected at least one row of samples, found none");
    CHECK(message({}, pixels, {}, {}, {783, 8, 10}) == "train: W1 takes 783 inputs, found samples with 784");
    CHECK(message({}, pixels, {}, {}, {784, 8, 9}) ==
          "train: W2 must have at least 10 outputs, one a class of the samples, found 9");
    CHECK(message({}, line<float>(10, 1), {}, {}, {3, 4, 3}) ==
          "train: W2 has 3 outputs, found samples with 2 targets");
    CHECK(message({}, line<float>(10, 1), {}, {.loss = Loss::kMeanSquaredError}, {3, 4, 2}) ==
          "train: batch_size must be at most 10, the rows to train on, in shuffled batches, found 100");
    CHECK(message({}, pixels, {}, {.loss = Loss::kMeanSquaredError}) ==
          "train: labels are for Loss::kSoftmaxCrossEntropy; expected samples with targets");
    CHECK(message({}, pixels, line<float>(10, 1)) ==
          "train: validation: W1 takes 784 inputs, found samples with 3");
    CHECK(message({.schedule = {.every = 0}}, pixels, {}) == "Schedule: every must be at least 1, found 0");
}

TEST_CASE("targets that the loss cannot compare with are rejected", "[train][net][misuse]") {
    const Matrix<float> x(3, 2, 0.5F);
    const auto message = [&](Loss loss, const Matrix<float>& t) {
        Rng rng(1);
        Net<float> net({2, 3, 2}, {.loss = loss}, rng);
        const NetTrainOptions options = {.epochs = 1, .batch_size = 2};
        const Samples<float> samples(x, t);
        const Samples<float> good(x, Matrix<float>{{0, 1}, {0.5F, 0.5F}, {1, 0}});
        const std::string text =
            message_of<ShapeError>([&] { train(net, samples, {}, options, rng); }).substr(6);
        CHECK(message_of<ShapeError>([&] { train(net, good, samples, options, rng); }) ==
              "train: validation:" + text);
        CHECK(message_of<ShapeError>([&] { evaluate(net, samples); }) == "evaluate:" + text);
        if (loss == Loss::kBinaryCrossEntropy) {
            CHECK(message_of<ShapeError>([&] { net.loss(x, t); }) == "loss:" + text);
            CHECK(message_of<ShapeError>([&] { net.gradient(x, t); }) == "gradient:" + text);
            CHECK(message_of<ShapeError>([&] { net.gradient(x, t, rng); }) == "gradient:" + text);
            CHECK(message_of<ShapeError>([&] { net.numerical_gradient(x, t); }) ==
                  "numerical_gradient:" + text);
        }
        return text;
    };
    const std::string where =
        " row 2, column 1 of the targets must be from 0 to 1 for Loss::kBinaryCrossEntropy";
    CHECK(message(Loss::kBinaryCrossEntropy, {{0, 1}, {0.5F, 0.5F}, {1, 1.5F}}) == where + ", found 1.5");
    CHECK(message(Loss::kBinaryCrossEntropy, {{0, 1}, {0.5F, 0.5F}, {1, -1}}) == where + ", found -1");
    const std::string rows = " must be probabilities that sum to 1 for Loss::kSoftmaxCrossEntropy, found ";
    CHECK(message(Loss::kSoftmaxCrossEntropy, {{0, 1}, {0.5F, 0.75F}, {1, 0}}) ==
          " the targets of row 1" + rows + "a sum of 1.25");
    CHECK(message(Loss::kSoftmaxCrossEntropy, {{2, -1}, {0.5F, 0.5F}, {1, 0}}) ==
          " the targets of row 0" + rows + "one of -1");
}

TEST_CASE("differences of a net reject what they cannot be taken of", "[train][net][misuse]") {
    NetTrainOptions options = {.iterations = 3, .batch_size = 20};
    options.gradient = GradientSource::kNumerical;
    const auto message = [&] {
        Net<float> net = deep_net<float>({});
        Rng rng(7);
        return message_of<std::invalid_argument>(
            [&] { train(net, digits<float>(130, 5), {}, options, rng); });
    };
    options.differences.h = 0.0;
    CHECK(message().substr(0, 6) == "train:");
    options.differences = {.method = NetDifferenceMethod::kStructured};
    CHECK(message() ==
          "train: expected differences by kShared or kPlain, found a method that only TwoLayerNet has");
}
