// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Steps of SGD on pixels by themselves, without the way round for weights that are not finite.
#pragma once

#include <span>
#include <vector>

#include "nn/step/backprop.hpp"

namespace thalweg::test {

template <class T>
class PixelSteps {
public:
    using Outcome = typename nn::Backprop<T>::Outcome;

    explicit PixelSteps(const Dataset& data) : samples_(data), input_(samples_) {}

    Outcome run(nn::Layers<T> layers, std::span<const std::size_t> rows, const Sgd& sgd) {
        input_.prepare(rows);
        nn::Backprop<T> step(input_, pass_);
        step.prepare(layers);
        std::vector<nn::Parameter<T>> parameters;
        nn::list_parameters(layers, parameters);
        const UpdateRule rule = sgd;
        typename Optimizer<T>::State state;
        const nn::RuleUpdate<T> update("step", rule, state, parameters);
        const Outcome outcome = step.descend({update, T(0), -static_cast<T>(sgd.lr), layers});
        loss_ = step.loss();
        return outcome;
    }
    double loss() const noexcept { return loss_; }

private:
    Samples<T> samples_;
    nn::PixelInput<T> input_;
    nn::BatchPass<T> pass_;
    double loss_ = 0.0;
};

}  // namespace thalweg::test
