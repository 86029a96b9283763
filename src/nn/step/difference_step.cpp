// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/difference_step.hpp"

#include <cmath>

#include "nn/layers/forward.hpp"
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

template <class T>
double DifferenceStep<T>::take(Layers<T> layers, std::span<const std::size_t> rows) {
    batch_.prepare(rows);
    batch_.arrive(0, rows.size());
    try {
        differences_.run(params_, batch_.x(), batch_.labels(), {.h = options_.h}, gradient_);
    } catch (const DifferenceError&) {
        // A loss that is not finite has no differences: the run ends as it does with backpropagation.
        const double loss = loss_of(params_, batch_.x(), batch_.labels());
        if (std::isfinite(loss)) {
            throw;
        }
        return loss;
    }
    optimizer_.rule = options_.optimizer;
    descend<T>(optimizer_, layers_of(gradient_.matrices()), layers, parameters_);
    return differences_.loss();
}

template class DifferenceStep<float>;
template class DifferenceStep<double>;

}  // namespace thalweg::nn
