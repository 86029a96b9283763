// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numerical gradients of training steps with dropout and batch normalisation: against a loop of its own over
// lines of arrays, against backpropagation, and as what train() goes along.
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "nn/activations.hpp"
#include "nn/farthest.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/thalweg.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct StepCase {
    Net<double> net;
    Matrix<double> x;
    std::vector<int> labels;
    Matrix<double> t;  // one-hot for labels, positive numbers that sum to 1 else
};

StepCase case_of(Rng& rng, std::span<const std::size_t> sizes, const NetOptions& options, std::size_t rows,
                 bool labels) {
    StepCase c{Net<double>(sizes, options, rng), Matrix<double>::randn(rows, sizes.front(), rng), {}, {}};
    for (Layer<double>& layer : c.net.params.layers) {
        layer.b = Matrix<double>::randn(1, layer.b.cols(), rng, 0.3);
        layer.gamma += Matrix<double>::randn(layer.gamma.rows(), layer.gamma.cols(), rng, 0.2);
        layer.beta += Matrix<double>::randn(layer.beta.rows(), layer.beta.cols(), rng, 0.2);
    }
    c.t = Matrix<double>(rows, sizes.back());
    for (std::size_t n = 0; n < rows; ++n) {
        if (labels) {
            c.labels.push_back(static_cast<int>(rng.below(sizes.back())));
            c.t(n, static_cast<std::size_t>(c.labels.back())) = 1.0;
            continue;
        }
        for (std::size_t k = 0; k < sizes.back(); ++k) {
            c.t(n, k) = 0.1 + rng.uniform();
        }
    }
    if (!labels) {
        c.t /= sum(c.t, 1);
    }
    return c;
}

// The loss of a training step, by lines of arrays.
double step_loss(const StepCase& c, const std::vector<Matrix<double>>& masks) {
    const NetOptions& options = c.net.options();
    const auto& layers = c.net.params.layers;
    Matrix<double> z = c.x;
    double decay = 0.0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        z = affine(z, layers[i].W, layers[i].b);
        decay += 0.5 * options.weight_decay * sum(layers[i].W * layers[i].W);
        if (i + 1 == layers.size()) {
            break;
        }
        if (options.batch_norm) {
            const Matrix<double> normal = (z - mean(z, 0)) / sqrt(var(z, 0) + 10e-7);
            z = layers[i].gamma * normal + layers[i].beta;
        }
        z = activated(options.activation, z);
        if (options.dropout != 0.0) {
            z *= masks[i];
        }
    }
    const auto rows = static_cast<double>(z.rows());
    if (options.loss == Loss::kMeanSquaredError) {
        return 0.5 * sum(square(z - c.t)) / rows + decay;
    }
    if (options.loss == Loss::kBinaryCrossEntropy) {
        return sum(softplus(z) - c.t * z) / rows + decay;
    }
    return -sum(c.t * log(softmax(z) + 1e-7)) / rows + decay;
}

// As the net draws them.
std::vector<Matrix<double>> masks_of(const Net<double>& net, std::size_t rows, Rng rng) {
    std::vector<Matrix<double>> masks;
    for (std::size_t i = 0; net.options().dropout != 0.0 && i + 1 < net.params.layers.size(); ++i) {
        masks.emplace_back(rows, net.params.layers[i].b.cols());
        for (std::size_t k = 0; k < masks[i].size(); ++k) {
            masks[i].data()[k] = rng.uniform() > net.options().dropout ? 1.0 : 0.0;
        }
    }
    return masks;
}

std::vector<double> loop_over(StepCase c, const Rng& rng, double h) {
    const std::vector<Matrix<double>> masks = masks_of(c.net, c.x.rows(), rng);
    std::vector<double> quotients;
    for (const auto& [name, matrix] : c.net.params.matrices()) {
        for (std::size_t i = 0; i < matrix->size(); ++i) {
            const double at = matrix->data()[i];
            matrix->data()[i] = at + h;
            const double up = step_loss(c, masks);
            matrix->data()[i] = at - h;
            quotients.push_back((up - step_loss(c, masks)) / (2.0 * h));
            matrix->data()[i] = at;
        }
    }
    return quotients;
}

std::vector<double> gradient_of(const StepCase& c, const NetDifferenceOptions& options, Rng rng) {
    Net<double> net = c.net;
    return values_of(c.labels.empty() ? net.numerical_gradient(c.x, c.t, rng, options)
                                      : net.numerical_gradient(c.x, c.labels, rng, options));
}
std::vector<double> backprop_of(const StepCase& c, Rng rng) {
    Net<double> net = c.net;
    return values_of(c.labels.empty() ? net.gradient(c.x, c.t, rng) : net.gradient(c.x, c.labels, rng));
}

// Every activation and loss with dropout, batch normalisation or both; h from 1e-8 to 1. The loops' errors
// are a few roundings of f over h, which sums over the batch and a few layers multiply; division by a batch's
// standard deviation multiplies those of a layer by up to 10 or so here.
void compare_random_steps(std::size_t count, std::uint32_t seed) {
    Rng rng(seed);
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::size_t> sizes{2 + rng.below(4)};
        for (std::size_t l = 0; l < 1 + i % 3; ++l) {
            sizes.push_back(2 + rng.below(5));
        }
        sizes.push_back(2 + rng.below(3));
        NetOptions of_net{.activation = kActivations[i % std::size(kActivations)], .init = Init::kXavier};
        of_net.loss = static_cast<Loss>(i / std::size(kActivations) % 3);
        of_net.weight_decay = i % 3 == 0 ? 0.1 : 0.0;
        of_net.dropout = i % 4 == 3 ? 0.0 : 0.4;
        of_net.batch_norm = i % 2 != 0;
        const bool labels = of_net.loss == Loss::kSoftmaxCrossEntropy && i / 21 % 2 == 0;
        const StepCase c = case_of(rng, sizes, of_net, 6 + rng.below(4), labels);
        const double h = std::pow(10.0, -8.0 * rng.uniform());
        const double f = step_loss(c, masks_of(c.net, c.x.rows(), rng));
        const double rounding = 0x1p-52 * (1.0 + f) / h * (of_net.batch_norm ? 80.0 : 8.0);
        CAPTURE(i, static_cast<int>(of_net.activation), static_cast<int>(of_net.loss), of_net.dropout,
                of_net.batch_norm, h, f);
        const std::vector<double> loop = loop_over(c, rng, h);
        double largest = 0.1;
        for (const double value : loop) {
            largest = std::fmax(largest, std::fabs(value));
        }
        CHECK(test::farthest(gradient_of(c, {.h = h}, rng), loop) <= rounding + 1e-14 * largest);
        CHECK(test::farthest(gradient_of(c, {.h = h, .method = NetDifferenceMethod::kPlain}, rng), loop) <=
              rounding + 1e-14 * largest);
        // The limit of two steps, without the h^2 term, which a unit of small variance makes large. No kink
        // is as near as these.
        const bool kinks =
            of_net.activation == Activation::kRelu || of_net.activation == Activation::kLeakyRelu;
        const double near = kinks ? 1e-7 : 1e-5;
        std::vector<double> limit = gradient_of(c, {.h = near, .clean_loss = true}, rng);
        const std::vector<double> farther = gradient_of(c, {.h = 2.0 * near, .clean_loss = true}, rng);
        for (std::size_t k = 0; k < limit.size(); ++k) {
            limit[k] += (limit[k] - farther[k]) / 3.0;
        }
        CHECK(test::farthest(limit, backprop_of(c, rng)) <= 2.0 * rounding * h / near + 1e-9 * largest);
    }
}

}  // namespace

TEST_CASE("differences of training steps agree with a loop over arrays and with backpropagation",
          "[net][differences][dropout]") {
    compare_random_steps(126, 11);
}

TEST_CASE("differences of many training steps agree with a loop over arrays and with backpropagation",
          "[slow][net][differences][dropout]") {
    compare_random_steps(2520, 12);
}

TEST_CASE("differences with masks have the same bits on every level of a class and number of threads",
          "[net][differences][bits][dropout]") {
    Rng rng(3);
    const std::vector<std::size_t> sizes{7, 11, 9, 5};
    for (const Activation activation : kActivations) {
        // More rows than are held at a time.
        const StepCase c = case_of(rng, sizes, {.activation = activation, .dropout = 0.3}, 131, true);
        std::vector<double> first[2];
        each_level([&](Rounding rounding) {
            for (const int threads : {1, 3}) {
                const ThreadScope scope(threads);
                const std::vector<double> found = gradient_of(c, {.h = 1e-2}, rng);
                std::vector<double>& expected = first[rounding == Rounding::kFma ? 1 : 0];
                expected = expected.empty() ? found : expected;
                CAPTURE(activation, threads);
                CHECK(found == expected);
            }
        });
    }
}

TEST_CASE("a training step's differences draw masks and move statistics as its gradient does",
          "[net][differences][dropout]") {
    Rng rng(5);
    const std::vector<std::size_t> sizes{3, 5, 4, 2};
    const StepCase c = case_of(rng, sizes, {.dropout = 0.5, .batch_norm = true}, 7, true);
    Net<double> by_differences = c.net;
    Net<double> by_backprop = c.net;
    Rng a(1);
    Rng b(1);
    by_differences.numerical_gradient(c.x, c.labels, a);
    by_backprop.gradient(c.x, c.labels, b);
    CHECK(Rng(a).next_u32() == b.next_u32());
    CHECK(by_differences.running == by_backprop.running);
    CHECK(by_differences.running != c.net.running);
    CHECK(message_of<std::invalid_argument>([&] { by_differences.numerical_gradient(c.x, c.labels); }) ==
          "numerical_gradient: a net with dropout or batch normalisation needs an Rng: "
          "numerical_gradient(x, t, rng)");
    CHECK_THROWS_AS(by_differences.numerical_gradient(c.x, c.labels, a, {.h = 0.0}), std::invalid_argument);
    a.next_u32();
    CHECK(a.next_u32() == b.next_u32());
}

TEMPLATE_TEST_CASE("nets with dropout and batch normalisation train along differences",
                   "[train][net][differences][dropout]", float, double) {
    using T = TestType;
    Rng data(2);
    const Matrix<T> x = Matrix<T>::randn(60, 4, data);
    std::vector<int> labels;
    for (std::size_t n = 0; n < x.rows(); ++n) {
        labels.push_back(x(n, 0) * x(n, 1) > T(0) ? 1 : 0);
    }
    const Samples<T> samples(x, labels);
    for (const bool batch_norm : {false, true}) {
        NetTrainOptions options = {.iterations = 12, .batch_size = 15, .optimizer = Sgd{.lr = 0.1}};
        std::vector<double> losses[2];
        NetStatistics<T> running[2];
        for (const int source : {0, 1}) {
            Rng rng(7);
            Net<T> net({4, 8, 6, 2}, {.dropout = 0.2, .batch_norm = batch_norm}, rng);
            options.gradient = source == 0 ? GradientSource::kBackprop : GradientSource::kNumerical;
            NetTrainCallbacks<T> callbacks;
            callbacks.on_step = [&](const TrainStep& step) {
                losses[source].push_back(step.loss);
                if (losses[source].size() == 1) {
                    running[source] = net.running;
                }
                return true;
            };
            train(net, samples, {}, options, rng, callbacks);
        }
        REQUIRE(losses[0].size() == losses[1].size());
        for (std::size_t i = 0; i < losses[0].size(); ++i) {
            CAPTURE(batch_norm, i);
            CHECK(losses[1][i] == Approx(losses[0][i]).epsilon(1e-3));
        }
        for (std::size_t l = 0; l < running[0].layers.size(); ++l) {
            CHECK(allclose(running[1].layers[l].mean, running[0].layers[l].mean));
            CHECK(allclose(running[1].layers[l].variance, running[0].layers[l].variance));
        }
    }
}
