// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Gradients of the two-layer net by every way there is, and the losses of whole trainings.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bits/hash.hpp"
#include "bits/inputs.hpp"
#include "bits/rows.hpp"
#include "thalweg/images.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::bits {
namespace {

constexpr std::size_t kBatch = 100;
constexpr std::size_t kSteps = 1000;
constexpr std::size_t kNumericalSteps = 20;

// Not by the net's own constructor: its randn asks the C library for a logarithm.
template <class T>
TwoLayerNet<T> net_of(std::size_t input, std::size_t hidden, std::size_t output, double size) {
    Rng rng(9);
    TwoLayerParams<T> params(input, hidden, output);
    for (const auto& [name, matrix] : params.matrices()) {
        *matrix = uniform<T>(matrix->rows(), matrix->cols(), rng, size);
    }
    return TwoLayerNet<T>(params);
}

// The book's; uniform up to 2^-6 spreads about as its 0.01 randn does.
template <class T>
TwoLayerNet<T> book_net() {
    return net_of<T>(784, 50, 10, 0x1p-6);
}

// -0 and +0 are the same where zeros may be left out.
template <class Params>
void add_params(Hash& hash, const Params& params) {
    for (const auto& [name, matrix] : params.matrices()) {
        for (std::size_t i = 0; i < matrix->size(); ++i) {
            hash.add(matrix->data()[i] + 0);
        }
    }
}

const TrainTest& digits() {
    static const TrainTest kDigits = {synthetic_digits(2000, 1), synthetic_digits(200, 2)};
    return kDigits;
}

template <class T>
struct Batch {
    Matrix<T> x = Matrix<T>(kBatch, digits().train.image_size());
    std::vector<int> labels = std::vector<int>(kBatch);

    Batch() { digits().train.gather<T>(0, x, labels); }
    Matrix<T> targets() const {
        Matrix<T> t(kBatch, 10);
        for (std::size_t n = 0; n < kBatch; ++n) {
            t(n, static_cast<std::size_t>(labels[n])) = T(1);
        }
        return t;
    }
};

template <class T>
std::uint64_t backprop() {
    const Batch<T> batch;
    const TwoLayerNet<T> net = book_net<T>();
    Hash hash;
    hash.add(net.loss(batch.x, batch.labels));
    hash.add(net.predict(batch.x));
    add_params(hash, net.gradient(batch.x, batch.labels));
    add_params(hash, net.gradient(batch.x, batch.targets()));
    return hash.value();
}

// The book's net at the book's step and at one where no series serves.
template <class T>
std::uint64_t structured() {
    const Batch<T> batch;
    const TwoLayerNet<T> net = book_net<T>();
    Hash hash;
    add_params(hash, net.numerical_gradient(batch.x, batch.labels));
    add_params(hash, net.numerical_gradient(batch.x, batch.labels, {.h = 1e-8, .clean_loss = true}));
    const Matrix<T> few(batch.x.rows(0, 10));
    const Labels labels(batch.labels.data(), 10);
    add_params(hash, net.numerical_gradient(few, labels, {.h = 0.5}));
    return hash.value();
}

// Two losses a parameter: a small net with weights of size 1, inputs that are zero, and both kinds of
// targets.
template <class T, NetDifferenceMethod kMethod>
std::uint64_t two_losses() {
    constexpr std::size_t kRows = 19;
    const TwoLayerNet<T> net = net_of<T>(30, 12, 5, 1.0);
    Rng rng(10);
    Matrix<T> x = uniform<T>(kRows, 30, rng);
    std::vector<int> labels(kRows);
    for (std::size_t n = 0; n < kRows; ++n) {
        x(n, n) = T(0);
        labels[n] = static_cast<int>(rng.below(5));
    }
    const Matrix<T> soft = softmax(uniform<T>(kRows, 5, rng));
    Hash hash;
    for (const bool clean : {false, true}) {
        const NetDifferenceOptions options{.clean_loss = clean, .method = kMethod};
        add_params(hash, net.numerical_gradient(x, labels, options));
        add_params(hash, net.numerical_gradient(x, soft, options));
    }
    return hash.value();
}

// Nets of two hidden layers by shared evaluations: every activation and loss, rows that are mostly zero, and
// steps at which few nodes do, many, and none.
template <class T>
std::uint64_t shared() {
    constexpr std::size_t kRows = 20;
    constexpr std::size_t kSizes[] = {784, 20, 15, 10};
    Rng rng(12);
    std::vector<Layer<T>> layers;
    for (std::size_t l = 0; l < 3; ++l) {
        const double size = l == 0 ? 0.125 : 0.5;
        layers.push_back(
            {uniform<T>(kSizes[l], kSizes[l + 1], rng, size), uniform<T>(1, kSizes[l + 1], rng, size)});
    }
    const Batch<T> batch;
    const Matrix<T> x(batch.x.rows(0, kRows));
    const Labels labels(batch.labels.data(), kRows);
    const Matrix<T> soft = softmax(uniform<T>(kRows, 10, rng));
    Hash hash;
    for (int activation = 0; activation <= static_cast<int>(Activation::kGelu); ++activation) {
        for (const Loss loss :
             {Loss::kSoftmaxCrossEntropy, Loss::kMeanSquaredError, Loss::kBinaryCrossEntropy}) {
            const Net<T> net(layers, {.activation = static_cast<Activation>(activation), .loss = loss});
            for (const double h : {1e-4, 1e-2}) {
                if (loss == Loss::kSoftmaxCrossEntropy) {
                    add_params(hash, net.numerical_gradient(x, labels, h));
                }
                add_params(hash, net.numerical_gradient(x, soft, h));
            }
        }
    }
    const Net<T> far(layers, {.activation = Activation::kSigmoid});
    add_params(hash, far.numerical_gradient(Matrix<T>(x.view().rows(0, 2)), labels.first(2), 0.5));
    return hash.value();
}

// The first step is evaluated, and the last.
TrainOptions options_of(std::size_t steps, GradientSource source) {
    return {.iterations = steps,
            .batch_size = kBatch,
            .sampling = Sampling::kReplacement,
            .optimizer = {.lr = 0.1},
            .gradient = source,
            .h = 1e-4,
            .eval_every = steps};
}

template <class T, std::size_t kIterations, GradientSource kSource>
std::uint64_t training() {
    TwoLayerNet<T> net = book_net<T>();
    Rng rng(11);
    Hash hash;
    TrainCallbacks callbacks;
    callbacks.on_step = [&hash](const TrainStep& step) {
        hash.add(step.loss);
        return true;
    };
    train(net, digits(), options_of(kIterations, kSource), rng, callbacks);
    add_params(hash, net.params);
    return hash.value();
}

// The same updates on the pixels as numbers: the row of training() must have this hash.
template <class T>
std::uint64_t dense_training() {
    TwoLayerNet<T> net = book_net<T>();
    Rng rng(11);
    MiniBatches batches(digits().train.size(), kBatch, Sampling::kReplacement, rng);
    Batch<T> batch;
    TwoLayerParams<T> gradient;
    TwoLayerWorkspace<T> workspace;
    Hash hash;
    for (std::size_t step = 0; step < kSteps; ++step) {
        digits().train.gather<T>(batches.next(), batch.x, batch.labels);
        hash.add(net.gradient(batch.x, batch.labels, gradient, workspace));
        Sgd{.lr = 0.1}.update(net.params, gradient);
    }
    add_params(hash, net.params);
    return hash.value();
}

constexpr auto kIncremental = NetDifferenceMethod::kIncremental;
constexpr auto kPlain = NetDifferenceMethod::kPlain;
constexpr auto kBackprop = GradientSource::kBackprop;
constexpr auto kNumerical = GradientSource::kNumerical;

constexpr Row kNetRows[] = {
    {"gradient/backprop/f32", false, false, backprop<float>},
    {"gradient/backprop/f64", false, false, backprop<double>},
    {"gradient/structured/f32", false, false, structured<float>},
    {"gradient/structured/f64", false, false, structured<double>},
    {"gradient/incremental/f32", false, false, two_losses<float, kIncremental>},
    {"gradient/incremental/f64", false, false, two_losses<double, kIncremental>},
    {"gradient/plain/f32", false, false, two_losses<float, kPlain>},
    {"gradient/plain/f64", false, false, two_losses<double, kPlain>},
    {"gradient/shared/f32", false, false, shared<float>},
    {"gradient/shared/f64", false, false, shared<double>},
    {"training/pixels/f32", false, false, training<float, kSteps, kBackprop>},
    {"training/pixels/f64", false, false, training<double, kSteps, kBackprop>},
    {"training/dense/f32", false, false, dense_training<float>},
    {"training/dense/f64", false, false, dense_training<double>},
    {"training/numerical/f32", false, false, training<float, kNumericalSteps, kNumerical>},
    {"training/numerical/f64", false, false, training<double, kNumericalSteps, kNumerical>},
};

}  // namespace

std::span<const Row> net_rows() {
    return kNetRows;
}

}  // namespace thalweg::bits
