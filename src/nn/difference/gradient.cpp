// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/gradient.hpp"

#include <algorithm>

#include "core/float_control.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/difference/convert.hpp"
#include "nn/difference/incremental.hpp"
#include "nn/difference/plain.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg::nn {
namespace {

template <class T>
bool all_finite(const TwoLayerParams<T>& p) {
    const auto matrices = p.matrices();
    return std::all_of(matrices.begin(), matrices.end(), [](const auto& named) {
        return dispatch::active<T>().all_finite(named.matrix->data(), named.matrix->size());
    });
}

}  // namespace

template <class T>
bool NumericalGradient<T>::structured(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                                      const NetDifferenceOptions& options, TwoLayerParams<T>& gradient) {
    const double epsilon = options.clean_loss ? 0.0 : kBookEpsilon;
    using Outcome = typename StructuredDifferences<T>::Outcome;
    if (differences_.run(params, x, t, options.h, epsilon, gradient) == Outcome::kDone) {
        loss_ = differences_.loss();
    } else {
        const Matrix<double> inputs = in_double(x);
        StructuredDifferences<double> wide;
        TwoLayerParams<double> result(params.input_size(), params.hidden_size(), params.output_size());
        wide.run(in_double(params), inputs, t, options.h, epsilon, result);
        loss_ = wide.loss();
        convert(result, gradient);
    }
    return all_finite(gradient);
}

template <class T>
void NumericalGradient<T>::run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                               const NetDifferenceOptions& options, TwoLayerParams<T>& gradient) {
    thalweg::detail::check_step(kDifferenceOp, options.h);
    const core::FloatControlScope standard;
    if (gradient.size() != params.size() || gradient.input_size() != params.input_size() ||
        gradient.hidden_size() != params.hidden_size()) {
        gradient = TwoLayerParams<T>(params.input_size(), params.hidden_size(), params.output_size());
    }
    const bool is_default = options.method == NetDifferenceMethod::kDefault;
    if ((is_default || options.method == NetDifferenceMethod::kStructured) &&
        structured(params, x, t, options, gradient)) {
        return;
    }
    const auto layers = layers_of(params.matrices());
    const auto into = layers_of(gradient.matrices());
    const Targets<T> targets{.labels = t.data()};
    if (options.method == NetDifferenceMethod::kShared) {
        loss_ = shared_gradient<T>(layers, x, targets, options, into, shared_);
        return;
    }
    if (options.method == NetDifferenceMethod::kIncremental) {
        convert(incremental_gradient(in_double(params), in_double(x), t, options.h, options.clean_loss),
                gradient);
        if (all_finite(gradient)) {
            loss_ = plain_loss<T>(layers, x, targets);
            return;
        }
    }
    loss_ = plain_gradient<T>(layers, x, targets, 0.0, options, into);
}

template class NumericalGradient<float>;
template class NumericalGradient<double>;

}  // namespace thalweg::nn
