// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What every way through a net asks of its parameters first.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "nn/layers/layers.hpp"
#include "thalweg/error.hpp"
#include "thalweg/layers.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// There are names for so many.
inline constexpr std::size_t kMostLayers = 999;

// throws   ShapeError for more layers than have names
inline void check_depth(std::size_t layers) {
    if (layers > kMostLayers) {
        throw ShapeError("Net: expected at most 999 layers, found " + std::to_string(layers));
    }
}

// throws   ShapeError, naming W2, b1 and so on, when the shapes do not fit one another, there is no layer, or
//          hidden layers do not have what batch normalisation needs, if that is wanted, or others do
template <class T>
void check_layers(const char* op, Layers<T> layers, bool batch_norm = false) {
    if (layers.empty()) {
        throw ShapeError(std::string(op) + ": expected at least 1 layer, found none");
    }
    // A name is made only for the message.
    const auto check = [&](const char* letter, std::size_t i, MatrixView<T> m, std::size_t rows,
                           std::size_t cols) {
        if (m.rows() != rows || m.cols() != cols) {
            check::shape(op, (letter + std::to_string(i + 1)).c_str(), m, rows, cols);
        }
    };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::size_t inputs = i == 0 ? layers[i].inputs() : layers[i - 1].outputs();
        check("W", i, layers[i].W, inputs, layers[i].outputs());
        check("b", i, layers[i].b, 1, layers[i].outputs());
        const bool normalises = batch_norm && i + 1 < layers.size();
        const std::size_t units = normalises ? layers[i].outputs() : 0;
        check("gamma", i, layers[i].gamma, normalises ? 1 : 0, units);
        check("beta", i, layers[i].beta, normalises ? 1 : 0, units);
        check("running_mean", i, layers[i].mean, normalises ? 1 : 0, units);
        check("running_var", i, layers[i].variance, normalises ? 1 : 0, units);
    }
}

template <class T>
void check_params(const char* op, const TwoLayerParams<T>& params) {
    check_layers<const T>(op, layers_of(params.matrices()));
}

// throws   std::invalid_argument
inline void check_labels_fit(Loss loss) {
    if (loss != Loss::kSoftmaxCrossEntropy) {
        throw std::invalid_argument(
            "Net: labels are for Loss::kSoftmaxCrossEntropy; expected a matrix of numbers");
    }
}

// What binary cross-entropy compares with is the probability of a yes. Any other loss takes any number here.
// throws   ShapeError with row and column
template <class T>
void check_targets(const char* op, Loss loss, MatrixView<const T> t) {
    for (std::size_t i = 0; loss == Loss::kBinaryCrossEntropy && i < t.rows(); ++i) {
        for (std::size_t j = 0; j < t.cols(); ++j) {
            if (!(t(i, j) >= T(0) && t(i, j) <= T(1))) {
                throw ShapeError(std::string(op) + ": row " + std::to_string(i) + ", column " +
                                 std::to_string(j) +
                                 " of the targets must be from 0 to 1 for Loss::kBinaryCrossEntropy, found " +
                                 thalweg::detail::number_text(static_cast<double>(t(i, j))));
            }
        }
    }
}

// throws   ShapeError, also when x has no rows
template <class T>
void check_rows(const char* op, MatrixView<const T> x, std::size_t inputs) {
    check::shape(op, "x", x, x.rows(), inputs);
    if (x.rows() == 0) {
        throw ShapeError(std::string(op) + ": expected at least one row, found none");
    }
}

}  // namespace thalweg::nn
