// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Dropout and batch normalisation: the bits of lines of arrays at every level and number of threads,
// gradients against central differences, and what goes wrong.
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "nn/activations.hpp"
#include "nn/layers/dropout.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/array.hpp"
#include "thalweg/net.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/shape.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test;

constexpr NetOptions kDropout = {.dropout = 0.3};
constexpr NetOptions kBatchNorm = {.batch_norm = true};
constexpr NetOptions kBoth = {.dropout = 0.3, .batch_norm = true};

// gamma, beta and the running statistics are those of a net that has been trained a little.
template <class T>
struct LayerCase {
    explicit LayerCase(const NetOptions& options, std::size_t rows = 53)
        : net({6, 40, 23, 4}, options, rng), x(Matrix<T>::randn(rows, 6, rng)), labels(rows) {
        for (Layer<T>& layer : net.params.layers) {
            layer.b = Matrix<T>::randn(1, layer.b.cols(), rng, 0.3);
            if (layer.gamma.rows() != 0) {
                layer.gamma += Matrix<T>::randn(1, layer.b.cols(), rng, 0.2);
                layer.beta += Matrix<T>::randn(1, layer.b.cols(), rng, 0.2);
            }
        }
        for (LayerStatistics<T>& layer : net.running.layers) {
            layer.mean = Matrix<T>::randn(1, layer.mean.cols(), rng, 0.3);
            layer.variance = 1 + square(Matrix<T>::randn(1, layer.mean.cols(), rng));
        }
        for (int& label : labels) {
            label = static_cast<int>(rng.below(4));
        }
    }

    Rng rng{7};
    Net<T> net;
    Matrix<T> x;
    std::vector<int> labels;
};

TEMPLATE_TEST_CASE("masks are the draws above the ratio, wherever the generator stands",
                   "[net][bits][dropout]", float, double) {
    Rng rng(3);
    // The last two are a draw itself, which is not above it, and the number before.
    const double drawn = Rng(3).uniform();
    for (const double ratio :
         {0.0, 5e-324, 0.5, 0.3, 1 - 0x1p-53, drawn, std::nextafter(drawn, 0.0), std::nextafter(0.5, 0.0)}) {
        rng = Rng(3);
        for (const std::size_t cols : {1U, 311U, 312U, 313U, 1500U}) {
            Rng expected = rng;
            Matrix<TestType> mask(2, cols);
            nn::draw_mask(rng, ratio, mask);
            for (std::size_t i = 0; i < mask.size(); ++i) {
                REQUIRE(mask.data()[i] == (expected.uniform() > ratio ? TestType(1) : TestType(0)));
            }
            CHECK(rng.next_u32() == expected.next_u32());  // from now on between two halves of a number
        }
    }
}

// A training step by the lines of docs/numerics.md.
template <class T>
struct ByArrays {
    ByArrays(const Net<T>& net, const Matrix<T>& x, const std::vector<int>& labels, Rng& rng)
        : gradient(net.params), running(net.running) {
        const NetOptions& options = net.options();
        const std::vector<Layer<T>>& layers = net.params.layers;
        std::vector<Matrix<T>> z = {x};
        std::vector<Matrix<T>> taken(3);  // by the activation
        std::vector<Matrix<T>> normal(3);
        std::vector<Matrix<T>> deviation(3);
        std::vector<Matrix<T>> mask(3);
        for (std::size_t i = 0; i < 3; ++i) {
            Matrix<T> s = affine(z[i], layers[i].W, layers[i].b);
            if (i < 2 && options.batch_norm) {
                const Matrix<T> m = mean(s, 0);
                const Matrix<T> v = var(s, 0);
                deviation[i] = sqrt(v + 10e-7);
                normal[i] = (s - m) / deviation[i];
                s = layers[i].gamma * normal[i] + layers[i].beta;
                running.layers[i].mean = 0.9 * running.layers[i].mean + (1 - 0.9) * m;
                running.layers[i].variance = 0.9 * running.layers[i].variance + (1 - 0.9) * v;
            }
            taken[i] = s;
            z.push_back(i < 2 ? activated(options.activation, s) : s);
            if (i < 2 && options.dropout > 0) {
                mask[i] = Matrix<T>(x.rows(), s.cols());
                for (std::size_t k = 0; k < mask[i].size(); ++k) {
                    mask[i].data()[k] = rng.uniform() > options.dropout ? T(1) : T(0);
                }
                z[i + 1] *= mask[i];
            }
        }
        loss = cross_entropy_error(softmax(z[3]), labels);
        const auto rows = static_cast<double>(x.rows());
        Matrix<T> dz(x.rows(), 4);
        softmax_cross_entropy(z[3], labels, dz);
        for (std::size_t i = 3; i-- > 0;) {
            Layer<T>& to = gradient.layers[i];
            to.W = dot(z[i].transposed(), dz);
            to.b = sum(dz, 0);
            if (i == 0) {
                return;
            }
            dz = dot(dz, layers[i].W.transposed());
            if (options.dropout > 0) {
                dz *= mask[i - 1];
            }
            const Matrix<T>& s = taken[i - 1];
            dz = slope_times(options.activation, s, activated(options.activation, s), dz);
            if (options.batch_norm) {
                Layer<T>& before = gradient.layers[i - 1];
                before.beta = sum(dz, 0);
                before.gamma = sum(normal[i - 1] * dz, 0);
                dz = layers[i - 1].gamma / deviation[i - 1] *
                     (dz - before.beta / rows - normal[i - 1] * (before.gamma / rows));
            }
        }
    }

    NetParams<T> gradient;
    NetStatistics<T> running;
    double loss;
};

TEMPLATE_TEST_CASE("a training step has the bits of lines of arrays, at every level and number of threads",
                   "[net][bits][dropout][batchnorm]", float, double) {
    using T = TestType;
    each_level([](Rounding) {
        for (const Activation activation : {Activation::kRelu, Activation::kGelu}) {
            for (NetOptions options : {kDropout, kBatchNorm, kBoth}) {
                options.activation = activation;
                const LayerCase<T> c(options);
                Rng drawn(5);
                const ByArrays<T> expected(c.net, c.x, c.labels, drawn);
                for (const int threads : kThreadCounts) {
                    const ThreadScope scope(threads);
                    INFO("activation " << static_cast<int>(activation) << ", dropout " << options.dropout
                                       << ", threads " << threads);
                    Net<T> net = c.net;
                    NetParams<T> gradient;
                    NetWorkspace<T> workspace;
                    Rng rng(5);
                    CHECK(net.gradient(c.x, c.labels, gradient, workspace, rng) == expected.loss);
                    CHECK(gradient == expected.gradient);
                    CHECK(net.running == expected.running);
                    CHECK(net.params == c.net.params);
                    CHECK(rng.next_u32() == Rng(drawn).next_u32());
                    // Once more into the same memory, from one-hot rows and from soft targets of the same
                    // numbers.
                    rng = Rng(5);
                    net = c.net;
                    CHECK(net.gradient(c.x, one_hot<T>(c.labels, 4), gradient, workspace, rng) ==
                          expected.loss);
                    CHECK(gradient == expected.gradient);
                }
            }
        }
    });
}

TEMPLATE_TEST_CASE("predictions have the bits of lines of arrays, whatever the number of rows and threads",
                   "[net][bits][dropout][batchnorm]", float, double) {
    using T = TestType;
    each_level([](Rounding) {
        for (const NetOptions& options : {kDropout, kBatchNorm, kBoth}) {
            const LayerCase<T> c(options, 600);
            Matrix<T> z = c.x;
            for (std::size_t i = 0; i < 3; ++i) {
                const Layer<T>& layer = c.net.params.layers[i];
                z = affine(z, layer.W, layer.b);
                if (i < 2 && options.batch_norm) {
                    const LayerStatistics<T>& running = c.net.running.layers[i];
                    z = layer.gamma * ((z - running.mean) / sqrt(running.variance + 10e-7)) + layer.beta;
                }
                z = i < 2 ? Matrix<T>(relu(z)) : z;
                z = i < 2 && options.dropout > 0 ? Matrix<T>(z * (1 - options.dropout)) : z;
            }
            const Matrix<T> expected = softmax(z);
            for (const int threads : kThreadCounts) {
                const ThreadScope scope(threads);
                CHECK(c.net.predict(c.x) == expected);
                CHECK(c.net.predict(c.x.row(17)) == Matrix<T>(expected.row(17)));
            }
        }
    });
}

// The loss that a training step sees, with the draws that it begins with.
template <class Target>
double training_loss(Net<double> net, const Matrix<double>& x, const Target& t, Rng rng) {
    NetParams<double> gradient;
    NetWorkspace<double> workspace;
    return net.gradient(x, t, gradient, workspace, rng);
}

TEST_CASE("gradients of training steps are those of the loss, with the mask held",
          "[net][gradient][dropout][batchnorm]") {
    constexpr double kStep = 1e-5;
    for (const Activation activation : {Activation::kSigmoid, Activation::kTanh, Activation::kRelu,
                                        Activation::kSoftplus, Activation::kGelu}) {
        for (NetOptions options : {kDropout, kBatchNorm, kBoth}) {
            options.activation = activation;
            options.loss = Loss::kMeanSquaredError;
            options.weight_decay = 0.1;
            Rng rng(7);
            Net<double> net({5, 8, 6, 3}, options, rng);
            const Matrix<double> x = Matrix<double>::randn(20, 5, rng);
            const Matrix<double> t = Matrix<double>::randn(20, 3, rng);
            Net<double> moved = net;
            Rng draws = rng;
            const NetParams<double> gradient = net.gradient(x, t, draws);
            const auto found = gradient.matrices();
            const auto params = moved.params.matrices();
            double worst = 0.0;
            for (std::size_t m = 0; m < params.size(); ++m) {
                for (std::size_t i = 0; i < params[m].matrix->size(); ++i) {
                    double& p = params[m].matrix->data()[i];
                    const double before = std::exchange(p, p + kStep);
                    const double above = training_loss(moved, x, t, rng);
                    p = before - kStep;
                    const double below = training_loss(moved, x, t, rng);
                    p = before;
                    worst = std::fmax(worst,
                                      std::fabs((above - below) / (2 * kStep) - found[m].matrix->data()[i]));
                }
            }
            INFO("activation " << static_cast<int>(activation) << ", dropout " << options.dropout
                               << ", batch_norm " << options.batch_norm);
            // Rounding of the losses, some 1e-15 / 2e-5, and h^2/6 times a third derivative below 100.
            CHECK(worst < 2e-9);
        }
    }
}

TEST_CASE("one row is its own mean", "[net][batchnorm]") {
    LayerCase<double> c(kBatchNorm, 1);
    const Net<double> before = c.net;
    const NetParams<double> gradient = c.net.gradient(c.x, c.labels, c.rng);
    // Nothing that comes before the last normalised layer changes the loss.
    for (const std::size_t layer : {0U, 1U}) {
        CHECK(max(abs(gradient.layers[layer].gamma)) == 0.0);
        CHECK(max(abs(gradient.layers[layer].W)) == 0.0);
        CHECK(max(abs(gradient.layers[layer].b)) == 0.0);
        CHECK(c.net.running.layers[layer].variance ==
              Matrix<double>(0.9 * before.running.layers[layer].variance));
    }
    CHECK(max(abs(gradient.layers[0].beta)) == 0.0);
    CHECK(max(abs(gradient.layers[1].beta)) > 0.0);
    const Matrix<double> y = relu(before.params.layers[1].beta);
    CHECK(Matrix<double>(gradient.layers[2].W.row(0)) == Matrix<double>(y(0, 0) * gradient.layers[2].b));
}

TEST_CASE("parameters and statistics of a normalised net have names", "[net][batchnorm]") {
    Rng rng(1);
    Net<float> net({5, 4, 3, 2}, {.batch_norm = true}, rng);
    std::string names;
    for (const auto& each : std::as_const(net).params.matrices()) {
        names += std::string(each.name) + " ";
    }
    CHECK(names == "W1 b1 gamma1 beta1 W2 b2 gamma2 beta2 W3 b3 ");
    CHECK(net.params.size() == 5 * 4 + 4 + 8 + 4 * 3 + 3 + 6 + 3 * 2 + 2);
    CHECK(net.params.layers[0].gamma == Matrix<float>(1, 4, 1.0F));
    CHECK(net.params.layers[1].beta == Matrix<float>(1, 3));
    names.clear();
    for (const auto& each : net.running.matrices()) {
        names += std::string(each.name) + " ";
        CHECK(*each.matrix == Matrix<float>(1, each.matrix->cols()));
    }
    CHECK(names == "running_mean1 running_var1 running_mean2 running_var2 ");
    // The draws are those of a net without.
    Rng again(1);
    CHECK(net.params.layers[2].W == Net<float>({5, 4, 3, 2}, {}, again).params.layers[2].W);

    NetParams<float> many;
    many.layers.resize(999,
                       {Matrix<float>(1, 1), Matrix<float>(1, 1), Matrix<float>(1, 1), Matrix<float>(1, 1)});
    CHECK(many.matrices()[4 * 998 + 2].name == "gamma999");
    CHECK(many.matrices()[4 * 99 + 3].name == "beta100");
}

TEST_CASE("rules move gamma and beta, weight decay leaves them", "[net][optimizer][batchnorm]") {
    LayerCase<float> c({.weight_decay = 0.5, .batch_norm = true});
    Net<float> plain(c.net.params.layers, {.batch_norm = true});
    plain.running = c.net.running;
    const NetParams<float> decaying = c.net.gradient(c.x, c.labels, c.rng);
    const NetParams<float> gradient = plain.gradient(c.x, c.labels, c.rng);
    CHECK(decaying.layers[0].gamma == gradient.layers[0].gamma);
    CHECK(decaying.layers[1].beta == gradient.layers[1].beta);
    CHECK(decaying.layers[1].W == Matrix<float>(gradient.layers[1].W + 0.5F * plain.params.layers[1].W));
    const Layer<float> before = plain.params.layers[1];
    Optimizer<float>(Momentum{.lr = 0.25}).update(plain.params, gradient);
    CHECK(plain.params.layers[1].gamma == Matrix<float>(before.gamma - 0.25F * gradient.layers[1].gamma));
    CHECK(plain.params.layers[1].beta == Matrix<float>(before.beta - 0.25F * gradient.layers[1].beta));
    NetParams<float> without = gradient;
    without.layers[0].gamma = {};
    without.layers[0].beta = {};
    CHECK_THROWS_AS(Optimizer<float>().update(plain.params, without), ShapeError);
}

TEST_CASE("a normalised net comes back from a file", "[net][npz][batchnorm]") {
    const LayerCase<float> c(kBatchNorm);
    std::vector<NpzMember> members;
    for (const auto& each : c.net.params.matrices()) {
        members.push_back({std::string(each.name), *each.matrix});
    }
    const std::size_t parameters = members.size();
    for (const auto& each : c.net.running.matrices()) {
        members.push_back({std::string(each.name), *each.matrix});
    }
    const auto loaded = [&](std::size_t count, const NetOptions& options) {
        return Net<float>(
            Npz("net.npz", {members.begin(), members.begin() + static_cast<std::ptrdiff_t>(count)}), options);
    };
    CHECK(loaded(members.size(), kBatchNorm).predict(c.x) == c.net.predict(c.x));
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(parameters, kBatchNorm)); }),
               ContainsSubstring("net.npz: expected an array \"running_mean1\""));
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(2, kBatchNorm)); }),
               !ContainsSubstring("gamma"));
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(members.size(), {})); }),
               ContainsSubstring("net.npz: expected a net without batch normalisation") &&
                   ContainsSubstring("gamma1"));
    members.back() = {"running_var2", Matrix<float>(1, 7)};
    CHECK_THAT(message_of<IoError>([&] { static_cast<void>(loaded(members.size(), kBatchNorm)); }),
               ContainsSubstring("net.npz: Net: running_var2 must be [1,23], found [1,7]"));
}

TEST_CASE("dropout and batch normalisation reject what does not fit", "[net][errors][dropout][batchnorm]") {
    Rng rng(1);
    for (const double ratio : {-0.1, 1.0, 2.0, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()}) {
        CHECK_THAT(message_of<std::invalid_argument>([&] {
                       static_cast<void>(Net<float>({5, 4, 2}, {.dropout = ratio}, rng));
                   }),
                   ContainsSubstring("Net: dropout must be from 0, below 1, found "));
    }
    const auto made = [](Layer<float> hidden, Layer<float> output, const NetOptions& options) {
        return Net<float>(std::vector<Layer<float>>{std::move(hidden), std::move(output)}, options);
    };
    const Matrix<float> w(3, 3);
    const Matrix<float> b(1, 3);
    CHECK_THAT(message_of<ShapeError>([&] {
                   static_cast<void>(made({w, b}, {w, b}, kBatchNorm));
               }),
               ContainsSubstring("Net: gamma1 must be [1,3], found [0,0]"));
    CHECK_THAT(message_of<ShapeError>([&] {
                   static_cast<void>(made({w, b, b, Matrix<float>(1, 2)}, {w, b}, kBatchNorm));
               }),
               ContainsSubstring("Net: beta1 must be [1,3], found [1,2]"));
    CHECK_THAT(message_of<ShapeError>([&] {
                   static_cast<void>(made({w, b, b, b}, {w, b, b, b}, kBatchNorm));
               }),
               ContainsSubstring("Net: gamma2 must be [0,0], found [1,3]"));
    CHECK_THAT(message_of<ShapeError>([&] {
                   static_cast<void>(made({w, b, b, b}, {w, b}, kDropout));
               }),
               ContainsSubstring("Net: gamma1 must be [0,0], found [1,3]"));

    LayerCase<float> c(kBoth);
    c.net.running.layers[1].variance = Matrix<float>(1, 22);
    CHECK_THAT(message_of<ShapeError>([&] { static_cast<void>(c.net.predict(c.x)); }),
               ContainsSubstring("Net: running_var2 must be [1,23], found [1,22]"));
    c.net.running.layers.pop_back();
    CHECK_THAT(message_of<ShapeError>([&] { static_cast<void>(c.net.predict(c.x)); }),
               ContainsSubstring("Net: expected running statistics of 2 layers, found 1"));
}

TEST_CASE("a gradient that would draw or remember asks for a generator",
          "[net][errors][dropout][batchnorm]") {
    for (const NetOptions& options : {kDropout, kBatchNorm, kBoth}) {
        LayerCase<double> c(options);
        CHECK_THAT(message_of<std::invalid_argument>([&] { c.net.gradient(c.x, c.labels); }),
                   ContainsSubstring("needs an Rng"));
        CHECK_THROWS_AS(c.net.gradient(c.x, one_hot<double>(c.labels, 4)), std::invalid_argument);
        // What does not fit draws nothing and moves nothing.
        const NetStatistics<double> before = c.net.running;
        const Rng unused = c.rng;
        CHECK_THROWS_AS(c.net.gradient(Matrix<double>(53, 5), c.labels, c.rng), ShapeError);
        CHECK_THROWS_AS(c.net.gradient(c.x, Matrix<double>(53, 5), c.rng), ShapeError);
        CHECK_THROWS_AS(c.net.gradient(Matrix<double>(0, 6), Labels(), c.rng), ShapeError);
        CHECK(c.net.running == before);
        CHECK(c.rng.next_u32() == Rng(unused).next_u32());
        // Nor do statistics move toward a batch whose loss is not finite.
        c.x(3, 2) = std::numeric_limits<double>::infinity();
        c.net.gradient(c.x, c.labels, c.rng);
        CHECK(c.net.running == before);
    }
    // A net without either takes one, and draws nothing.
    LayerCase<double> c({});
    const NetParams<double> expected = c.net.gradient(c.x, c.labels);
    const Rng unused = c.rng;
    CHECK(c.net.gradient(c.x, c.labels, c.rng) == expected);
    CHECK(c.rng.next_u32() == Rng(unused).next_u32());
}

}  // namespace
