// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Numerical gradients of nets of any depth by shared evaluations: against differences in 60 digits, against
// the plain loop and the structured form, and against themselves on every level and number of threads.
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "nn/activations.hpp"
#include "nn/difference/shared.hpp"
#include "nn/farthest.hpp"
#include "nn/shared_reference.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/thalweg.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

template <class T>
Matrix<T> matrix_of(std::size_t rows, std::size_t cols, std::span<const double> values) {
    Matrix<T> m(rows, cols);
    for (std::size_t i = 0; i < m.size(); ++i) {
        m.data()[i] = static_cast<T>(values[i]);
    }
    return m;
}

template <class T>
Net<T> net_of(const SharedReference& from, Activation activation, Loss loss) {
    Rng rng(1);
    Net<T> net(from.sizes, {.activation = activation, .loss = loss}, rng);
    std::size_t at = 0;
    for (const auto& [name, matrix] : net.params.matrices()) {
        for (std::size_t i = 0; i < matrix->size(); ++i) {
            matrix->data()[i] = static_cast<T>(from.params[at++]);
        }
    }
    return net;
}

// The largest error of each step, over every activation and loss, divided by what gradients near 0.1 may err.
template <class T>
void compare_with_60_digits(const SharedReference& from, NetDifferenceMethod method,
                            const double (&allowed)[6]) {
    constexpr Loss losses[] = {Loss::kSoftmaxCrossEntropy, Loss::kSoftmaxCrossEntropy,
                               Loss::kMeanSquaredError, Loss::kBinaryCrossEntropy};
    const std::size_t rows = from.labels.size();
    const auto x = matrix_of<T>(rows, from.sizes.front(), from.x);
    const auto soft = matrix_of<T>(rows, from.sizes.back(), from.soft);
    const double* expected = from.quotients.data();
    for (const Activation activation : kActivations) {
        for (std::size_t l = 0; l < 4; ++l) {
            const Net<T> net = net_of<T>(from, activation, losses[l]);
            for (std::size_t s = 0; s < 6; ++s) {
                const NetDifferenceOptions options{.h = kSharedSteps[s], .method = method};
                const std::vector<T> found =
                    values_of(l == 0 ? net.numerical_gradient(x, from.labels, options)
                                     : net.numerical_gradient(x, soft, options));
                double worst = 0.0;
                double largest = 0.1;
                for (const int i : from.asked) {
                    const double error =
                        std::fabs(static_cast<double>(found[static_cast<std::size_t>(i)]) - *expected);
                    worst = error <= worst ? worst : error;
                    largest = std::fmax(largest, std::fabs(*expected++));
                }
                CAPTURE(activation, l, kSharedSteps[s], from.sizes.size(), worst, largest);
                CHECK(worst <= allowed[s] * largest / 0.1);
            }
        }
    }
}

TwoLayerParams<double> two_layers_of(const Net<double>& net) {
    const auto& layers = net.params.layers;
    TwoLayerParams<double> params;
    params.W1 = layers[0].W;
    params.b1 = layers[0].b;
    params.W2 = layers[1].W;
    params.b2 = layers[1].b;
    return params;
}

// A net with biases, and a batch of its own, with zeros.
struct Random {
    Net<double> net;
    Matrix<double> x;
    std::vector<int> labels;
    Matrix<double> t;
};

Random random_case(Rng& rng, std::span<const std::size_t> sizes, const NetOptions& options,
                   std::size_t rows) {
    Random c{Net<double>(sizes, options, rng), Matrix<double>::randn(rows, sizes.front(), rng), {}, {}};
    for (Layer<double>& layer : c.net.params.layers) {
        layer.b = Matrix<double>::randn(1, layer.b.cols(), rng, 0.5);
    }
    c.t = Matrix<double>(rows, sizes.back());
    for (std::size_t n = 0; n < rows; ++n) {
        c.x(n, n % sizes.front()) = 0.0;
        c.labels.push_back(static_cast<int>(rng.below(sizes.back())));
        double sum = 0.0;
        for (std::size_t k = 0; k < c.t.cols(); ++k) {
            c.t(n, k) = 0.1 + rng.uniform();
            sum += c.t(n, k);
        }
        for (std::size_t k = 0; k < c.t.cols(); ++k) {
            c.t(n, k) /= sum;
        }
    }
    return c;
}

double largest_of(const std::vector<double>& a) {
    double most = 0.0;
    for (const double value : a) {
        most = std::fmax(most, std::fabs(value));
    }
    return most;
}

// The three forms on a net of the book's kind, which all of them take.
void compare_with_structured(Rng& rng, double h, bool clean_loss) {
    const std::vector<std::size_t> sizes{2 + rng.below(4), 1 + rng.below(6), 2 + rng.below(3)};
    const Random c = random_case(rng, sizes, {.activation = Activation::kSigmoid, .init = Init::kXavier},
                                 1 + rng.below(4));
    const TwoLayerNet<double> book(two_layers_of(c.net));
    const auto by = [&](NetDifferenceMethod method) {
        const NetDifferenceOptions options{.h = h, .clean_loss = clean_loss, .method = method};
        if (method != NetDifferenceMethod::kStructured) {
            return values_of(c.net.numerical_gradient(c.x, c.labels, options));
        }
        const auto g = book.numerical_gradient(c.x, c.labels, options);
        return values_of(NetParams<double>{{{g.W1, g.b1}, {g.W2, g.b2}}});
    };
    const std::vector<double> shared = by(NetDifferenceMethod::kShared);
    CAPTURE(sizes[0], sizes[1], sizes[2], h, clean_loss);
    // What both are allowed against 60 digits, the structured form 2e-16 at any h.
    const double allowed = (h > 1e-5 && h < 0.02 ? 1e-15 : 1e-13) + 2e-16;
    const double apart = farthest(shared, by(NetDifferenceMethod::kStructured));
    CHECK(apart <= allowed * std::fmax(1.0, largest_of(shared) / 0.1));
    const double rounding = 0x1p-52 * (1.0 + c.net.loss(c.x, c.labels)) / h;
    CHECK(farthest(shared, by(NetDifferenceMethod::kPlain)) <= 8.0 * rounding + 1e-14 * largest_of(shared));
}

// Every activation and loss at every depth; h from 1e-8 to 1. The plain loop's error is a few roundings of f
// over h, which the sums over a batch and a few layers multiply; and there is a kink or two for every h.
void compare_random_nets(std::size_t count, std::uint32_t seed) {
    Rng rng(seed);
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::size_t> sizes{2 + rng.below(4)};
        for (std::size_t l = 0; l < 1 + i % 4; ++l) {
            sizes.push_back(1 + rng.below(6));
        }
        sizes.push_back(2 + rng.below(3));
        const auto activation = kActivations[i % std::size(kActivations)];
        const auto loss = static_cast<Loss>(i / std::size(kActivations) % 3);
        const NetOptions net_options{.activation = activation,
                                     .init = Init::kXavier,
                                     .loss = loss,
                                     .weight_decay = i % 3 == 0 ? 0.1 : 0.0};
        const Random c = random_case(rng, sizes, net_options, 1 + rng.below(4));
        const double h = std::pow(10.0, -8.0 * rng.uniform());
        const bool labels = loss == Loss::kSoftmaxCrossEntropy && i / 84 % 2 == 0;
        NetDifferenceOptions options{.h = h, .clean_loss = i % 5 == 0};
        const auto gradient = [&] {
            return values_of(labels ? c.net.numerical_gradient(c.x, c.labels, options)
                                    : c.net.numerical_gradient(c.x, c.t, options));
        };
        const std::vector<double> shared = gradient();
        options.method = NetDifferenceMethod::kPlain;
        const std::vector<double> plain = gradient();
        const double f = labels ? c.net.loss(c.x, c.labels) : c.net.loss(c.x, c.t);
        CAPTURE(i, static_cast<int>(activation), static_cast<int>(loss), labels, h, f);
        const double rounding = 0x1p-52 * (1.0 + f) / h;
        CHECK(farthest(shared, plain) <= 8.0 * rounding + 1e-14 * largest_of(shared));
        if (i % 3 == 0) {
            compare_with_structured(rng, h, options.clean_loss);
        }
    }
}

}  // namespace

TEST_CASE("shared evaluations are central differences in 60 digits, at every depth, activation and loss") {
    constexpr double kAllowed[] = {1e-13, 1e-15, 1e-15, 1e-13, 1e-13, 1e-13};
    for (const SharedReference& reference : kReferences) {
        compare_with_60_digits<double>(reference, NetDifferenceMethod::kShared, kAllowed);
    }
}

TEST_CASE("a float net's shared evaluations are double's, rounded") {
    // One rounding, half of 2^-23 of the largest gradient.
    constexpr double kAllowed[] = {6e-9, 6e-9, 6e-9, 6e-9, 6e-9, 6e-9};
    compare_with_60_digits<float>(kReferences[1], NetDifferenceMethod::kDefault, kAllowed);
}

TEST_CASE("shared evaluations agree with the plain loop and the structured form on random nets") {
    compare_random_nets(210, 7);
}

TEST_CASE("shared evaluations agree with the plain loop on many random nets", "[slow]") {
    compare_random_nets(6300, 8);
}

TEST_CASE("shared evaluations have the same bits on every level of a class and number of threads") {
    Rng rng(3);
    for (const Activation activation : kActivations) {
        for (const double h : {1e-4, 0.02, 0.7}) {
            // More rows than are held at a time.
            const std::vector<std::size_t> sizes{7, 11, 9, 5};
            const Random c = random_case(rng, sizes, {.activation = activation}, 131);
            std::vector<double> first[2];
            each_level([&](Rounding rounding) {
                for (const int threads : {1, 2, 3}) {
                    const ThreadScope scope(threads);
                    const std::vector<double> found = values_of(c.net.numerical_gradient(c.x, c.labels, h));
                    std::vector<double>& expected = first[rounding == Rounding::kFma ? 1 : 0];
                    if (expected.empty()) {
                        expected = found;
                    }
                    CAPTURE(activation, h, threads);
                    CHECK(found == expected);
                }
            });
        }
    }
}

TEST_CASE("a row's shared evaluations do not depend on the rows beside it") {
    Rng rng(4);
    const std::vector<std::size_t> sizes{6, 8, 7, 3};
    const Random c = random_case(rng, sizes, {.activation = Activation::kRelu}, 40);
    // The second row takes other nodes than the first, which sees nothing of it but the rounding of sums.
    Matrix<double> x(2, 6);
    for (std::size_t i = 0; i < 6; ++i) {
        x(0, i) = c.x(0, i);
        x(1, i) = 0.0;
    }
    const std::vector<int> label{c.labels[0]};
    const std::vector<double> alone = values_of(c.net.numerical_gradient(x.view().rows(0, 1), label, 0.05));
    const std::vector<int> labels{c.labels[0], 1};
    const std::vector<double> both = values_of(c.net.numerical_gradient(x, labels, 0.05));
    const std::vector<int> other{1};
    const std::vector<double> second = values_of(c.net.numerical_gradient(x.view().rows(1, 2), other, 0.05));
    std::vector<double> mean;
    for (std::size_t i = 0; i < alone.size(); ++i) {
        mean.push_back(0.5 * (alone[i] + second[i]));
    }
    CHECK(farthest(both, mean) <= 4 * 0x1p-53 * largest_of(mean));
}

TEST_CASE("shared evaluations reject what is no step, no target and no method of any depth") {
    Rng rng(2);
    const std::vector<std::size_t> sizes{3, 4, 2};
    const Random c = random_case(rng, sizes, {}, 3);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double h : {0.0, -1e-4, nan, std::numeric_limits<double>::infinity()}) {
        CHECK_THROWS_AS(c.net.numerical_gradient(c.x, c.labels, h), std::invalid_argument);
    }
    for (const auto method : {NetDifferenceMethod::kStructured, NetDifferenceMethod::kIncremental}) {
        CHECK_THROWS_AS(c.net.numerical_gradient(c.x, c.labels, {.method = method}), std::invalid_argument);
    }
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x, std::vector<int>{0, 1}), ShapeError);
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x, std::vector<int>{0, 1, 2}), ShapeError);
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x, Matrix<double>(3, 3)), ShapeError);
    CHECK_THROWS_AS(c.net.numerical_gradient(Matrix<double>(0, 3), std::vector<int>{}), ShapeError);
    const Net<double> squares(c.net.params.layers, {.loss = Loss::kMeanSquaredError});
    CHECK_THROWS_AS(squares.numerical_gradient(c.x, c.labels), std::invalid_argument);
    Net<double> broken = c.net;
    broken.params.layers[0].W(0, 0) = nan;
    CHECK_THROWS_AS(broken.numerical_gradient(c.x, c.labels), DifferenceError);
}

TEST_CASE("some partial derivatives of a net are those of its plain loop") {
    Rng rng(9);
    const std::vector<std::size_t> sizes{3, 4, 3, 2};
    const Random c = random_case(rng, sizes, {.activation = Activation::kTanh, .weight_decay = 0.01}, 3);
    const std::vector<double> every =
        values_of(c.net.numerical_gradient(c.x, c.labels, {.method = NetDifferenceMethod::kPlain}));
    const std::vector<std::size_t> which{0, 12, 20, every.size() - 1};
    const std::vector<double> some = c.net.numerical_gradient(c.x, c.labels, which);
    for (std::size_t i = 0; i < which.size(); ++i) {
        CHECK(some[i] == every[which[i]]);
    }
    const std::vector<std::size_t> outside{every.size()};
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x, c.labels, outside), ShapeError);
}

TEST_CASE("TwoLayerNet takes shared evaluations, of labels and of soft targets") {
    Rng rng(6);
    const std::vector<std::size_t> sizes{5, 4, 3};
    const Random c = random_case(rng, sizes, {.activation = Activation::kSigmoid}, 4);
    const TwoLayerParams<double> params = two_layers_of(c.net);
    const TwoLayerNet<double> two(params);
    const NetDifferenceOptions options{.h = 1e-2, .method = NetDifferenceMethod::kShared};
    const auto of_labels = two.numerical_gradient(c.x, c.labels, options);
    CHECK(of_labels.W1 == c.net.numerical_gradient(c.x, c.labels, options).layers[0].W);
    const auto of_soft = two.numerical_gradient(c.x, c.t, options);
    CHECK(of_soft.W2 == c.net.numerical_gradient(c.x, c.t, options).layers[1].W);
}

TEST_CASE("train() takes the method and the step of its differences") {
    const TrainTest digits = {synthetic_digits(200, 1), synthetic_digits(50, 2)};
    const auto trained = [&](const TrainOptions& options) {
        Rng rng(1);
        TwoLayerNet<double> net(784, 8, 10, rng);
        const TrainResult result = train(net, digits, options, rng);
        CHECK(result.iterations == 3);
        return std::vector<double>(net.params.W1.data(), net.params.W1.data() + net.params.W1.size());
    };
    TrainOptions options{
        .iterations = 3, .batch_size = 20, .gradient = GradientSource::kNumerical, .h = 1e-2};
    const std::vector<double> structured = trained(options);
    options.h = TrainOptions{}.h;
    options.differences = {.h = 1e-2, .method = NetDifferenceMethod::kShared};
    const std::vector<double> shared = trained(options);
    CHECK(shared != structured);
    CHECK(farthest(shared, structured) <= 1e-15);
    options.differences.h = 1e-3;
    CHECK(farthest(trained(options), structured) > 1e-12);
    options.h = -1.0;
    CHECK_THROWS_AS(trained(options), std::invalid_argument);
}

TEST_CASE("the entry below the public net gives the loss and the same gradient, call after call") {
    Rng rng(8);
    const std::vector<std::size_t> sizes{9, 7, 6, 4};
    for (const Activation activation : {Activation::kSigmoid, Activation::kRelu}) {
        const Random c = random_case(rng, sizes, {.activation = activation}, 20);
        std::vector<nn::Dense<const double>> layers;
        for (std::size_t l = 0; l < 3; ++l) {
            layers.push_back(
                {c.net.params.layers[l].W, c.net.params.layers[l].b, nn::activation_of(l, 3, activation)});
        }
        nn::LayerMatrices<double> gradient;
        gradient.fit<const double>(layers);
        nn::SharedDifferences buffers;
        const auto once = [&] {
            return nn::shared_gradient<double>(layers, c.x, {.labels = c.labels.data()}, {},
                                               gradient.layers(), buffers);
        };
        const double loss = once();
        CHECK(loss == c.net.loss(c.x, c.labels));
        CHECK(gradient.layers()[1].W(2, 3) == c.net.numerical_gradient(c.x, c.labels).layers[1].W(2, 3));
        CHECK(once() == loss);
    }
}
