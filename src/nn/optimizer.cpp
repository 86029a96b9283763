// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One step of stochastic gradient descent.
#include "thalweg/optimizer.hpp"

#include "core/shape_check.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

template <class T>
void update_all(double lr, TwoLayerParams<T>& params, const TwoLayerParams<T>& grads) {
    const auto to = params.matrices();
    const auto along = grads.matrices();
    for (std::size_t i = 0; i < to.size(); ++i) {
        Matrix<T>& p = *to[i].matrix;
        const Matrix<T>& g = *along[i].matrix;
        check::shape("Sgd::update", to[i].name.data(), p.rows(), p.cols(), g.rows(), g.cols());
        axpy(-static_cast<T>(lr), g, p);
    }
}

}  // namespace

void Sgd::update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const {
    update_all(lr, params, grads);
}

void Sgd::update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const {
    update_all(lr, params, grads);
}

}  // namespace thalweg
