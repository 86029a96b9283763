// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Net::numerical_gradient. The ways to it are in nn/difference/shared.hpp and nn/difference/plain.hpp.
#include <stdexcept>

#include "core/float_control.hpp"
#include "core/of_this_thread.hpp"
#include "core/one_hot.hpp"
#include "nn/difference/gradient.hpp"
#include "nn/difference/plain.hpp"
#include "nn/difference/shared.hpp"
#include "nn/layers/checks.hpp"
#include "nn/layers/decay.hpp"
#include "nn/layers/dropout.hpp"
#include "nn/layers/net_layers.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/error.hpp"
#include "thalweg/net.hpp"

namespace thalweg {
namespace {

template <class T>
std::vector<nn::Dense<const T>> checked(const Net<T>& net, MatrixView<const T> x) {
    std::vector<nn::Dense<const T>> layers = nn::views_of(net);
    nn::check_rows(nn::kDifferenceOp, x, net.input_size());
    return layers;
}
// A training step's loss depends on what dropout draws and on the batch that is normalised; loss() does not.
template <class T>
std::vector<nn::Dense<const T>> checked_without_rng(const Net<T>& net, MatrixView<const T> x) {
    if (net.options().dropout != 0.0 || net.options().batch_norm) {
        throw std::invalid_argument(
            "numerical_gradient: a net with dropout or batch normalisation needs an Rng: "
            "numerical_gradient(x, t, rng)");
    }
    return checked(net, x);
}
template <class T>
nn::Targets<T> targets_of(const Net<T>& net, MatrixView<const T> x, Labels labels) {
    nn::check_labels_fit(net.options().loss);
    check::labels(nn::kDifferenceOp, labels.data(), labels.size(), x.rows(), net.output_size());
    return {.labels = labels.data()};
}
// One-hot rows are labels, which `labels` keeps.
template <class T>
nn::Targets<T> targets_of(const Net<T>& net, MatrixView<const T> x, MatrixView<const T> t,
                          std::vector<int>& labels) {
    check::shape(nn::kDifferenceOp, "t", t, x.rows(), net.output_size());
    nn::check_targets(nn::kDifferenceOp, net.options().loss, t);
    if (net.options().loss == Loss::kSoftmaxCrossEntropy && core::labels_of_one_hot(t, labels)) {
        return {.labels = labels.data()};
    }
    return {.numbers = t, .loss = net.options().loss};
}

template <class T>
NetParams<T> gradient_of(const Net<T>& net, nn::Layers<const T> layers, MatrixView<const T> x,
                         const nn::Targets<T>& targets, const NetDifferenceOptions& options,
                         nn::HeldMasks masks = {}) {
    detail::check_step(nn::kDifferenceOp, options.h);
    if (options.method == NetDifferenceMethod::kStructured ||
        options.method == NetDifferenceMethod::kIncremental) {
        throw std::invalid_argument(
            "numerical_gradient: expected kShared or kPlain, found a method that only TwoLayerNet has");
    }
    const core::FloatControlScope standard;
    NetParams<T> gradient;
    nn::fit_gradient<T>(layers, gradient);
    std::vector<nn::Dense<T>> into;
    nn::look_at<T>(gradient, net.options(), into);
    const double decay = net.options().weight_decay;
    if (options.method == NetDifferenceMethod::kPlain) {
        nn::plain_gradient<T>(layers, x, targets, decay, options, into, masks);
        return gradient;
    }
    // A few megabytes, as TwoLayerNet's.
    auto& buffers = of_this_thread<nn::SharedDifferences>();
    nn::shared_gradient<T>(layers, x, targets, options, into, buffers, masks);
    // The difference of (decay / 2) w^2 over 2h is decay * w for every h.
    for (std::size_t l = 0; decay != 0.0 && l < layers.size(); ++l) {
        nn::add_decay<T>(static_cast<T>(decay), layers[l].W, into[l].W);
    }
    return gradient;
}

// A training step's: masks are drawn, and the running statistics move.
template <class T>
NetParams<T> training_gradient(Net<T>& net, nn::Layers<const T> layers, MatrixView<const T> x,
                               const nn::Targets<T>& targets, Rng& rng, const NetDifferenceOptions& options) {
    detail::check_step(nn::kDifferenceOp, options.h);
    std::vector<Matrix<double>> masks;
    nn::draw_masks(rng, layers, x.rows(), masks);
    NetParams<T> gradient = gradient_of<T>(net, layers, x, targets, options, masks);
    if (net.options().batch_norm) {
        const core::FloatControlScope standard;
        std::vector<nn::Dense<T>> running;
        nn::look_at_net<T>(net, running);
        nn::plain_loss<T>(layers, x, targets, masks, running);
    }
    return gradient;
}

}  // namespace

template <class T>
NetParams<T> Net<T>::numerical_gradient(MatrixView<const T> x, Labels labels,
                                        const NetDifferenceOptions& options) const {
    const auto layers = checked_without_rng(*this, x);
    return gradient_of<T>(*this, layers, x, targets_of(*this, x, labels), options);
}

template <class T>
NetParams<T> Net<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                        const NetDifferenceOptions& options) const {
    const auto layers = checked_without_rng(*this, x);
    std::vector<int> labels;
    return gradient_of<T>(*this, layers, x, targets_of(*this, x, t, labels), options);
}

template <class T>
NetParams<T> Net<T>::numerical_gradient(MatrixView<const T> x, Labels labels, Rng& rng,
                                        const NetDifferenceOptions& options) {
    const auto layers = checked(*this, x);
    return training_gradient<T>(*this, layers, x, targets_of(*this, x, labels), rng, options);
}

template <class T>
NetParams<T> Net<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t, Rng& rng,
                                        const NetDifferenceOptions& options) {
    const auto layers = checked(*this, x);
    std::vector<int> labels;
    return training_gradient<T>(*this, layers, x, targets_of(*this, x, t, labels), rng, options);
}

template <class T>
NetParams<T> Net<T>::numerical_gradient(MatrixView<const T> x, Labels labels, double h) const {
    return numerical_gradient(x, labels, NetDifferenceOptions{.h = h});
}

template <class T>
NetParams<T> Net<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t, double h) const {
    return numerical_gradient(x, t, NetDifferenceOptions{.h = h});
}

template <class T>
std::vector<double> Net<T>::numerical_gradient(MatrixView<const T> x, Labels labels,
                                               std::span<const std::size_t> which, double h) const {
    const auto layers = checked_without_rng(*this, x);
    return nn::plain_partials<T>(layers, x, targets_of(*this, x, labels), options_.weight_decay, which, h);
}

template <class T>
std::vector<double> Net<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                               std::span<const std::size_t> which, double h) const {
    const auto layers = checked_without_rng(*this, x);
    std::vector<int> labels;
    return nn::plain_partials<T>(layers, x, targets_of(*this, x, t, labels), options_.weight_decay, which, h);
}

// The members defined here, and no others: the class itself is instantiated in net.cpp.
#define THALWEG_NET_DIFFERENCES(T)                                                                       \
    template NetParams<T> Net<T>::numerical_gradient(MatrixView<const T>, Labels, double) const;         \
    template NetParams<T> Net<T>::numerical_gradient(MatrixView<const T>, MatrixView<const T>, double)   \
        const;                                                                                           \
    template NetParams<T> Net<T>::numerical_gradient(MatrixView<const T>, Labels,                        \
                                                     const NetDifferenceOptions&) const;                 \
    template NetParams<T> Net<T>::numerical_gradient(MatrixView<const T>, MatrixView<const T>,           \
                                                     const NetDifferenceOptions&) const;                 \
    template NetParams<T> Net<T>::numerical_gradient(MatrixView<const T>, Labels, Rng&,                  \
                                                     const NetDifferenceOptions&);                       \
    template NetParams<T> Net<T>::numerical_gradient(MatrixView<const T>, MatrixView<const T>, Rng&,     \
                                                     const NetDifferenceOptions&);                       \
    template std::vector<double> Net<T>::numerical_gradient(MatrixView<const T>, Labels,                 \
                                                            std::span<const std::size_t>, double) const; \
    template std::vector<double> Net<T>::numerical_gradient(MatrixView<const T>, MatrixView<const T>,    \
                                                            std::span<const std::size_t>, double) const;
THALWEG_NET_DIFFERENCES(float)
THALWEG_NET_DIFFERENCES(double)

}  // namespace thalweg
