// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/plain.hpp"

#include <string>

#include "core/float_control.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/difference/convert.hpp"
#include "nn/layers/decay.hpp"
#include "nn/layers/losses.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/error.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// A net, its batch, and a whole forward pass with the loss at its end, in buffers that stay: what the loop
// calls twice a parameter.
class PlainLoss {
public:
    template <class T>
    PlainLoss(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets, double decay,
              bool clean)
        : x_(in_double(x)),
          numbers_(in_double(targets.numbers)),
          labels_(targets.labels, targets.labels == nullptr ? 0 : x.rows()),
          loss_(targets.loss),
          decay_(decay),
          clean_(clean),
          losses_(x.rows()) {
        copies_.fit(layers);
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const Dense<double>& copy = copies_.layers()[l];
            copy_as(layers[l].W.data(), layers[l].W.size(), copy.W.data());
            copy_as(layers[l].b.data(), layers[l].b.size(), copy.b.data());
            z_.emplace_back(x.rows(), copy.outputs());
        }
    }

    Layers<double> layers() const noexcept { return copies_.layers(); }

    double operator()() {
        const Matrix<double>* in = &x_;
        double squares = 0.0;
        for (std::size_t l = 0; l < z_.size(); ++l) {
            const Dense<double>& layer = layers()[l];
            affine(*in, layer.W, layer.b, z_[l]);
            activate_by_team(layer.activation, z_[l].view());
            in = &z_[l];
            squares += decay_ == 0.0 ? 0.0 : sum_of_squares<double>(layer.W);
        }
        const double loss = batch_loss();
        return decay_ == 0.0 ? loss : loss + 0.5 * decay_ * squares;
    }

private:
    // The mean loss of the last layer's sums, which are overwritten. clean: without the notebook's 1e-7.
    double batch_loss() {
        Matrix<double>& y = z_.back();
        if (loss_ != Loss::kSoftmaxCrossEntropy) {
            for (std::size_t n = 0; n < y.rows(); ++n) {
                losses_[n] = finish_row(loss_, row_of(y, n), row_of(numbers_, n), y.cols());
            }
            return dispatch::active<double>().sum(losses_.data(), losses_.size()) /
                   static_cast<double>(y.rows());
        }
        if (clean_ && !labels_.empty()) {
            return softmax_cross_entropy(y, labels_, y);
        }
        softmax(y, y);
        if (!labels_.empty()) {
            return cross_entropy_error(y, labels_);
        }
        return clean_ ? clean_cross_entropy(y) : cross_entropy_error(y, numbers_);
    }

    // -sum(t log y) / N, with our own logarithm: the C library's has other bits on another machine.
    double clean_cross_entropy(Matrix<double>& y) const {
        double sum = 0.0;
        log(y, y);
        for (std::size_t n = 0; n < y.rows(); ++n) {
            for (std::size_t k = 0; k < y.cols(); ++k) {
                sum -= numbers_(n, k) == 0.0 ? 0.0 : numbers_(n, k) * y(n, k);
            }
        }
        return sum / static_cast<double>(y.rows());
    }

    Matrix<double> x_;
    Matrix<double> numbers_;
    Labels labels_;
    Loss loss_;
    double decay_;
    bool clean_;
    LayerMatrices<double> copies_;
    std::vector<Matrix<double>> z_;  // by layer
    std::vector<double> losses_;
};

template <class T>
void write(const Matrix<double>& from, MatrixView<T> to) {
    copy_as(from.data(), from.size(), to.data());
}

}  // namespace

template <class T>
double plain_loss(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets) {
    return PlainLoss(layers, x, targets, 0.0, false)();
}

template <class T>
double plain_gradient(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets, double decay,
                      const NetDifferenceOptions& options, Layers<T> gradient) {
    const core::FloatControlScope standard;
    PlainLoss loss(layers, x, targets, decay, options.clean_loss);
    for (std::size_t l = 0; l < layers.size(); ++l) {
        MatrixView<double> weights = loss.layers()[l].W;
        MatrixView<double> biases = loss.layers()[l].b;
        write(numerical_gradient(loss, weights, options.h), gradient[l].W);
        write(numerical_gradient(loss, biases, options.h), gradient[l].b);
    }
    return plain_loss(layers, x, targets);
}

template <class T>
std::vector<double> plain_partials(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                                   double decay, std::span<const std::size_t> which, double h) {
    const core::FloatControlScope standard;
    PlainLoss loss(layers, x, targets, decay, false);
    std::vector<MatrixView<double>> matrices;
    std::size_t size = 0;
    for (const Dense<double>& layer : loss.layers()) {
        matrices.insert(matrices.end(), {layer.W, layer.b});
        size += layer.W.size() + layer.b.size();
    }
    std::vector<double> result;
    result.reserve(which.size());
    for (const std::size_t index : which) {
        if (index >= size) {
            throw ShapeError("numerical_gradient: parameter index must be below " + std::to_string(size) +
                             ", found " + std::to_string(index));
        }
        std::size_t i = index;
        std::size_t m = 0;
        for (; i >= matrices[m].size(); ++m) {
            i -= matrices[m].size();
        }
        result.push_back(partial(loss, matrices[m], i, h));
    }
    return result;
}

template double plain_loss(Layers<const float>, MatrixView<const float>, const Targets<float>&);
template double plain_loss(Layers<const double>, MatrixView<const double>, const Targets<double>&);
template double plain_gradient(Layers<const float>, MatrixView<const float>, const Targets<float>&, double,
                               const NetDifferenceOptions&, Layers<float>);
template double plain_gradient(Layers<const double>, MatrixView<const double>, const Targets<double>&, double,
                               const NetDifferenceOptions&, Layers<double>);
template std::vector<double> plain_partials(Layers<const float>, MatrixView<const float>,
                                            const Targets<float>&, double, std::span<const std::size_t>,
                                            double);
template std::vector<double> plain_partials(Layers<const double>, MatrixView<const double>,
                                            const Targets<double>&, double, std::span<const std::size_t>,
                                            double);

}  // namespace thalweg::nn
