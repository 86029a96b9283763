// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Net: the two-layer net's bits, every activation and loss against central differences, bits at every level
// and number of threads, and wrong arguments.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nn/activations.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/shape.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test;

constexpr Loss kLosses[] = {Loss::kSoftmaxCrossEntropy, Loss::kMeanSquaredError, Loss::kBinaryCrossEntropy};

template <class T>
struct NetCase {
    NetCase(const NetOptions& options, std::size_t rows)
        : net({6, 9, 7, 4}, options, rng), x(Matrix<T>::randn(rows, 6, rng)), t(rows, 4), labels(rows) {
        for (Layer<T>& layer : net.params.layers) {
            layer.b = Matrix<T>::randn(1, layer.b.cols(), rng, 0.3);
        }
        for (std::size_t i = 0; i < rows; ++i) {
            labels[i] = static_cast<int>(rng.below(4));
            T sum = 0;
            for (std::size_t j = 0; j < 4; ++j) {
                t(i, j) = static_cast<T>(rng.uniform());
                sum += t(i, j);
            }
            for (std::size_t j = 0; j < 4; ++j) {
                t(i, j) /= sum;  // a softmax's targets sum to 1
            }
        }
    }

    Rng rng{7};
    Net<T> net;
    Matrix<T> x;
    Matrix<T> t;
    std::vector<int> labels;
};

// The largest difference between gradient and central differences of the loss.
template <class Target>
double worst_difference(Net<double>& net, const Matrix<double>& x, const Target& t) {
    const NetParams<double> gradient = net.gradient(x, t);
    const auto found = gradient.matrices();
    const auto params = net.params.matrices();
    constexpr double kStep = 1e-5;
    double worst = 0.0;
    for (std::size_t m = 0; m < params.size(); ++m) {
        for (std::size_t i = 0; i < params[m].matrix->size(); ++i) {
            double& p = params[m].matrix->data()[i];
            const double before = p;
            p = before + kStep;
            const double above = net.loss(x, t);
            p = before - kStep;
            const double below = net.loss(x, t);
            p = before;
            worst = std::fmax(worst, std::fabs((above - below) / (2 * kStep) - found[m].matrix->data()[i]));
        }
    }
    return worst;
}

TEST_CASE("gradients of every activation and loss are those of the loss", "[net][gradient]") {
    for (const Activation activation : kActivations) {
        for (const Loss loss : kLosses) {
            for (const double decay : {0.0, 0.1}) {
                INFO("activation " << static_cast<int>(activation) << ", loss " << static_cast<int>(loss)
                                   << ", decay " << decay);
                NetCase<double> c({.activation = activation, .loss = loss, .weight_decay = decay}, 5);
                // Rounding of the losses, some 1e-15 / 2e-5; h^2/6 times a third derivative below 50; and for
                // cross-entropy the 1e-7, which moves the derivative of the logarithm by 1e-7 / p, p above
                // 1e-3.
                const double bound = loss == Loss::kSoftmaxCrossEntropy ? 1e-4 : 1e-8;
                CHECK(worst_difference(c.net, c.x, c.t) < bound);
                if (loss == Loss::kSoftmaxCrossEntropy) {
                    CHECK(worst_difference(c.net, c.x, c.labels) < bound);
                }
            }
        }
    }
}

TEMPLATE_TEST_CASE("two layers of sigmoid have the bits of the two-layer net", "[net][bits]", float, double) {
    using T = TestType;
    Rng rng(3);
    TwoLayerNet<T> two(20, 13, 5, rng, 0.3);
    const Net<T> net(std::vector<Layer<T>>{{two.params.W1, two.params.b1}, {two.params.W2, two.params.b2}});
    const Matrix<T> x = Matrix<T>::randn(33, 20, rng);
    std::vector<int> labels(33);
    for (int& label : labels) {
        label = static_cast<int>(rng.below(5));
    }
    CHECK(net.predict(x) == two.predict(x));
    CHECK(net.loss(x, labels) == two.loss(x, labels));
    CHECK(net.accuracy(x, labels) == two.accuracy(x, labels));
    const NetParams<T> found = net.gradient(x, labels);
    const TwoLayerParams<T> expected = two.gradient(x, labels);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(found.matrices()[i].name == expected.matrices()[i].name);
        CHECK(*found.matrices()[i].matrix == *expected.matrices()[i].matrix);
    }
    // The two-layer net takes one-hot rows for labels.
    for (const Matrix<T>& t :
         {Matrix<T>(softmax(Matrix<T>::randn(33, 5, rng))), Matrix<T>(one_hot<T>(labels, 5))}) {
        CHECK(net.loss(x, t) == two.loss(x, t));
        const NetParams<T> by_rows = net.gradient(x, t);
        const TwoLayerParams<T> expected_by_rows = two.gradient(x, t);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK(*by_rows.matrices()[i].matrix == *expected_by_rows.matrices()[i].matrix);
        }
    }
}

TEMPLATE_TEST_CASE("a gradient has the bits of lines of arrays, at every level and number of threads",
                   "[net][bits]", float, double) {
    using T = TestType;
    each_level([](Rounding) {
        for (const Activation activation : kActivations) {
            NetCase<T> c({.activation = activation, .weight_decay = 0.1}, 37);
            std::vector<Matrix<T>> sums;
            std::vector<Matrix<T>> z = {c.x};
            for (std::size_t i = 0; i < 3; ++i) {
                sums.push_back(affine(z[i], c.net.params.layers[i].W, c.net.params.layers[i].b));
                z.push_back(i < 2 ? activated(activation, sums[i]) : sums[i]);
            }
            NetParams<T> expected = c.net.params;
            Matrix<T> dz(37, 4);
            softmax_cross_entropy(z[3], c.labels, dz);
            for (std::size_t i = 3; i-- > 0;) {
                const Matrix<T>& w = c.net.params.layers[i].W;
                expected.layers[i].W = dot(z[i].transposed(), dz);
                expected.layers[i].W += static_cast<T>(0.1) * w;
                expected.layers[i].b = sum(dz, 0);
                if (i > 0) {
                    dz = slope_times(activation, sums[i - 1], z[i], dot(dz, w.transposed()));
                }
            }
            for (const int threads : kThreadCounts) {
                const ThreadScope scope(threads);
                INFO("activation " << static_cast<int>(activation) << ", threads " << threads);
                CHECK(c.net.gradient(c.x, c.labels) == expected);
            }
        }
    });
}

TEST_CASE("weight decay is half of the sum of squared weights", "[net]") {
    Rng rng(1);
    const Net<float> plain({300, 100, 10}, {}, rng);
    const Net<float> decaying(plain.params.layers, {.activation = Activation::kRelu, .weight_decay = 0.25});
    const Net<float> other(plain.params.layers, {.activation = Activation::kRelu});
    const Matrix<float> x = Matrix<float>::randn(3, 300, rng);
    const std::vector<int> labels = {1, 2, 3};
    double squares = 0.0;
    for (const Layer<float>& layer : plain.params.layers) {
        squares += sum(square(cast<double>(layer.W)));
    }
    CHECK(decaying.loss(x, labels) == other.loss(x, labels) + 0.5 * 0.25 * squares);
}

TEST_CASE("a net rejects what does not fit", "[net][errors]") {
    Rng rng(1);
    const auto made = [&](std::initializer_list<std::size_t> sizes, const NetOptions& options) {
        return Net<float>(sizes, options, rng);
    };
    CHECK_THAT(message_of<ShapeError>([&] { static_cast<void>(made({5}, {})); }),
               ContainsSubstring("Net: expected at least 2 sizes, inputs and outputs, found 1"));
    CHECK_THAT(message_of<ShapeError>([&] {
                   static_cast<void>(made({5, 0, 2}, {}));
               }),
               ContainsSubstring("Net: size 2 of 3 must be above 0, found 0"));
    CHECK_THAT(message_of<std::invalid_argument>([&] {
                   static_cast<void>(made({5, 2}, {.init_std = -1.0}));
               }),
               ContainsSubstring("Net: init_std must be finite and not below 0, found -1"));
    CHECK_THROWS_AS(made({5, 2}, {.weight_decay = std::numeric_limits<double>::quiet_NaN()}),
                    std::invalid_argument);
    Net<float> net = made({5, 4, 2}, {});
    const Matrix<float> x(3, 5);
    const std::vector<int> labels = {0, 1, 2};
    CHECK_THROWS_AS(net.gradient(x, labels), ShapeError);  // 2 is no class
    CHECK_THROWS_AS(net.gradient(Matrix<float>(0, 5), Labels()), ShapeError);
    CHECK_THROWS_AS(net.predict(Matrix<float>(3, 4)), ShapeError);
    CHECK_THROWS_AS(net.gradient(x, Matrix<float>(3, 3)), ShapeError);
    net.params.layers[1].W = Matrix<float>(3, 2);
    CHECK_THAT(message_of<ShapeError>([&] { static_cast<void>(net.predict(x)); }),
               ContainsSubstring("Net: W2"));
    const Net<float> regression = made({5, 2}, {.loss = Loss::kMeanSquaredError});
    CHECK_THROWS_AS(regression.loss(x, Labels(labels)), std::invalid_argument);
    CHECK_THROWS_AS(regression.accuracy(x, labels), std::invalid_argument);
    CHECK_THROWS_AS(Net<float>(std::vector<Layer<float>>(1000, {Matrix<float>(1, 1), Matrix<float>(1, 1)})),
                    ShapeError);
}

TEST_CASE("a gradient into a workspace allocates once and has the same bits", "[net]") {
    NetCase<double> c({.activation = Activation::kGelu}, 20);
    NetWorkspace<double> workspace;
    NetParams<double> grads;
    const double loss = c.net.gradient(c.x, c.labels, grads, workspace);
    CHECK(loss == c.net.loss(c.x, c.labels));
    CHECK(grads == c.net.gradient(c.x, c.labels));
    const double* const before = grads.layers[0].W.data();
    c.net.gradient(c.x, c.t, grads, workspace);
    CHECK(grads.layers[0].W.data() == before);
    CHECK(grads == c.net.gradient(c.x, c.t));
}

}  // namespace

TEST_CASE("a net without layers says so", "[net]") {
    Rng rng(1);
    Net<double> net({3, 2}, {}, rng);
    net.params.layers.clear();
    const Matrix<double> x(1, 3);
    CHECK(net.input_size() == 0);
    CHECK(net.output_size() == 0);
    CHECK_THROWS_AS(net.predict(x), ShapeError);
    CHECK_THROWS_AS(net.loss(x, std::vector<int>{1}), ShapeError);
    CHECK_THROWS_AS(net.loss(x, Matrix<double>(1, 2)), ShapeError);
    CHECK_THROWS_AS(net.gradient(x, std::vector<int>{1}), ShapeError);
}
