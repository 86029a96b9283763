// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What every way to a gradient of the two-layer net asks of its parameters and targets first.
#pragma once

#include <cstddef>
#include <vector>

#include "core/shape_check.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

// throws   ShapeError when the parameters' shapes do not fit one another
template <class T>
void check_params(const char* op, const TwoLayerParams<T>& p) {
    check::shape(op, "b1", 1, p.W1.cols(), p.b1.rows(), p.b1.cols());
    check::shape(op, "W2", p.W1.cols(), p.W2.cols(), p.W2.rows(), p.W2.cols());
    check::shape(op, "b2", 1, p.W2.cols(), p.b2.rows(), p.b2.cols());
}

// The labels that a target matrix stands for, none if some row is not one-hot.
template <class T>
std::vector<int> labels_of_one_hot(MatrixView<const T> t) {
    std::vector<int> labels(t.rows());
    for (std::size_t i = 0; i < t.rows(); ++i) {
        std::size_t ones = 0;
        for (std::size_t j = 0; j < t.cols(); ++j) {
            if (t(i, j) == T(1)) {
                labels[i] = static_cast<int>(j);
                ++ones;
            } else if (t(i, j) != T(0)) {
                return {};
            }
        }
        if (ones != 1) {
            return {};
        }
    }
    return labels;
}

}  // namespace thalweg::nn
