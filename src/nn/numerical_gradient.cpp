// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// TwoLayerNet::numerical_gradient. The ways to it are in nn/difference/gradient.hpp.
#include "core/float_control.hpp"
#include "core/of_this_thread.hpp"
#include "core/one_hot.hpp"
#include "nn/difference/convert.hpp"
#include "nn/difference/gradient.hpp"
#include "nn/difference/plain.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg {

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t,
                                                     const NetDifferenceOptions& options) const {
    nn::check_difference_batch(params, x, t);
    TwoLayerParams<T> gradient;
    // A few megabytes, whatever the batch: new ones would cost a tenth of the call.
    auto& buffers = of_this_thread<nn::NumericalGradient<T>>();
    buffers.run(params, x, t, options, gradient);
    return gradient;
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                                     const NetDifferenceOptions& options) const {
    nn::check_difference_batch(params, x);
    check::shape(nn::kDifferenceOp, "t", t, x.rows(), params.output_size());
    if (std::vector<int> labels; core::labels_of_one_hot(t, labels)) {
        return numerical_gradient(x, labels, options);
    }
    const core::FloatControlScope standard;
    TwoLayerParams<T> gradient(params.input_size(), params.hidden_size(), params.output_size());
    const nn::Targets<T> targets{.numbers = t};
    if (options.method == NetDifferenceMethod::kShared) {
        nn::SharedDifferences buffers;
        nn::shared_gradient<T>(nn::layers_of(params.matrices()), x, targets, options,
                               nn::layers_of(gradient.matrices()), buffers);
    } else {
        nn::plain_gradient<T>(nn::layers_of(params.matrices()), x, targets, 0.0, options,
                              nn::layers_of(gradient.matrices()));
    }
    return gradient;
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t, double h) const {
    return numerical_gradient(x, t, NetDifferenceOptions{.h = h});
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                                     double h) const {
    return numerical_gradient(x, t, NetDifferenceOptions{.h = h});
}

template <class T>
std::vector<double> TwoLayerNet<T>::numerical_gradient(MatrixView<const T> x, Labels t,
                                                       std::span<const std::size_t> which, double h) const {
    nn::check_difference_batch(params, x, t);
    return nn::plain_partials<T>(nn::layers_of(params.matrices()), x, {.labels = t.data()}, 0.0, which, h);
}

// The members defined here, and no others: the class itself is instantiated in two_layer_net.cpp.
template TwoLayerParams<float> TwoLayerNet<float>::numerical_gradient(MatrixView<const float>, Labels,
                                                                      const NetDifferenceOptions&) const;
template TwoLayerParams<float> TwoLayerNet<float>::numerical_gradient(MatrixView<const float>,
                                                                      MatrixView<const float>,
                                                                      const NetDifferenceOptions&) const;
template TwoLayerParams<float> TwoLayerNet<float>::numerical_gradient(MatrixView<const float>, Labels,
                                                                      double) const;
template TwoLayerParams<float> TwoLayerNet<float>::numerical_gradient(MatrixView<const float>,
                                                                      MatrixView<const float>, double) const;
template std::vector<double> TwoLayerNet<float>::numerical_gradient(MatrixView<const float>, Labels,
                                                                    std::span<const std::size_t>,
                                                                    double) const;
template TwoLayerParams<double> TwoLayerNet<double>::numerical_gradient(MatrixView<const double>, Labels,
                                                                        const NetDifferenceOptions&) const;
template TwoLayerParams<double> TwoLayerNet<double>::numerical_gradient(MatrixView<const double>,
                                                                        MatrixView<const double>,
                                                                        const NetDifferenceOptions&) const;
template TwoLayerParams<double> TwoLayerNet<double>::numerical_gradient(MatrixView<const double>, Labels,
                                                                        double) const;
template TwoLayerParams<double> TwoLayerNet<double>::numerical_gradient(MatrixView<const double>,
                                                                        MatrixView<const double>,
                                                                        double) const;
template std::vector<double> TwoLayerNet<double>::numerical_gradient(MatrixView<const double>, Labels,
                                                                     std::span<const std::size_t>,
                                                                     double) const;

}  // namespace thalweg
