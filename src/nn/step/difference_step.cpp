// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/difference_step.hpp"

#include <cmath>

#include "nn/difference/plain.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg::nn {
namespace {

// A loss that is not finite has no differences: the run ends as it does with backpropagation. Called while
// the error is at hand.
template <class T>
double loss_without_differences(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                                HeldMasks masks = {}) {
    const double loss = plain_loss<T>(layers, x, targets, masks);
    if (std::isfinite(loss)) {
        throw;
    }
    return loss;
}

}  // namespace

NetDifferenceOptions differences_of(const TrainOptions& options) noexcept {
    NetDifferenceOptions differences = options.differences;
    if (options.h != TrainOptions{}.h) {
        differences.h = options.h;
    }
    return differences;
}

template <class T>
double DifferenceStep<T>::take(Layers<T> layers, std::span<const std::size_t> rows) {
    batch_.prepare(rows);
    batch_.arrive(0, rows.size());
    try {
        differences_.run(params_, batch_.x(), batch_.labels(), differences_of(options_), gradient_);
    } catch (const DifferenceError&) {
        return loss_without_differences<T>(layers_of(params_.matrices()), batch_.x(), batch_.targets());
    }
    optimizer_.rule = options_.optimizer;
    descend<T>(optimizer_, layers_of(gradient_.matrices()), layers, parameters_);
    return differences_.loss();
}

template <class T>
double NetDifferenceStep<T>::take(Layers<T> layers, std::span<const std::size_t> rows) {
    const double decay = optimizer_.decay == 0.0 ? 0.0 : decay_loss(optimizer_.decay, layers);
    if (!std::isfinite(decay)) {
        return decay;
    }
    batch_.prepare(rows);
    batch_.arrive(0, rows.size());
    views_.clear();
    for (const Dense<T>& layer : layers) {
        views_.push_back({.W = layer.W,
                          .b = layer.b,
                          .activation = layer.activation,
                          .gamma = layer.gamma,
                          .beta = layer.beta});
    }
    draw_masks(rng_, layers, rows.size(), masks_);
    if (optimizer_.own == nullptr) {
        gradient_.fit(layers);
    }
    const Layers<T> gradient = optimizer_.own != nullptr ? optimizer_.own->gradient() : gradient_.layers();
    double loss = 0.0;
    try {
        loss = differentiate(views_, gradient);
    } catch (const DifferenceError&) {
        return loss_without_differences<T>(views_, batch_.x(), batch_.targets(), masks_);
    }
    if (layers.front().normalises()) {
        plain_loss<T>(views_, batch_.x(), batch_.targets(), masks_, layers);
    }
    descend<T>(optimizer_, gradient, layers, parameters_);
    return loss + decay;
}

// Without weight decay, whose difference is decay * W for every step.
template <class T>
double NetDifferenceStep<T>::differentiate(Layers<const T> layers, Layers<T> gradient) {
    if (options_.method == NetDifferenceMethod::kPlain) {
        return plain_gradient<T>(layers, batch_.x(), batch_.targets(), 0.0, options_, gradient, masks_,
                                 &differences_.processes());
    }
    return shared_gradient<T>(layers, batch_.x(), batch_.targets(), options_, gradient, differences_, masks_);
}

template class DifferenceStep<float>;
template class DifferenceStep<double>;
template class NetDifferenceStep<float>;
template class NetDifferenceStep<double>;

}  // namespace thalweg::nn
