// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The net as a whole: prediction, loss, both gradients, and training on pixels with its own kernels. What its
// parts may differ by between the classes is known of the parts; here the levels of one class must agree.
#include <algorithm>

#include "ops.hpp"
#include "thalweg/images.hpp"
#include "thalweg/net.hpp"
#include "thalweg/random.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::fuzz {
namespace {

template <class T>
Values values_of(const Matrix<T>& matrix) {
    return {matrix.data(), matrix.data() + matrix.size()};
}

template <class T>
Values values_of(const TwoLayerParams<T>& params) {
    Values all;
    for (const auto& [name, each] : params.matrices()) {
        append(all, values_of(*each));
    }
    return all;
}

template <class T>
Matrix<T> matrix(Plan& plan, std::size_t rows, std::size_t cols) {
    const std::vector<T> values = plan.numbers<T>(rows * cols);
    Matrix<T> result(rows, cols);
    std::copy(values.begin(), values.end(), result.data());
    return result;
}

template <class T>
TwoLayerParams<T> parameters(Plan& plan, std::size_t inputs, std::size_t hidden, std::size_t classes) {
    TwoLayerParams<T> params(inputs, hidden, classes);
    for (const auto& [name, each] : params.matrices()) {
        *each = matrix<T>(plan, each->rows(), each->cols());
    }
    return params;
}

constexpr double kSteps[] = {1e-4, 1e-8, 0.5, 3.0, 1e-3, 1e-300, 800.0, 1e-6};

}  // namespace

template <class T>
void fuzz_net(Plan& plan) {
    const std::size_t inputs = 1 + plan.below(14);
    const std::size_t hidden = 1 + plan.below(24);
    const std::size_t classes = 1 + plan.below(12);
    const std::size_t rows = 1 + plan.below(9);
    const std::size_t which = plan.below(5);
    const TwoLayerNet<T> net(parameters<T>(plan, inputs, hidden, classes));
    const Operand<T> x(plan, rows, inputs);
    const Matrix<T> t = matrix<T>(plan, rows, classes);
    const std::vector<int> labels = plan.labels(rows, classes);
    NetDifferenceOptions options;
    options.h = kSteps[plan.below(std::size(kSteps))];
    options.clean_loss = plan.flag();
    options.method = plan.flag() ? NetDifferenceMethod::kStructured : NetDifferenceMethod::kIncremental;
    levels_of_a_class_agree("net", [&](const Level&) {
        switch (which) {
            case 0: {
                const LayeredNet<T> layers({{net.params.W1, net.params.b1}, {net.params.W2, net.params.b2}});
                const Values y = values_of(net.predict(x.read()));
                require_same("LayeredNet is the two-layer net", values_of(layers.predict(x.read())), y);
                return y;
            }
            case 1:
                return Values{net.loss(x.read(), labels), net.loss(x.read(), t),
                              net.accuracy(x.read(), labels)};
            case 2:
                return values_of(net.gradient(x.read(), labels));
            case 3:
                return values_of(net.gradient(x.read(), t));
            default:
                try {
                    return values_of(net.numerical_gradient(x.read(), labels, options));
                } catch (const DifferenceError&) {
                    return Values{};  // f is not finite
                }
        }
    });
}

template <class T>
void fuzz_training(Plan& plan) {
    constexpr std::size_t kClasses = 10;
    const std::size_t images = 1 + plan.below(24);
    const std::size_t rows = 1 + plan.below(9);
    const std::size_t cols = 1 + plan.below(9);
    const std::size_t density = plan.below(17);
    std::uint64_t dice = plan.seed();
    std::vector<std::uint8_t> pixels(images * rows * cols);
    for (std::uint8_t& pixel : pixels) {
        dice = dice * 6364136223846793005U + 1442695040888963407U;
        pixel = static_cast<std::uint8_t>((dice >> 60) < density ? dice >> 40 : 0);
    }
    std::vector<std::uint8_t> digits;
    for (const int label : plan.labels(images, kClasses)) {
        digits.push_back(static_cast<std::uint8_t>(label));
    }
    const Dataset part(rows, cols, pixels, digits, kClasses);
    const TrainTest data{part, part};
    const TwoLayerParams<T> start = parameters<T>(plan, rows * cols, 1 + plan.below(40), kClasses);
    TrainOptions options;
    options.iterations = 1 + plan.below(4);
    options.sampling = plan.flag() ? Sampling::kShuffle : Sampling::kReplacement;
    options.batch_size = 1 + plan.below(options.sampling == Sampling::kShuffle ? images : 40);
    options.gradient = plan.below(4) == 0 ? GradientSource::kNumerical : GradientSource::kBackprop;
    options.optimizer.lr = plan.flag() ? 0.1 : 10.0;
    options.eval_every = 1 + plan.below(3);
    levels_of_a_class_agree("training", [&](const Level&) {
        TwoLayerNet<T> net{TwoLayerParams<T>(start)};
        Rng rng(7);
        Values values;
        TrainCallbacks callbacks;
        callbacks.on_step = [&](const TrainStep& step) {
            values.push_back(step.loss);
            return true;
        };
        try {
            const TrainResult result = train(net, data, options, rng, callbacks);
            for (const TrainEvaluation& evaluation : result.evaluations) {
                append(values, {evaluation.train, evaluation.test});
            }
        } catch (const DifferenceError&) {
            values.push_back(-1.0);  // the loss is not finite, and no differences of it are
        }
        append(values, values_of(net.params));
        return values;
    });
}

template void fuzz_net<float>(Plan&);
template void fuzz_net<double>(Plan&);
template void fuzz_training<float>(Plan&);
template void fuzz_training<double>(Plan&);

}  // namespace thalweg::fuzz
