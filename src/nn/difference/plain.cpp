// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/difference/plain.hpp"

#include <cmath>
#include <exception>
#include <string>

#include "core/float_control.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/difference/convert.hpp"
#include "nn/difference/gradient.hpp"
#include "nn/layers/batch_norm.hpp"
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
              bool clean, HeldMasks masks)
        : x_(in_double(x)),
          numbers_(in_double(targets.numbers)),
          labels_(targets.labels, targets.labels == nullptr ? 0 : x.rows()),
          loss_(targets.loss),
          decay_(decay),
          clean_(clean),
          masks_(masks),
          norms_(layers.size()),
          losses_(x.rows()) {
        copies_.fit(layers);
        for (std::size_t l = 0; l < layers.size(); ++l) {
            const Dense<double>& copy = copies_.layers()[l];
            copy_as(layers[l].W.data(), layers[l].W.size(), copy.W.data());
            copy_as(layers[l].b.data(), layers[l].b.size(), copy.b.data());
            copy_as(layers[l].gamma.data(), layers[l].gamma.size(), copy.gamma.data());
            copy_as(layers[l].beta.data(), layers[l].beta.size(), copy.beta.data());
            z_.emplace_back(x.rows(), copy.outputs());
            norms_[l].fit(copy.normalises() ? x.rows() : 0, copy.normalises() ? copy.outputs() : 0);
        }
    }

    Layers<double> layers() const noexcept { return copies_.layers(); }

    double operator()() {
        const Matrix<double>* in = &x_;
        double squares = 0.0;
        for (std::size_t l = 0; l < z_.size(); ++l) {
            const Dense<double>& layer = layers()[l];
            affine(*in, layer.W, layer.b, z_[l]);
            if (layer.normalises()) {
                norms_[l].measure(z_[l], 0, layer.outputs());
                norms_[l].normalise(seen(layer), z_[l], 0, z_[l].rows());
            }
            activate_by_team(layer.activation, z_[l].view());
            if (!masks_.empty() && masks_[l].rows() != 0) {
                apply_mask<double>(masks_[l], z_[l]);
            }
            in = &z_[l];
            squares += decay_ == 0.0 ? 0.0 : sum_of_squares<double>(layer.W);
        }
        const double loss = batch_loss();
        return decay_ == 0.0 ? loss : loss + 0.5 * decay_ * squares;
    }

    // Of the batch's last pass.
    template <class T>
    void update_running(Layers<T> running) const {
        for (std::size_t l = 0; l < running.size(); ++l) {
            if (running[l].normalises()) {
                Matrix<double> mean = in_double<T>(running[l].mean);
                Matrix<double> variance = in_double<T>(running[l].variance);
                norms_[l].update_running(mean, variance);
                copy_as(mean.data(), mean.size(), running[l].mean.data());
                copy_as(variance.data(), variance.size(), running[l].variance.data());
            }
        }
    }

private:
    static Dense<const double> seen(const Dense<double>& layer) noexcept {
        return {.W = layer.W, .b = layer.b, .gamma = layer.gamma, .beta = layer.beta};
    }

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
    HeldMasks masks_;
    std::vector<BatchNorm<double>> norms_;  // by layer
    LayerMatrices<double> copies_;
    std::vector<Matrix<double>> z_;  // by layer
    std::vector<double> losses_;
};

// Two losses for each element of a process's share.
Matrix<double> differences_by(PlainLoss& loss, MatrixView<double> moved, double h,
                              parallel::Processes& processes) {
    Matrix<double> found(moved.rows(), moved.cols());
    const auto [first, last] = processes.among({0, 1}).share(moved.size(), 1);
    std::exception_ptr thrown;
    try {
        for (std::size_t i = first; i < last; ++i) {
            const double apart =
                thalweg::detail::difference(kDifferenceOp, loss, moved, moved.data()[i], i, h);
            found.data()[i] = thalweg::detail::quotient(apart, 2.0 * h);
        }
    } catch (const DifferenceError&) {
        thrown = std::current_exception();
    }
    if (processes.any(thrown != nullptr)) {
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        throw DifferenceError(
            std::string(kDifferenceOp) + ": another process's parameters have no differences",
            thalweg::detail::kScalar);
    }
    processes.gather(found.data(), found.size(), 1);
    return found;
}

template <class T>
void write(const Matrix<double>& from, MatrixView<T> to) {
    copy_as(from.data(), from.size(), to.data());
}

}  // namespace

template <class T>
double plain_loss(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets, HeldMasks masks,
                  Layers<T> running) {
    PlainLoss loss(layers, x, targets, 0.0, false, masks);
    const double found = loss();
    if (std::isfinite(found)) {
        loss.update_running(running);
    }
    return found;
}

template <class T>
double plain_gradient(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets, double decay,
                      const NetDifferenceOptions& options, Layers<T> gradient, HeldMasks masks,
                      parallel::Processes* processes) {
    const core::FloatControlScope standard;
    thalweg::detail::check_step(kDifferenceOp, options.h);
    PlainLoss loss(layers, x, targets, decay, options.clean_loss, masks);
    parallel::Processes alone;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const Dense<double>& moved = loss.layers()[l];
        const auto differentiate = [&](MatrixView<double> matrix, MatrixView<T> to) {
            if (matrix.size() != 0) {
                write(differences_by(loss, matrix, options.h, processes != nullptr ? *processes : alone), to);
            }
        };
        differentiate(moved.W, gradient[l].W);
        differentiate(moved.b, gradient[l].b);
        differentiate(moved.gamma, gradient[l].gamma);
        differentiate(moved.beta, gradient[l].beta);
    }
    return plain_loss(layers, x, targets, masks);
}

template <class T>
std::vector<double> plain_partials(Layers<const T> layers, MatrixView<const T> x, const Targets<T>& targets,
                                   double decay, std::span<const std::size_t> which, double h) {
    const core::FloatControlScope standard;
    PlainLoss loss(layers, x, targets, decay, false, {});
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

template double plain_loss(Layers<const float>, MatrixView<const float>, const Targets<float>&, HeldMasks,
                           Layers<float>);
template double plain_loss(Layers<const double>, MatrixView<const double>, const Targets<double>&, HeldMasks,
                           Layers<double>);
template double plain_gradient(Layers<const float>, MatrixView<const float>, const Targets<float>&, double,
                               const NetDifferenceOptions&, Layers<float>, HeldMasks, parallel::Processes*);
template double plain_gradient(Layers<const double>, MatrixView<const double>, const Targets<double>&, double,
                               const NetDifferenceOptions&, Layers<double>, HeldMasks, parallel::Processes*);
template std::vector<double> plain_partials(Layers<const float>, MatrixView<const float>,
                                            const Targets<float>&, double, std::span<const std::size_t>,
                                            double);
template std::vector<double> plain_partials(Layers<const double>, MatrixView<const double>,
                                            const Targets<double>&, double, std::span<const std::size_t>,
                                            double);

}  // namespace thalweg::nn
