// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// An update along central differences of the loss.
#pragma once

#include "nn/difference/gradient.hpp"
#include "nn/difference/shared.hpp"
#include "nn/layers/dropout.hpp"
#include "nn/optimize/descending.hpp"
#include "nn/step/batch_input.hpp"
#include "nn/step/step.hpp"
#include "thalweg/train.hpp"

namespace thalweg::nn {

// What the options say, with the step that counts.
NetDifferenceOptions differences_of(const TrainOptions& options) noexcept;

// The batch as numbers, differences of the two-layer net and SGD, one after another. The options may change
// between steps.
template <class T>
class DifferenceStep final : public Step<T> {
public:
    // params: those that take() gets as layers.
    DifferenceStep(const TwoLayerParams<T>& params, const Samples<T>& samples, const TrainOptions& options)
        : params_(params),
          batch_(samples, Loss::kSoftmaxCrossEntropy, options.batch_size),
          options_(options) {}
    // throws   as TwoLayerNet::numerical_gradient
    double take(Layers<T> layers, std::span<const std::size_t> rows) override;

private:
    const TwoLayerParams<T>& params_;
    GatheredInput<T> batch_;
    const TrainOptions& options_;
    NumericalGradient<T> differences_;
    TwoLayerParams<T> gradient_;
    Descending<T> optimizer_;
    std::vector<Parameter<T>> parameters_;
};

// The same for a net of any depth: shared evaluations or the plain loop, and any optimiser.
template <class T>
class NetDifferenceStep final : public Step<T> {
public:
    // All arguments must outlive the step; the optimiser may change between steps. rng draws what dropout
    // leaves out. Processes share the evaluations out, and each descends along the whole gradient.
    NetDifferenceStep(const Samples<T>& samples, Loss loss, std::size_t batch_size,
                      const NetDifferenceOptions& options, Descending<T>& optimizer, Rng& rng,
                      const parallel::Processes& processes = {})
        : batch_(samples, loss, batch_size),
          options_(options),
          optimizer_(optimizer),
          rng_(rng),
          differences_(processes) {}
    // throws   as Net::numerical_gradient; CommunicatorError
    double take(Layers<T> layers, std::span<const std::size_t> rows) override;

private:
    double differentiate(Layers<const T> layers, Layers<T> gradient);

    GatheredInput<T> batch_;
    const NetDifferenceOptions& options_;
    Descending<T>& optimizer_;
    Rng& rng_;
    std::vector<Matrix<double>> masks_;
    SharedDifferences differences_;
    LayerMatrices<T> gradient_;
    std::vector<Dense<const T>> views_;
    std::vector<Parameter<T>> parameters_;
};

}  // namespace thalweg::nn
