// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's face of a net of two layers: what is asked of its arguments, and the names. Predictions are
// nn/layers/forward.hpp, backpropagation is nn/step/backprop.hpp, differences are apart.
#include "thalweg/two_layer_net.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "core/float_control.hpp"
#include "core/one_hot.hpp"
#include "core/shape_check.hpp"
#include "differentiate/text.hpp"
#include "nn/layers/checks.hpp"
#include "nn/layers/forward.hpp"
#include "nn/layers/matches.hpp"
#include "nn/step/backprop.hpp"
#include "nn/step/workspace.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

template <class T>
double gradient_of(const TwoLayerParams<T>& params, MatrixView<const T> x, const nn::Targets<T>& targets,
                   TwoLayerParams<T>& grads, nn::BatchPass<T>& pass) {
    if (x.rows() == 0) {
        throw ShapeError("gradient: expected at least one row, found none");
    }
    const auto to = grads.matrices();
    const auto like = params.matrices();
    for (std::size_t i = 0; i < like.size(); ++i) {
        nn::fit(*to[i].matrix, like[i].matrix->rows(), like[i].matrix->cols());
    }
    const auto layers = nn::layers_of(like);
    return nn::dense_gradient<T>(nn::Layers<const T>(layers), x, targets, nn::layers_of(to), pass);
}

}  // namespace

template <class T>
TwoLayerNet<T>::TwoLayerNet(std::size_t input_size, std::size_t hidden_size, std::size_t output_size,
                            Rng& rng, double weight_init_std)
    : params(input_size, hidden_size, output_size) {
    if (!(weight_init_std >= 0.0) || !std::isfinite(weight_init_std)) {
        throw std::invalid_argument("TwoLayerNet: weight_init_std must be finite and not below 0, found " +
                                    detail::number_text(weight_init_std));
    }
    params.W1 = Matrix<T>::randn(input_size, hidden_size, rng, weight_init_std);
    params.W2 = Matrix<T>::randn(hidden_size, output_size, rng, weight_init_std);
}

template <class T>
TwoLayerNet<T>::TwoLayerNet(TwoLayerParams<T> parameters) : params(std::move(parameters)) {
    nn::check_params("TwoLayerNet", params);
}

template <class T>
void TwoLayerNet<T>::predict(MatrixView<const T> x, MatrixView<T> out) const {
    nn::check_params("TwoLayerNet", params);
    nn::predict<T>(nn::layers_of(params.matrices()), x, out);
}

template <class T>
Matrix<T> TwoLayerNet<T>::predict(MatrixView<const T> x) const {
    Matrix<T> y(x.rows(), params.output_size());
    predict(x, y);
    return y;
}

template <class T>
double TwoLayerNet<T>::loss(MatrixView<const T> x, Labels t) const {
    return cross_entropy_error(predict(x), t);
}

template <class T>
double TwoLayerNet<T>::loss(MatrixView<const T> x, MatrixView<const T> t) const {
    return cross_entropy_error(predict(x), t);
}

template <class T>
double TwoLayerNet<T>::accuracy(MatrixView<const T> x, Labels t) const {
    check::labels("accuracy", t.data(), t.size(), x.rows(), params.output_size());
    return nn::share_of_matches(argmax(predict(x), 1), {t.begin(), t.end()});
}

template <class T>
double TwoLayerNet<T>::accuracy(MatrixView<const T> x, MatrixView<const T> t) const {
    check::shape("accuracy", "t", t, x.rows(), params.output_size());
    return nn::share_of_matches(argmax(predict(x), 1), argmax(t, 1));
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::gradient(MatrixView<const T> x, Labels t) const {
    TwoLayerParams<T> grads;
    TwoLayerWorkspace<T> workspace;
    gradient(x, t, grads, workspace);
    return grads;
}

template <class T>
double TwoLayerNet<T>::gradient(MatrixView<const T> x, Labels t, TwoLayerParams<T>& grads,
                                TwoLayerWorkspace<T>& workspace) const {
    nn::check_params("TwoLayerNet", params);
    check::shape("gradient", "x", x, x.rows(), params.input_size());
    if (x.rows() > 0) {
        check::labels("gradient", t.data(), t.size(), x.rows(), params.output_size());
    }
    return gradient_of<T>(params, x, {.labels = t.data()}, grads, workspace.buffers().pass);
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::gradient(MatrixView<const T> x, MatrixView<const T> t) const {
    nn::check_params("TwoLayerNet", params);
    check::shape("gradient", "x", x, x.rows(), params.input_size());
    check::shape("gradient", "t", t, x.rows(), params.output_size());
    if (std::vector<int> labels; core::labels_of_one_hot(t, labels)) {
        return gradient(x, labels);
    }
    TwoLayerParams<T> grads;
    nn::BatchPass<T> pass;
    gradient_of<T>(params, x, {.numbers = t}, grads, pass);
    return grads;
}

// Of the members defined here; those of the numerical gradient are instantiated where they are.
template class TwoLayerNet<float>;
template class TwoLayerNet<double>;

}  // namespace thalweg
