// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Stochastic gradient descent: p = fma(-lr, g, p), lr rounded to the parameters' type.
#pragma once

#include "nn/layers/layers.hpp"
#include "thalweg/optimizer.hpp"

namespace thalweg::nn {

// What multiplies the gradient. Kernels that descend while they sum take it as it is.
template <class T>
T sgd_factor(const Sgd& sgd) noexcept {
    return -static_cast<T>(sgd.lr);
}

// n parameters, by the calling thread alone: for steps that descend within their own region.
template <class T>
void descend_alone(T factor, const T* gradient, T* params, std::size_t n) noexcept;

// All layers, matrix by matrix, each split over threads.
// shape    alike
template <class T>
void descend(const Sgd& sgd, Layers<T> gradient, Layers<T> params);

}  // namespace thalweg::nn
