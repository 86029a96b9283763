// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/optimize/sgd.hpp"

#include <cmath>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "dispatch/dispatch.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace nn {

template <class T>
void check_sgd(const char* op, const Sgd& sgd) {
    const auto lr = static_cast<T>(sgd.lr);
    if (!(lr > T(0)) || !std::isfinite(lr)) {
        throw std::invalid_argument(std::string(op) + ": lr must be finite and above 0" +
                                    (std::is_same_v<T, float> ? " in float" : "") + ", found " +
                                    detail::number_text(sgd.lr));
    }
}

template <class T>
void descend_alone(T factor, const T* gradient, T* params, std::size_t n) noexcept {
    dispatch::active<T>().axpy(factor, gradient, params, n);
}

template <class T>
void descend(const Sgd& sgd, Layers<T> gradient, Layers<T> params) {
    for (std::size_t i = 0; i < params.size(); ++i) {
        axpy(sgd_factor<T>(sgd), gradient[i].W, params[i].W);
        axpy(sgd_factor<T>(sgd), gradient[i].b, params[i].b);
    }
}

template void check_sgd<float>(const char*, const Sgd&);
template void check_sgd<double>(const char*, const Sgd&);
template void descend_alone(float, const float*, float*, std::size_t) noexcept;
template void descend_alone(double, const double*, double*, std::size_t) noexcept;
template void descend(const Sgd&, Layers<float>, Layers<float>);
template void descend(const Sgd&, Layers<double>, Layers<double>);

}  // namespace nn

namespace {

template <class T, class Params>
void update_all(const Sgd& sgd, Params& params, const Params& grads) {
    nn::check_sgd<T>("Sgd::update", sgd);
    const core::FloatControlScope standard;
    const auto to = params.matrices();
    const auto along = grads.matrices();
    if (to.size() != along.size()) {
        throw ShapeError("Sgd::update: expected a gradient of " + std::to_string(to.size()) +
                         " matrices, found " + std::to_string(along.size()));
    }
    for (std::size_t i = 0; i < to.size(); ++i) {
        Matrix<T>& p = *to[i].matrix;
        const Matrix<T>& g = *along[i].matrix;
        check::shape("Sgd::update", to[i].name.data(), p.rows(), p.cols(), g.rows(), g.cols());
        axpy(nn::sgd_factor<T>(sgd), g, p);
    }
}

}  // namespace

void Sgd::update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const {
    update_all<float>(*this, params, grads);
}

void Sgd::update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const {
    update_all<double>(*this, params, grads);
}

void Sgd::update(NetParams<float>& params, const NetParams<float>& grads) const {
    update_all<float>(*this, params, grads);
}

void Sgd::update(NetParams<double>& params, const NetParams<double>& grads) const {
    update_all<double>(*this, params, grads);
}

}  // namespace thalweg
