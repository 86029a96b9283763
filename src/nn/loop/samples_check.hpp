// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// That a net can learn from samples, or be judged by them.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>

#include "nn/layers/buffers.hpp"
#include "nn/layers/checks.hpp"
#include "thalweg/error.hpp"
#include "thalweg/net.hpp"
#include "thalweg/samples.hpp"

namespace thalweg::nn {

// throws   ShapeError naming the layer; std::invalid_argument for a loss that is for the other kind
template <class T>
void check_samples(const char* op, const Net<T>& net, const Samples<T>& samples) {
    const std::string begin = std::string(op) + ": ";
    const std::string last = std::to_string(net.layers().size());
    if (samples.inputs() != net.input_size()) {
        throw ShapeError(begin + "W1 takes " + std::to_string(net.input_size()) +
                         " inputs, found samples with " + std::to_string(samples.inputs()));
    }
    if (samples.has_labels() && net.options().loss != Loss::kSoftmaxCrossEntropy) {
        throw std::invalid_argument(begin +
                                    "labels are for Loss::kSoftmaxCrossEntropy; expected samples with "
                                    "targets");
    }
    if (samples.has_labels() && samples.classes() > net.output_size()) {
        throw ShapeError(begin + "W" + last + " must have at least " + std::to_string(samples.classes()) +
                         " outputs, one a class of the samples, found " + std::to_string(net.output_size()));
    }
    if (!samples.has_labels() && samples.outputs() != net.output_size()) {
        throw ShapeError(begin + "W" + last + " has " + std::to_string(net.output_size()) +
                         " outputs, found samples with " + std::to_string(samples.outputs()) + " targets");
    }
}

// That all targets are what the loss compares with: the probability of a yes each, or rows of probabilities
// that sum to 1, give or take what a file's decimals leave out.
// throws   ShapeError with the row
template <class T>
void check_targets(const char* op, const Net<T>& net, const Samples<T>& samples) {
    constexpr double kLeftOut = 0.01;
    const Loss loss = net.options().loss;
    if (samples.has_labels() || loss == Loss::kMeanSquaredError) {
        return;
    }
    const Matrix<T> all = samples.targets();
    const MatrixView<const T> targets = all;
    check_targets(op, loss, targets);
    for (std::size_t i = 0; loss == Loss::kSoftmaxCrossEntropy && i < targets.rows(); ++i) {
        double sum = 0.0;
        double least = 0.0;
        for (const T target : std::span(row_of(targets, i), targets.cols())) {
            sum += static_cast<double>(target);
            least = std::min(least, static_cast<double>(target));
        }
        if (least < 0.0 || !(std::fabs(sum - 1.0) <= kLeftOut)) {
            throw ShapeError(std::string(op) + ": the targets of row " + std::to_string(i) +
                             " must be probabilities that sum to 1 for Loss::kSoftmaxCrossEntropy, found " +
                             (least < 0.0 ? "one of " : "a sum of ") +
                             thalweg::detail::number_text(least < 0.0 ? least : sum));
        }
    }
}

}  // namespace thalweg::nn
