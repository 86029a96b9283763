// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's training against NumPy, on the real MNIST where THALWEG_MNIST says that it is.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "nn/book_oracle.hpp"
#include "nn/mnist.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/differences.hpp"
#include "thalweg/optimizer.hpp"
#include "thalweg/train.hpp"

namespace {

using namespace thalweg;
using thalweg::test::mnist;

template <class T>
void check_training(std::size_t iterations, double loss_bound, double accuracy_bound) {
    Rng rng(1);
    TwoLayerNet<T> net(784, 50, 10, rng, 0.01);
    std::vector<double> losses;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const TrainStep& step) {
        losses.push_back(step.loss);
        return true;
    };
    TrainOptions options;
    options.iterations = iterations;
    options.eval_every = 200;
    const TrainResult result = train(net, *mnist(), options, rng, callbacks);
    double worst = 0.0;
    for (const book::Loss& expected : book::kLosses) {
        if (expected.iteration <= iterations) {
            worst = std::fmax(worst, std::fabs(losses[expected.iteration - 1] - expected.loss));
        }
    }
    CHECK(worst <= loss_bound);
    double worst_accuracy = 0.0;
    for (const book::Accuracy& expected : book::kAccuracies) {
        for (const TrainEvaluation& found : result.evaluations) {
            if (found.iteration == expected.iteration) {
                worst_accuracy = std::fmax(worst_accuracy, std::fabs(found.train - expected.train));
                worst_accuracy = std::fmax(worst_accuracy, std::fabs(found.test - expected.test));
            }
        }
    }
    CHECK(worst_accuracy <= accuracy_bound);
}

// Counted through W1, b1, W2, b2 in row order.
double element(const TwoLayerParams<double>& p, std::size_t i) {
    const Matrix<double>* m = &p.W1;
    for (const Matrix<double>* const next : {&p.b1, &p.W2, &p.b2}) {
        if (i >= m->size()) {
            i -= m->size();
            m = next;
        }
    }
    return m->data()[i];
}

}  // namespace

TEST_CASE("4.4 first weights and first mini-batch are NumPy's", "[book]") {
    Rng rng(1);
    const TwoLayerNet<double> net(784, 50, 10, rng, 0.01);
    for (std::size_t j = 0; j < std::size(book::kFirstWeights); ++j) {
        CHECK(net.params.W1(0, j) == book::kFirstWeights[j]);
    }
    const std::vector<std::size_t> batch = rng.choice(60000, 100);
    CHECK(batch == std::vector<std::size_t>(std::begin(book::kFirstBatch), std::end(book::kFirstBatch)));
}

TEST_CASE("4.4 both gradients of the first batch are NumPy's", "[book]") {
    SKIP_WITHOUT_MNIST();
    Rng rng(1);
    const TwoLayerNet<double> net(784, 50, 10, rng, 0.01);
    const std::vector<std::size_t> batch = rng.choice(60000, 100);
    Matrix<double> x(100, 784);
    std::vector<int> labels(100);
    mnist()->train.gather<double>(batch, x, labels);
    const TwoLayerParams<double> grads = net.gradient(x, labels);
    std::vector<std::size_t> which;
    for (const book::Entry& entry : book::kGradient) {
        which.push_back(entry.parameter);
    }
    const std::vector<double> plain = net.numerical_gradient(x, labels, which);
    const TwoLayerParams<double> structured = net.numerical_gradient(x, labels);
    double worst = 0.0;
    double worst_plain = 0.0;
    double worst_structured = 0.0;
    for (std::size_t e = 0; e < which.size(); ++e) {
        const book::Entry& expected = book::kGradient[e];
        worst = std::fmax(worst, std::fabs(element(grads, which[e]) - expected.gradient));
        worst_plain = std::fmax(worst_plain, std::fabs(plain[e] - expected.numerical));
        worst_structured =
            std::fmax(worst_structured, std::fabs(element(structured, which[e]) - expected.numerical));
    }
    // Gradients below 0.1 as sums of 100 terms in double; differences of losses near 2.3, each off by some
    // 2^-52, / 2h. The structured form is exact: what is left is NumPy's rounding.
    CHECK(worst <= 100 * 0x1p-53 * 0.1);
    CHECK(worst_plain <= 2e-11);
    CHECK(worst_structured <= 2e-11);
}

TEST_CASE("4.4 the first 200 losses in double agree with NumPy to 1e-10", "[book]") {
    SKIP_WITHOUT_MNIST();
    check_training<double>(200, 1e-10, 0.0);
}

TEST_CASE("4.4 10,000 iterations in double: losses to 1e-10, accuracies exactly", "[book][slow]") {
    SKIP_WITHOUT_MNIST();
    check_training<double>(10000, 1e-10, 0.0);
}

// NumPy's last accuracies by backpropagation; what separates the two ways is the loss's 1e-7 and h^2/6.
TEST_CASE("4.4 10,000 iterations by differences alone end where backpropagation ends", "[book][slow]") {
    SKIP_WITHOUT_MNIST();
    for (const NetDifferenceMethod method :
         {NetDifferenceMethod::kStructured, NetDifferenceMethod::kShared}) {
        Rng rng(1);
        TwoLayerNet<double> net(784, 50, 10, rng, 0.01);
        const TrainResult result = train(
            net, *mnist(),
            {.iterations = 10000, .gradient = GradientSource::kNumerical, .differences = {.method = method}},
            rng);
        const book::Accuracy& last = *std::rbegin(book::kAccuracies);
        CHECK(result.evaluations.back().iteration == last.iteration);
        CHECK(std::fabs(result.evaluations.back().train - last.train) <= 0.0005);
        CHECK(std::fabs(result.evaluations.back().test - last.test) <= 0.0005);
    }
}

// Step by step in turn, so that both forms meet the same machine; what another program took of a step does
// not count twice, because the half of the steps that were fastest are summed.
TEST_CASE("4.4 a step by shared evaluations takes at most half the time of a structured one",
          "[book][slow]") {
    SKIP_WITHOUT_MNIST();
    const test::ThreadScope threads(2);
    constexpr NetDifferenceMethod kMethods[] = {NetDifferenceMethod::kStructured,
                                                NetDifferenceMethod::kShared};
    Rng rng(1);
    const TwoLayerNet<double> first(784, 50, 10, rng, 0.01);
    TwoLayerNet<double> nets[] = {first, first};
    std::vector<double> seconds[2];
    Matrix<double> x(100, 784);
    std::vector<int> labels(100);
    for (int i = 0; i < 2000; ++i) {
        mnist()->train.gather<double>(rng.choice(60000, 100), x, labels);
        for (std::size_t m = 0; m < 2; ++m) {
            const auto begin = std::chrono::steady_clock::now();
            const auto gradient =
                nets[m].numerical_gradient(x, labels, NetDifferenceOptions{.method = kMethods[m]});
            Sgd{.lr = 0.1}.update(nets[m].params, gradient);
            const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
            seconds[m].push_back(taken.count());
        }
    }
    double sums[2];
    for (std::size_t m = 0; m < 2; ++m) {
        std::sort(seconds[m].begin(), seconds[m].end());
        sums[m] = std::accumulate(seconds[m].begin(), seconds[m].begin() + 1000, 0.0);
    }
    WARN("milliseconds a step: structured " << sums[0] << ", shared " << sums[1]);
    CHECK(sums[1] <= 0.5 * sums[0]);
}

TEST_CASE("4.4 10,000 iterations in float: losses to 1e-5, final accuracies to 0.0005", "[book][slow]") {
    SKIP_WITHOUT_MNIST();
    check_training<float>(10000, 1e-5, 0.0005);
}
