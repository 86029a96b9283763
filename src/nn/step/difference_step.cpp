// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/difference_step.hpp"

#include <cmath>

#include "nn/layers/forward.hpp"
#include "nn/optimize/sgd.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg::nn {
namespace {

template <class T>
double loss_of(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t) {
    Matrix<T> y(x.rows(), params.output_size());
    predict<T>(layers_of(params.matrices()), x, y);
    return cross_entropy_error(y, t);
}

}  // namespace

NetDifferenceOptions differences_of(const TrainOptions& options) noexcept {
    NetDifferenceOptions differences = options.differences;
    if (options.h != TrainOptions{}.h) {
        differences.h = options.h;
    }
    return differences;
}

template <class T>
double DifferenceStep<T>::take(Layers<T> layers, std::span<const std::size_t> rows) {
    batch_.gather(data_, rows, options_.batch_size);
    try {
        differences_.run(params_, batch_.x(), batch_.labels(), differences_of(options_), gradient_);
    } catch (const DifferenceError&) {
        // A loss that is not finite has no differences: the run ends as it does with backpropagation.
        const double loss = loss_of(params_, batch_.x(), batch_.labels());
        if (std::isfinite(loss)) {
            throw;
        }
        return loss;
    }
    descend<T>(options_.optimizer, layers_of(gradient_.matrices()), layers);
    return differences_.loss();
}

template class DifferenceStep<float>;
template class DifferenceStep<double>;

}  // namespace thalweg::nn
