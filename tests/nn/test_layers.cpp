// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Nets of one to four layers, as data: gradient, step on pixels, evaluation and prediction have the bits of
// the public operations one after another, at every level and for any number of threads.
#include <vector>

#include "nn/loop/evaluate.hpp"
#include "nn/step/backprop.hpp"
#include "pixel_steps.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr std::size_t kPixels = 784;

const std::vector<std::vector<std::size_t>>& hidden_sizes() {
    static const std::vector<std::vector<std::size_t>> sizes = {{}, {50}, {37, 20}, {17, 64, 5}};
    return sizes;
}

const Dataset& digits() {
    static const Dataset data = synthetic_digits(200, 5);
    return data;
}

// Owns what the layers look at.
template <class T>
struct Owned {
    explicit Owned(const std::vector<std::size_t>& hidden) {
        Rng rng(11);
        std::size_t inputs = kPixels;
        for (std::size_t i = 0; i <= hidden.size(); ++i) {
            const std::size_t outputs = i < hidden.size() ? hidden[i] : 10;
            weights.push_back(Matrix<T>::randn(inputs, outputs, rng, 0.2));
            biases.push_back(Matrix<T>::randn(1, outputs, rng, 0.2));
            inputs = outputs;
        }
    }
    std::vector<nn::Dense<T>> layers() {
        std::vector<nn::Dense<T>> views;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            views.push_back({weights[i], biases[i], nn::activation_of(i, weights.size())});
        }
        return views;
    }
    std::vector<nn::Dense<const T>> layers() const {
        std::vector<nn::Dense<const T>> views;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            views.push_back({weights[i], biases[i], nn::activation_of(i, weights.size())});
        }
        return views;
    }

    std::vector<Matrix<T>> weights;
    std::vector<Matrix<T>> biases;
};

// Gradient and loss by the public operations, one after another.
template <class T>
double plain_gradient(const Owned<T>& net, const Matrix<T>& x, Labels t, Owned<T>& gradient) {
    const std::size_t count = net.weights.size();
    std::vector<Matrix<T>> z = {x};
    for (std::size_t i = 0; i < count; ++i) {
        const Matrix<T> sums = affine(z[i], net.weights[i], net.biases[i]);
        z.push_back(i + 1 < count ? sigmoid(sums) : sums);
    }
    Matrix<T> dz(x.rows(), 10);
    softmax_cross_entropy(z[count], t, dz);
    for (std::size_t i = count; i-- > 0;) {
        gradient.weights[i] = dot(z[i].transposed(), dz);
        gradient.biases[i] = sum(dz, 0);
        if (i > 0) {
            dz = sigmoid_backward(z[i], dot(dz, net.weights[i].transposed()));
        }
    }
    return cross_entropy_error(softmax(z[count]), t);
}

template <class T>
struct DigitBatch {
    explicit DigitBatch(const std::vector<std::size_t>& rows) : x(rows.size(), kPixels), labels(rows.size()) {
        digits().gather<T>(rows, x, labels);
    }
    Matrix<T> x;
    std::vector<int> labels;
};

const std::vector<std::size_t>& rows() {
    static const std::vector<std::size_t> some = [] {
        std::vector<std::size_t> numbers(77);
        Rng(3).choice(digits().size(), numbers);
        return numbers;
    }();
    return some;
}

// Calls body(hidden sizes) at each level and for each number of threads.
template <class Body>
void everywhere(const Body& body) {
    each_level([&](Rounding) {
        for (const int threads : kThreadCounts) {
            const ThreadScope scope(threads);
            for (const auto& hidden : hidden_sizes()) {
                INFO("threads " << threads << ", layers " << hidden.size() + 1);
                body(hidden);
            }
        }
    });
}

}  // namespace

TEMPLATE_TEST_CASE("the gradient of any number of layers is that of the operations", "[net][bits]", float,
                   double) {
    using T = TestType;
    const DigitBatch<T> batch(rows());
    everywhere([&](const std::vector<std::size_t>& hidden) {
        const Owned<T> net(hidden);
        Owned<T> expected(hidden);
        Owned<T> found(hidden);
        const double loss = plain_gradient<T>(net, batch.x, batch.labels, expected);
        nn::BatchPass<T> pass;
        const auto layers = net.layers();
        const nn::Targets<T> targets = {.labels = batch.labels.data()};
        CHECK(nn::dense_gradient<T>(nn::Layers<const T>(layers), batch.x, targets, found.layers(), pass) ==
              loss);
        CHECK(found.weights == expected.weights);
        CHECK(found.biases == expected.biases);
    });
}

TEMPLATE_TEST_CASE("a step on pixels moves any number of layers as a dense step does", "[train][bits]", float,
                   double) {
    using T = TestType;
    const DigitBatch<T> batch(rows());
    const Sgd sgd{0.3};
    everywhere([&](const std::vector<std::size_t>& hidden) {
        Owned<T> expected(hidden);
        Owned<T> gradient(hidden);
        const double loss = plain_gradient<T>(expected, batch.x, batch.labels, gradient);
        nn::Descending<T> optimizer = {.rule = sgd};
        std::vector<nn::Parameter<T>> parameters;
        nn::descend<T>(optimizer, gradient.layers(), expected.layers(), parameters);
        Owned<T> found(hidden);
        PixelSteps<T> pixels(digits());
        const auto layers = found.layers();
        CHECK(pixels.run(layers, rows(), sgd) == PixelSteps<T>::Outcome::kDone);
        CHECK(pixels.loss() == loss);
        CHECK(found.weights == expected.weights);
        CHECK(found.biases == expected.biases);
    });
}

TEMPLATE_TEST_CASE("any number of layers predict and evaluate as a LayeredNet does", "[net][bits]", float,
                   double) {
    using T = TestType;
    const Matrix<T> x = digits().images<T>();
    everywhere([&](const std::vector<std::size_t>& hidden) {
        const Owned<T> owned(hidden);
        Matrix<T> z = affine(x, owned.weights[0], owned.biases[0]);
        std::vector<typename LayeredNet<T>::Layer> matrices = {{owned.weights[0], owned.biases[0]}};
        for (std::size_t i = 1; i < owned.weights.size(); ++i) {
            z = affine(sigmoid(z), owned.weights[i], owned.biases[i]);
            matrices.push_back({owned.weights[i], owned.biases[i]});
        }
        const Matrix<T> y = softmax(z);
        CHECK(LayeredNet<T>(matrices).predict(x) == y);
        const std::vector<std::size_t> best = argmax(y, 1);
        std::size_t right = 0;
        for (std::size_t i = 0; i < best.size(); ++i) {
            right += best[i] == digits().labels()[i] ? 1 : 0;
        }
        CHECK(nn::count_right<T>(owned.layers(), digits()) == right);
        CHECK(nn::share_right<T>(owned.layers(), digits()) == static_cast<double>(right) / 200.0);
    });
}
