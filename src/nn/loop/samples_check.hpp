// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// That a net can learn from samples, or be judged by them.
#pragma once

#include <stdexcept>
#include <string>

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

}  // namespace thalweg::nn
