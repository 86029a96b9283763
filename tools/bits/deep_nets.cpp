// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Gradients of deep nets with every activation and loss, and trainings with every update rule, on pixels and
// on numbers.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bits/hash.hpp"
#include "bits/inputs.hpp"
#include "bits/rows.hpp"
#include "thalweg/images.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg::bits {
namespace {

constexpr std::size_t kDeepBatch = 50;
constexpr std::size_t kUpdates = 40;

// Its weights not by the net's constructor: its randn asks the C library for a logarithm.
template <class T>
Net<T> deep_net_of(const std::vector<std::size_t>& sizes, const NetOptions& options, double size) {
    Rng draw(12);
    Net<T> net(sizes, options, draw);
    Rng rng(9);
    for (const auto& [name, matrix] : net.params.matrices()) {
        if (name[0] == 'W') {
            *matrix = uniform<T>(matrix->rows(), matrix->cols(), rng, size);
        }
    }
    return net;
}

// -0 and +0 are the same where zeros may be left out.
template <class T, class Matrices>
void add_all(Hash& hash, const Matrices& matrices) {
    for (const auto& [name, matrix] : matrices) {
        for (std::size_t i = 0; i < matrix->size(); ++i) {
            hash.add(matrix->data()[i] + T(0));
        }
    }
}

template <class T>
std::uint64_t gradients() {
    constexpr std::size_t kRows = 19;
    Rng rng(10);
    const Matrix<T> x = uniform<T>(kRows, 30, rng);
    const Matrix<T> soft = softmax(uniform<T>(kRows, 5, rng));
    std::vector<int> labels(kRows);
    for (int& label : labels) {
        label = static_cast<int>(rng.below(5));
    }
    Hash hash;
    for (const Activation activation :
         {Activation::kIdentity, Activation::kSigmoid, Activation::kTanh, Activation::kRelu,
          Activation::kLeakyRelu, Activation::kSoftplus, Activation::kGelu}) {
        for (const Loss loss :
             {Loss::kSoftmaxCrossEntropy, Loss::kMeanSquaredError, Loss::kBinaryCrossEntropy}) {
            const NetOptions options = {.activation = activation, .loss = loss, .weight_decay = 0.125};
            const Net<T> net = deep_net_of<T>({30, 12, 9, 5}, options, 1.0);
            hash.add(net.loss(x, soft));
            add_all<T>(hash, net.gradient(x, soft).matrices());
        }
        const Net<T> net = deep_net_of<T>({30, 12, 9, 5}, {.activation = activation}, 1.0);
        hash.add(net.predict(x));
        add_all<T>(hash, net.gradient(x, labels).matrices());
    }
    return hash.value();
}

const Dataset& few_digits() {
    static const Dataset kFewDigits = synthetic_digits(500, 1);
    return kFewDigits;
}

template <class T>
Samples<T> samples(bool pixels) {
    if (pixels) {
        return few_digits();
    }
    const auto labels = few_digits().labels();
    return Samples<T>(few_digits().images<T>(), std::vector<int>(labels.begin(), labels.end()));
}

template <class T>
void add_deep_training(Hash& hash, bool pixels, const NetOptions& of_net, const NetTrainOptions& options) {
    Net<T> net = deep_net_of<T>({784, 40, 30, 10}, of_net, 0x1p-4);
    Rng rng(11);
    NetTrainCallbacks<T> callbacks;
    callbacks.on_step = [&hash](const TrainStep& step) {
        hash.add(step.loss);
        return true;
    };
    callbacks.on_evaluation = [&hash](const NetEvaluation& evaluation) {
        hash.add(evaluation.validation.loss);
        return true;
    };
    train(net, samples<T>(pixels), samples<T>(true).slice(0, 60), options, rng, callbacks);
    add_all<T>(hash, net.params.matrices());
    add_all<T>(hash, net.running.matrices());
}

// kPixels or not: the two rows must have one hash.
template <class T, bool kPixels>
std::uint64_t rules() {
    Hash hash;
    for (const UpdateRule& rule : {UpdateRule(Sgd{}), UpdateRule(Momentum{}), UpdateRule(Nesterov{}),
                                   UpdateRule(AdaGrad{}), UpdateRule(RmsProp{}), UpdateRule(Adam{}),
                                   UpdateRule(Adam{.epsilon_inside = true}), UpdateRule(AdamW{})}) {
        add_deep_training<T>(hash, kPixels, {.activation = Activation::kRelu},
                             {.iterations = kUpdates, .batch_size = kDeepBatch, .optimizer = rule});
    }
    return hash.value();
}

// Everything at once that a step can have.
template <class T, bool kPixels>
std::uint64_t everything() {
    Hash hash;
    for (const Course course : {Course::kCosine, Course::kPlateau}) {
        add_deep_training<T>(
            hash, kPixels,
            {.activation = Activation::kTanh, .weight_decay = 0x1p-7, .dropout = 0.25, .batch_norm = true},
            {.iterations = kUpdates,
             .batch_size = kDeepBatch,
             .optimizer = Adam{.lr = 0.0625},
             .schedule = {.course = course, .warm_up = 5, .every = 1},
             .clip_norm = 0.5});
    }
    return hash.value();
}

constexpr Row kDeepNetRows[] = {
    {"net/gradients/f32", false, false, gradients<float>},
    {"net/gradients/f64", false, false, gradients<double>},
    {"net/rules/pixels/f32", false, false, rules<float, true>},
    {"net/rules/pixels/f64", false, false, rules<double, true>},
    {"net/rules/dense/f32", false, false, rules<float, false>},
    {"net/rules/dense/f64", false, false, rules<double, false>},
    {"net/everything/pixels/f32", false, false, everything<float, true>},
    {"net/everything/pixels/f64", false, false, everything<double, true>},
    {"net/everything/dense/f32", false, false, everything<float, false>},
    {"net/everything/dense/f64", false, false, everything<double, false>},
};

}  // namespace

std::span<const Row> deep_net_rows() {
    return kDeepNetRows;
}

}  // namespace thalweg::bits
