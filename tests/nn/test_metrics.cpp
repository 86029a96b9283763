// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Scores of a net whose answers are known: the same for every row.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "support/catch.hpp"
#include "thalweg/metrics.hpp"

using namespace thalweg;

namespace {

// Its output layer sums to these, whatever the features are.
template <class T>
Net<T> net_of_sums(Loss loss, const Matrix<T>& sums) {
    Rng rng(1);
    Net<T> net({1, 1, sums.cols()}, {.loss = loss}, rng);
    net.params.layers[1].W.fill(T(0));
    net.params.layers[1].b = sums;
    return net;
}

template <class T>
Samples<T> samples_of(const Matrix<T>& targets) {
    return {Matrix<T>(targets.rows(), 1), targets};
}

TEMPLATE_TEST_CASE("R2 of a target that never changes is 1 where it is met, else 0", "[metrics]", float,
                   double) {
    using T = TestType;
    const Net<T> net = net_of_sums<T>(Loss::kMeanSquaredError, {{3, 7, -1}});
    CHECK(evaluate(net, samples_of<T>({{3, 7, -1}, {3, 7, -1}})).score == 1.0);
    CHECK(evaluate(net, samples_of<T>({{3, 5, -1}, {3, 5, -1}})).score == 2.0 / 3.0);
    CHECK(evaluate(net, samples_of<T>({{0, 5, -2}, {0, 5, -2}})).score == 0.0);
    // 3 is the mean of 2 and 4: that the third output is right is all.
    CHECK(evaluate(net, samples_of<T>({{2, 5, -1}, {4, 5, -1}})).score == 1.0 / 3.0);
}

TEMPLATE_TEST_CASE("yes and no are counted by output, classes by row", "[metrics]", float, double) {
    using T = TestType;
    // 0.73 and 0.27.
    const Net<T> binary = net_of_sums<T>(Loss::kBinaryCrossEntropy, {{1, -1}});
    const T below = T(0.5) - std::numeric_limits<T>::epsilon();
    CHECK(evaluate(binary, samples_of<T>({{1, 0}, {1, 1}, {0, 1}, {0.5, below}})).score == 5.0 / 8.0);
    CHECK(evaluate(binary, samples_of<T>({{1, 0}})).score == 1.0);
    const Net<T> classes = net_of_sums<T>(Loss::kSoftmaxCrossEntropy, {{1, 3, 2}});
    CHECK(evaluate(classes, samples_of<T>({{0, 1, 0}, {0.25, 0.5, 0.25}, {0.5, 0.25, 0.25}, {0, 0, 1}}))
              .score == 0.5);
}

TEMPLATE_TEST_CASE("the loss of many outputs is the sum of each one's", "[metrics]", float, double) {
    using T = TestType;
    constexpr std::size_t kOutputs = 150;
    Matrix<T> sums(1, kOutputs);
    Matrix<T> targets(1, kOutputs);
    double expected = 0.0;
    for (std::size_t j = 0; j < kOutputs; ++j) {
        const double x = static_cast<double>(j % 7) / 4 - 0.5;  // all of these are floats
        const double t = static_cast<double>(j % 5) / 4;
        sums(0, j) = static_cast<T>(x);
        targets(0, j) = static_cast<T>(t);
        expected += std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))) - t * x;
    }
    // Terms are below 2. Two sums of n terms, each rounded by half a unit in the last place of at most 2 n.
    constexpr double kMost = 2.0 * kOutputs * kOutputs * std::numeric_limits<double>::epsilon();
    const double found =
        evaluate(net_of_sums<T>(Loss::kBinaryCrossEntropy, sums), samples_of<T>(targets)).loss;
    CHECK(std::abs(found - expected) <= kMost);
}

}  // namespace
