// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// An update along central differences of the loss.
#pragma once

#include "nn/difference/gradient.hpp"
#include "nn/step/dense_step.hpp"

namespace thalweg::nn {

// What the options say, with the step that counts.
NetDifferenceOptions differences_of(const TrainOptions& options) noexcept;

// gather(), differences of the two-layer net and SGD, one after another. The options may change between
// steps.
template <class T>
class DifferenceStep final : public Step<T> {
public:
    // params: those that take() gets as layers.
    DifferenceStep(const TwoLayerParams<T>& params, const Dataset& data, const TrainOptions& options)
        : params_(params), data_(data), options_(options) {}
    // throws   as TwoLayerNet::numerical_gradient
    double take(Layers<T> layers, std::span<const std::size_t> rows) override;

private:
    const TwoLayerParams<T>& params_;
    const Dataset& data_;
    const TrainOptions& options_;
    DenseBatch<T> batch_;
    NumericalGradient<T> differences_;
    TwoLayerParams<T> gradient_;
};

}  // namespace thalweg::nn
