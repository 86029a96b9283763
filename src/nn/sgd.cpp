// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One step of stochastic gradient descent.
#include "core/shape_check.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/train.hpp"

namespace thalweg {
namespace {

template <class T>
void descend(T lr, const char* name, const Matrix<T>& gradient, Matrix<T>& parameter) {
    check::shape("Sgd::update", name, parameter.rows(), parameter.cols(), gradient.rows(), gradient.cols());
    axpy(-lr, gradient, parameter);
}

template <class T>
void update_all(double lr, TwoLayerParams<T>& params, const TwoLayerParams<T>& grads) {
    const T rate = static_cast<T>(lr);
    descend(rate, "W1", grads.W1, params.W1);
    descend(rate, "b1", grads.b1, params.b1);
    descend(rate, "W2", grads.W2, params.W2);
    descend(rate, "b2", grads.b2, params.b2);
}

}  // namespace

void Sgd::update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const {
    update_all(lr, params, grads);
}

void Sgd::update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const {
    update_all(lr, params, grads);
}

}  // namespace thalweg
