// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The net's gradient by differences, by whichever way is open, and what every caller of it checks first.
#pragma once

#include "core/shape_check.hpp"
#include "nn/difference/shared.hpp"
#include "nn/difference/two_layer.hpp"
#include "nn/layers/checks.hpp"
#include "thalweg/error.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

inline constexpr const char* kDifferenceOp = "numerical_gradient";
inline constexpr double kBookEpsilon = 1e-7;

// throws   ShapeError when params and x do not fit one another, or x has no rows
template <class T>
void check_difference_batch(const TwoLayerParams<T>& params, MatrixView<const T> x) {
    check_params(kDifferenceOp, params);
    check::shape(kDifferenceOp, "x", x, x.rows(), params.input_size());
    if (x.rows() == 0) {
        throw ShapeError("numerical_gradient: expected at least one row, found none");
    }
}
template <class T>
void check_difference_batch(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t) {
    check_difference_batch(params, x);
    check::labels(kDifferenceOp, t.data(), t.size(), x.rows(), params.output_size());
}

// Structured in T, structured in double where a float net's moves are not small, shared or incremental if
// asked for, and the plain loop where nothing else gave numbers: it also says where a loss is not finite.
// Buffers stay from call to call.
template <class T>
class NumericalGradient {
public:
    // throws   as TwoLayerNet::numerical_gradient; shapes are the caller's affair
    void run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
             const NetDifferenceOptions& options, TwoLayerParams<T>& gradient);
    // Of the batch, with the notebook's 1e-7.
    double loss() const noexcept { return loss_; }

private:
    bool structured(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t,
                    const NetDifferenceOptions& options, TwoLayerParams<T>& gradient);

    StructuredDifferences<T> differences_;
    SharedDifferences shared_;
    double loss_ = 0.0;
};

}  // namespace thalweg::nn
