// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/plain.hpp"

#include <string>

#include "core/float_control.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// The mean cross-entropy of logits y, which are overwritten. clean: without the notebook's 1e-7.
double loss_of(Matrix<double>& y, Labels t, bool clean) {
    if (clean) {
        return softmax_cross_entropy(y, t, y);
    }
    softmax(y, y);
    return cross_entropy_error(y, t);
}

double loss_of(Matrix<double>& y, const Matrix<double>& t, bool clean) {
    softmax(y, y);
    if (!clean) {
        return cross_entropy_error(y, t);
    }
    // -sum(t log y) / N, with our own logarithm: the C library's has other bits on another machine.
    double sum = 0.0;
    log(y, y);
    for (std::size_t n = 0; n < y.rows(); ++n) {
        for (std::size_t k = 0; k < y.cols(); ++k) {
            sum -= t(n, k) == 0.0 ? 0.0 : t(n, k) * y(n, k);
        }
    }
    return sum / static_cast<double>(y.rows());
}

// A whole forward pass and the loss at its end, in buffers that stay: what the loop calls twice a parameter.
// It looks at the parameters where they lie.
template <class Targets>
class PlainLoss {
public:
    PlainLoss(const TwoLayerParams<double>& params, const Matrix<double>& x, const Targets& t, bool clean)
        : params_(params),
          x_(x),
          t_(t),
          clean_(clean),
          z1_(x.rows(), params.hidden_size()),
          y_(x.rows(), params.output_size()) {}

    double operator()() {
        affine(x_, params_.W1, params_.b1, z1_);
        sigmoid(z1_, z1_);
        affine(z1_, params_.W2, params_.b2, y_);
        return loss_of(y_, t_, clean_);
    }

private:
    const TwoLayerParams<double>& params_;
    const Matrix<double>& x_;
    const Targets& t_;
    bool clean_;
    Matrix<double> z1_;
    Matrix<double> y_;
};

template <class Targets>
TwoLayerParams<double> gradient_of(TwoLayerParams<double>& params, const Matrix<double>& x, const Targets& t,
                                   const NetDifferenceOptions& options) {
    const core::FloatControlScope standard;
    PlainLoss<Targets> loss(params, x, t, options.clean_loss);
    TwoLayerParams<double> gradient;
    const auto from = params.matrices();
    const auto to = gradient.matrices();
    for (std::size_t i = 0; i < from.size(); ++i) {
        *to[i].matrix = numerical_gradient(loss, *from[i].matrix, options.h);
    }
    return gradient;
}

}  // namespace

double plain_loss(const TwoLayerParams<double>& params, const Matrix<double>& x, Labels t) {
    return PlainLoss<Labels>(params, x, t, false)();
}

TwoLayerParams<double> plain_gradient(TwoLayerParams<double> params, const Matrix<double>& x, Labels t,
                                      const NetDifferenceOptions& options) {
    return gradient_of(params, x, t, options);
}

TwoLayerParams<double> plain_gradient(TwoLayerParams<double> params, const Matrix<double>& x,
                                      const Matrix<double>& t, const NetDifferenceOptions& options) {
    return gradient_of(params, x, t, options);
}

std::vector<double> plain_partials(TwoLayerParams<double> params, const Matrix<double>& x, Labels t,
                                   std::span<const std::size_t> which, double h) {
    const core::FloatControlScope standard;
    PlainLoss<Labels> loss(params, x, t, false);
    std::vector<double> result;
    result.reserve(which.size());
    for (const std::size_t index : which) {
        if (index >= params.size()) {
            throw ShapeError("numerical_gradient: parameter index must be below " +
                             std::to_string(params.size()) + ", found " + std::to_string(index));
        }
        const auto matrices = params.matrices();
        std::size_t i = index;
        std::size_t m = 0;
        for (; i >= matrices[m].matrix->size(); ++m) {
            i -= matrices[m].matrix->size();
        }
        result.push_back(partial(loss, *matrices[m].matrix, i, h));
    }
    return result;
}

}  // namespace thalweg::nn
