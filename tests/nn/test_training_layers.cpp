// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Dropout and batch normalisation: the bits of lines of arrays at every level and number of threads,
// gradients against central differences, and what goes wrong.
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "nn/activations.hpp"
#include "nn/layer_case.hpp"
#include "nn/layers/dropout.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/array.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/shape.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test;

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
