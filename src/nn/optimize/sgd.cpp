// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/optimize/sgd.hpp"

#include "dispatch/dispatch.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {

template <class T>
void descend_alone(T factor, const T* gradient, T* params, std::size_t n) noexcept {
    dispatch::active<T>().axpy(factor, gradient, params, n);
}

template <class T>
void descend(const Sgd& sgd, Layers<T> gradient, Layers<T> params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
        axpy(sgd_factor<T>(sgd), gradient[i].W, params[i].W);
        axpy(sgd_factor<T>(sgd), gradient[i].b, params[i].b);
        axpy(sgd_factor<T>(sgd), gradient[i].gamma, params[i].gamma);
        axpy(sgd_factor<T>(sgd), gradient[i].beta, params[i].beta);
    }
}

template void descend_alone(float, const float*, float*, std::size_t) noexcept;
template void descend_alone(double, const double*, double*, std::size_t) noexcept;
template void descend(const Sgd&, Layers<float>, Layers<float>);
template void descend(const Sgd&, Layers<double>, Layers<double>);

}  // namespace thalweg::nn
