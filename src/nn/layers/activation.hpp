// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What follows a layer's sums x W + b. A new activation is a line in the enumeration and a line in the table
// of activation.cpp.
#pragma once

#include <cstddef>

#include "thalweg/matrix.hpp"

namespace thalweg::nn {

enum class Activation {
    kIdentity,  // of an output layer: softmax belongs to the loss
    kSigmoid,
};

// z = f(z), by the calling thread alone.
template <class T>
void activate(Activation activation, MatrixView<T> z) noexcept;
// The same, split over threads.
// throws   SimdError as the operations
template <class T>
void activate_by_team(Activation activation, MatrixView<T> z);

// dz = f'(sums) * dz, in terms of the output z = f(sums), by the calling thread alone.
template <class T>
void activate_backward(Activation activation, MatrixView<const T> z, MatrixView<T> dz) noexcept;

}  // namespace thalweg::nn
