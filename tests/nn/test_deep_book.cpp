// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Chapters 5 and 6 of the book against its own code in NumPy, float64; on the real MNIST where THALWEG_MNIST
// says that it is. Sums in another order move losses by some 4e-15 and sums of parameters by 2e-12.
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "nn/deep_oracle.hpp"
#include "nn/mnist.hpp"
#include "support/catch.hpp"
#include "thalweg/array.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/reductions.hpp"

namespace {

using namespace thalweg;
using thalweg::test::mnist;

constexpr double kLossBound = 1e-10;
constexpr double kSumBound = 1e-9;

UpdateRule rule_of(const std::string& name) {
    return name == "sgd"        ? UpdateRule(Sgd{.lr = 0.01})
           : name == "momentum" ? UpdateRule(Momentum{})
           : name == "nesterov" ? UpdateRule(Nesterov{})
           : name == "adagrad"  ? UpdateRule(AdaGrad{})
           : name == "rmsprop"  ? UpdateRule(RmsProp{.lr = 0.001})
                                : UpdateRule(Adam{});
}

TEST_CASE("optimizers go the book's ways", "[book][optimizer]") {
    for (const book::Path& path : book::kPaths) {
        const std::string name = path.name;
        INFO(name);
        Optimizer<double> optimizer(rule_of(name));
        optimizer.set_lr(name == "sgd" ? 0.95 : name == "adagrad" ? 1.5 : name == "adam" ? 0.3 : 0.1);
        NetParams<double> at;
        at.layers.push_back({Matrix<double>{-7.0}, Matrix<double>{2.0}});
        NetParams<double> gradient = at;
        std::size_t next = 0;
        for (std::size_t i = 1; i <= 30; ++i) {
            gradient.layers[0].W = at.layers[0].W / 10;
            gradient.layers[0].b = 2 * at.layers[0].b;
            optimizer.update(at, gradient);
            if (i == book::kPathUpdates[next]) {
                CHECK(std::fabs(at.layers[0].W(0, 0) - path.points[next].x) < 1e-12);
                CHECK(std::fabs(at.layers[0].b(0, 0) - path.points[next].y) < 1e-12);
                ++next;
            }
        }
    }
}

TEST_CASE("draws are NumPy's", "[book][random]") {
    Rng rng(1);
    for (const double expected : book::kRand) {
        CHECK(rng.uniform() == expected);
    }
    CHECK(rng.permutation(7) ==
          std::vector<std::size_t>(std::begin(book::kPermutation), std::end(book::kPermutation)));
    for (const double expected : book::kUniform) {
        CHECK(rng.uniform(-6, -2) == expected);
    }
    for (const double expected : book::kRandn) {
        CHECK(std::fabs(rng.randn() - expected) < 1e-15);
    }
}

void check_sums(const NetParams<double>& params, std::span<const book::Sums> expected) {
    REQUIRE(params.matrices().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto each = params.matrices()[i];
        CHECK(each.name == expected[i].name);
        CHECK(std::fabs(sum(*each.matrix) - expected[i].sum) < kSumBound);
        CHECK(std::fabs(sum(abs(*each.matrix)) - expected[i].magnitudes) < kSumBound);
    }
}

void check_training(Net<double>& net, const UpdateRule& rule, Rng& rng, std::size_t batch,
                    std::span<const book::After> losses, std::span<const book::Sums> params,
                    double accuracy) {
    Optimizer<double> optimizer(rule);
    NetWorkspace<double> workspace;
    NetParams<double> gradient;
    Matrix<double> x(batch, 784);
    std::vector<int> labels(batch);
    std::size_t next = 0;
    for (std::size_t i = 1; i <= losses.back().update; ++i) {
        mnist()->train.gather<double>(rng.choice(60000, batch), x, labels);
        net.gradient(x, labels, gradient, workspace, rng);
        optimizer.update(net.params, gradient);
        if (i == losses[next].update) {
            CHECK(std::fabs(net.loss(x, labels) - losses[next].loss) < kLossBound);
            ++next;
        }
    }
    check_sums(net.params, params);
    Matrix<double> some(1000, 784);
    std::vector<int> some_labels(1000);
    mnist()->test.gather<double>(0, some, some_labels);
    CHECK(net.accuracy(some, some_labels) == accuracy);
}

void check_optimizer(const book::Trained& expected) {
    INFO(expected.name);
    Rng rng(1);
    Net<double> net({784, 100, 100, 100, 100, 10}, {}, rng);
    check_training(net, rule_of(expected.name), rng, 128, expected.losses, expected.params,
                   expected.accuracy);
}

TEST_CASE("the book's Adam trains its net of five layers", "[book][optimizer]") {
    SKIP_WITHOUT_MNIST();
    check_optimizer(book::kOptimisers[std::size(book::kOptimisers) - 1]);
}

TEST_CASE("the book's optimizers train its net of five layers", "[book][optimizer][slow]") {
    SKIP_WITHOUT_MNIST();
    for (const book::Trained& expected : book::kOptimisers) {
        check_optimizer(expected);
    }
}

TEST_CASE("dropout and batch normalisation are the book's", "[book][dropout][batchnorm]") {
    SKIP_WITHOUT_MNIST();
    for (const book::Regularised& expected : book::kRegularised) {
        const std::string name = expected.name;
        INFO(name);
        Rng rng(1);
        Net<double> net({784, 100, 100, 10},
                        {.dropout = name == "batchnorm" ? 0.0 : 0.2, .batch_norm = name != "dropout"}, rng);
        check_training(net, Momentum{}, rng, 100, expected.losses,
                       std::span(expected.params).first(expected.count), expected.accuracy);
        std::size_t i = 0;
        for (const auto& each : net.running.matrices()) {
            CHECK(std::fabs(sum(*each.matrix) - expected.running[i++]) < kSumBound);
        }
    }
}

constexpr NetOptions kDecaying = {
    .activation = Activation::kSigmoid, .init = Init::kXavier, .weight_decay = 0.1};

TEST_CASE("weight decay is the book's", "[book]") {
    SKIP_WITHOUT_MNIST();
    Rng rng(1);
    Net<double> net({784, 100, 50, 10}, kDecaying, rng);
    const std::vector<std::size_t> rows = rng.choice(60000, 20);
    CHECK(rows == std::vector<std::size_t>(std::begin(book::kDecayRows), std::end(book::kDecayRows)));
    Matrix<double> x(20, 784);
    std::vector<int> labels(20);
    mnist()->train.gather<double>(rows, x, labels);
    CHECK(std::fabs(net.loss(x, labels) - book::kDecayLoss) < kLossBound);
    check_sums(net.gradient(x, labels), book::kDecayGradient);

    Rng again(1);
    Net<double> trained({784, 100, 50, 10}, kDecaying, again);
    check_training(trained, Sgd{.lr = 0.1}, again, 100, book::kDecayLosses, book::kDecayParams,
                   book::kDecayAccuracy);
}

}  // namespace
