// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// What a hidden layer's activations and their derivatives are, as lines of arrays.
#include "thalweg/array.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::test {

inline constexpr Activation kActivations[] = {
    Activation::kIdentity,  Activation::kSigmoid,  Activation::kTanh, Activation::kRelu,
    Activation::kLeakyRelu, Activation::kSoftplus, Activation::kGelu,
};

template <class T>
Matrix<T> activated(Activation activation, const Matrix<T>& s) {
    switch (activation) {
        case Activation::kSigmoid:
            return sigmoid(s);
        case Activation::kTanh:
            return tanh(s);
        case Activation::kRelu:
            return relu(s);
        case Activation::kLeakyRelu:
            return leaky_relu(s, 0.01);
        case Activation::kSoftplus:
            return softplus(s);
        case Activation::kGelu:
            return gelu(s);
        default:
            return s;
    }
}

// dz times the slope at s, of which z = activated(s).
template <class T>
Matrix<T> slope_times(Activation activation, const Matrix<T>& s, const Matrix<T>& z, const Matrix<T>& dz) {
    constexpr double kRootHalf = 0.70710678118654752440;
    constexpr double kDensityAtZero = 0.39894228040143267794;
    switch (activation) {
        case Activation::kSigmoid:
            return sigmoid_backward(z, dz);
        case Activation::kTanh:
            return (1 - z * z) * dz;
        case Activation::kRelu:
            return where(z <= 0, 0, dz);
        case Activation::kLeakyRelu:
            return where(z > 0, dz, 0.01 * dz);
        case Activation::kSoftplus:
            return sigmoid(s) * dz;
        case Activation::kGelu:
            return ((erf(s * kRootHalf) + 1) * 0.5 + exp(s * s * -0.5) * kDensityAtZero * s) * dz;
        default:
            return dz;
    }
}

}  // namespace thalweg::test
