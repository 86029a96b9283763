// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The net's gradient by central differences: the plain loop over parameters, in double for both element
// types.
#include <string>

#include "core/shape_check.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/net.hpp"

namespace thalweg {
namespace {

template <class T>
Matrix<double> in_double(MatrixView<const T> m) {
    Matrix<double> result(m.rows(), m.cols());
    for (std::size_t i = 0; i < m.rows(); ++i) {
        for (std::size_t j = 0; j < m.cols(); ++j) {
            result(i, j) = static_cast<double>(m(i, j));
        }
    }
    return result;
}

template <class T>
TwoLayerNet<double> in_double(const TwoLayerParams<T>& p) {
    TwoLayerParams<double> result;
    result.W1 = in_double<T>(p.W1);
    result.b1 = in_double<T>(p.b1);
    result.W2 = in_double<T>(p.W2);
    result.b2 = in_double<T>(p.b2);
    return TwoLayerNet<double>(std::move(result));
}

std::span<double> elements(Matrix<double>& m) {
    return {m.data(), m.size()};
}

// Every element of one parameter matrix.
template <class T, class Loss>
void differences(Matrix<double>& parameter, double h, const Loss& loss, Matrix<T>& gradient) {
    for (std::size_t i = 0; i < parameter.size(); ++i) {
        gradient.data()[i] = static_cast<T>(central_difference(loss, elements(parameter), i, h));
    }
}

template <class T, class Targets>
TwoLayerParams<T> all_differences(const TwoLayerParams<T>& params, const Matrix<double>& x, const Targets& t,
                                  double h) {
    TwoLayerNet<double> net = in_double(params);
    TwoLayerParams<T> gradient(params.input_size(), params.hidden_size(), params.output_size());
    const auto loss = [&] { return net.loss(x, t); };
    differences(net.params.W1, h, loss, gradient.W1);
    differences(net.params.b1, h, loss, gradient.b1);
    differences(net.params.W2, h, loss, gradient.W2);
    differences(net.params.b2, h, loss, gradient.b2);
    return gradient;
}

}  // namespace

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t, double h) const {
    return all_differences(params, in_double(x), t, h);
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                                     double h) const {
    const Matrix<double> targets = in_double(t);
    return all_differences(params, in_double(x), targets.view(), h);
}

template <class T>
std::vector<double> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t,
                                                       std::span<const std::size_t> which, double h) const {
    TwoLayerNet<double> net = in_double(params);
    const Matrix<double> inputs = in_double(x);
    const auto loss = [&] { return net.loss(inputs, t); };
    Matrix<double>* const matrices[] = {&net.params.W1, &net.params.b1, &net.params.W2, &net.params.b2};
    std::vector<double> result;
    result.reserve(which.size());
    for (const std::size_t index : which) {
        if (index >= params.size()) {
            throw ShapeError("numerical_gradient: parameter index must be below " +
                             std::to_string(params.size()) + ", found " + std::to_string(index));
        }
        std::size_t i = index;
        std::size_t m = 0;
        for (; i >= matrices[m]->size(); ++m) {
            i -= matrices[m]->size();
        }
        result.push_back(central_difference(loss, elements(*matrices[m]), i, h));
    }
    return result;
}

template class TwoLayerNet<float>;
template class TwoLayerNet<double>;

}  // namespace thalweg
