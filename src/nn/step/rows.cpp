// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forward, loss and gradient at the sums, at any depth. The bits are those of affine, sigmoid,
// softmax_cross_entropy, dot and sigmoid_backward one after another, and between them those of batch
// normalisation and dropout. Start reading at forward_back().
#include "nn/step/rows.hpp"

#include <algorithm>

#include "core/of_this_thread.hpp"
#include "core/scratch_buffer.hpp"
#include "dispatch/dispatch.hpp"
#include "nn/layers/dropout.hpp"
#include "nn/layers/forward.hpp"
#include "nn/layers/losses.hpp"
#include "nn/layers/products.hpp"

namespace thalweg::nn {
namespace {

// Cuts between the owners of columns: whole cache lines.
constexpr std::size_t kColumnUnit = 16;

// The sums of a layer behind the first.
template <class T>
void sum_rows_of(const Dense<const T>& layer, MatrixView<const T> in, MatrixView<T> out,
                 T* scratch) noexcept {
    ops::gemm_alone(product(in, layer.W, layer.b.data(), out), scratch);
}

}  // namespace

template <class T>
std::size_t scratch_size(Layers<const T> layers, std::size_t rows, std::size_t first) {
    const auto matrix = [](std::size_t m, std::size_t n) { return MatrixView<T>(nullptr, m, n); };
    std::size_t size = 0;
    for (const Dense<const T>& layer : layers.subspan(std::min(first, layers.size()))) {
        const MatrixView<T> in = matrix(rows, layer.inputs());
        const MatrixView<T> out = matrix(rows, layer.outputs());
        size = std::max({size, ops::gemm_scratch(product<T>(in, layer.W, nullptr, out)),
                         ops::gemm_turned_scratch(product_back<T>(out, layer.W, in)),
                         ops::gemm_parts_scratch(
                             product_down_rows<T>(in, out, matrix(layer.inputs(), layer.outputs())))});
    }
    return size;
}

template <class T>
T* team_scratch(std::size_t elements) {
    ScratchBuffer& buffer = of_this_thread<ScratchBuffer, Layers<T>>();
    return elements == 0 ? nullptr : buffer.reserve<T>(elements);
}

template <class T>
void forward_rows(Layers<const T> layers, std::vector<Matrix<T>>& z, std::size_t first, std::size_t last,
                  T* scratch) noexcept {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const MatrixView<T> out = rows_of(z[i].view(), first, last);
        if (i > 0) {
            sum_rows_of<T>(layers[i], rows_of(z[i - 1].view(), first, last), out, scratch);
        }
        finish_layer(layers[i], out);
    }
}

template <class T>
template <class U>
void BatchPass<T>::prepare(Layers<U> layers, std::size_t rows, std::size_t first_stride) {
    const std::size_t count = layers.size();
    layers_.resize(count);
    z_.resize(count);
    sums_.resize(count);
    norms_.resize(count);
    masks_.resize(count);
    dz_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const Dense<U>& layer = layers[i];
        layers_[i] = {layer.W,    layer.b,    layer.activation, layer.gamma,
                      layer.beta, layer.mean, layer.variance,   layer.dropout};
        const std::size_t outputs = layer.outputs();
        fit(z_[i], rows, outputs);
        fit(sums_[i], needs_sums(layer.activation) ? rows : 0, outputs);
        norms_[i].fit(layer.normalises() ? rows : 0, layer.normalises() ? outputs : 0);
        fit(masks_[i], layer.dropout != 0.0 ? rows : 0, outputs);
        fit(dz_[i], rows, i == 0 && first_stride != 0 ? first_stride : outputs);
    }
    picked_.resize(rows);
    losses_.resize(rows);
}

template <class T>
void BatchPass<T>::draw_masks(Rng& rng) noexcept {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (layers_[i].dropout != 0.0) {
            draw_mask(rng, layers_[i].dropout, masks_[i]);
        }
    }
}

// Of labels, by one kernel.
template <class T>
void BatchPass<T>::softmax_gradient(const int* labels, std::size_t first, std::size_t last) noexcept {
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    const std::size_t classes = layers_.back().outputs();
    T* const p = row_of(z_.back(), first);
    kernel.softmax_loss({.rows = last - first,
                         .cols = classes,
                         .x = p,
                         .ldx = classes,
                         .labels = labels + first,
                         .divisor = static_cast<T>(rows()),
                         .p = p,
                         .ldp = classes,
                         .dx = row_of(dz_.back(), first),
                         .lddx = dz_.back().cols(),
                         .loss = losses_.data() + first});
    // The loss with the notebook's 1e-7 takes the place of the stable one.
    for (std::size_t i = first; i < last; ++i) {
        picked_[i] = row_of(z_.back(), i)[static_cast<std::size_t>(labels[i])];
    }
    kernel.log_loss(picked_.data() + first, losses_.data() + first, last - first);
}

// What predict() returns, losses, and (y - t) / N, which is the gradient at the sums for every loss.
template <class T>
void BatchPass<T>::output_gradient(const Targets<T>& targets, std::size_t first, std::size_t last) noexcept {
    if (targets.labels != nullptr) {
        return softmax_gradient(targets.labels, first, last);
    }
    const std::size_t outputs = layers_.back().outputs();
    const auto divisor = static_cast<T>(rows());
    for (std::size_t i = first; i < last; ++i) {
        T* const found = row_of(z_.back(), i);
        const T* const wanted = row_of(targets.numbers, i);
        losses_[i] = finish_row(targets.loss, found, wanted, outputs);
        for (std::size_t j = 0; j < outputs; ++j) {
            row_of(dz_.back(), i)[j] = (found[j] - wanted[j]) / divisor;
        }
    }
}

// From the layer's sums, if it is the first one, or else from the output of the layer before, to its output.
template <class T>
void BatchPass<T>::forward(std::size_t layer, parallel::Part part, T* scratch) noexcept {
    const auto own = part.share(rows(), kRowUnit);
    const Dense<const T>& dense = layers_[layer];
    if (layer > 0 && own.first < own.last) {
        sum_rows_of<T>(dense, rows_of(z(layer - 1), own.first, own.last),
                       rows_of(z(layer), own.first, own.last), scratch);
    }
    if (!dense.normalises()) {
        finish(layer, own.first, own.last);
        return;
    }
    const auto columns = part.within_process().share(dense.outputs(), kColumnUnit);
    processes_.exchange(part, [&] { gather_rows(z_[layer]); });
    norms_[layer].measure(z(layer), columns.first, columns.last);
    parallel::meet(part);
    const auto here = part.within_process().share(rows(), kRowUnit);
    norms_[layer].normalise(dense, z(layer), here.first, here.last);
    finish(layer, here.first, here.last);
    meet_where_rows_change_hands(part);
}

// From what a layer's activation takes to its output.
template <class T>
void BatchPass<T>::finish(std::size_t layer, std::size_t first, std::size_t last) noexcept {
    if (first == last) {
        return;
    }
    const Dense<const T>& dense = layers_[layer];
    const MatrixView<T> out = rows_of(z(layer), first, last);
    if (needs_sums(dense.activation)) {
        std::copy_n(out.data(), out.size(), row_of(sums_[layer], first));
    }
    activate(dense.activation, out);
    if (dense.dropout != 0.0) {
        apply_mask<T>(rows_of(masks_[layer].view(), first, last), out);
    }
}

// A layer that normalises its batch has all rows in each process: its threads shared them out among
// themselves, and have other rows next.
template <class T>
void BatchPass<T>::meet_where_rows_change_hands(parallel::Part part) const noexcept {
    if (!processes_.alone()) {
        parallel::meet(part);
    }
}

// From the gradient at the sums of the layer behind to that at what the layer's activation takes.
template <class T>
void BatchPass<T>::back_to_activation(std::size_t layer, std::size_t first, std::size_t last,
                                      T* scratch) noexcept {
    const Dense<const T>& dense = layers_[layer];
    const MatrixView<T> own = rows_of(dz(layer), first, last);
    const MatrixView<const T> after = rows_of(dz(layer + 1), first, last);
    ops::gemm_turned_alone(product_back<T>(after, layers_[layer + 1].W, own), scratch);
    if (dense.dropout != 0.0) {
        apply_mask<T>(rows_of(masks_[layer].view(), first, last), own);
    }
    const MatrixView<T> from = needs_sums(dense.activation) ? sums_[layer].view() : z(layer);
    activate_backward<T>(dense.activation, rows_of(from, first, last), own);
}

// And to that at the layer's own sums.
template <class T>
void BatchPass<T>::back(std::size_t layer, parallel::Part part, T* scratch) noexcept {
    const auto [first, last] = part.share(rows(), kRowUnit);
    const Dense<const T>& dense = layers_[layer];
    if (first < last) {
        back_to_activation(layer, first, last, scratch);
    }
    if (dense.normalises()) {
        const auto columns = part.within_process().share(dense.outputs(), kColumnUnit);
        processes_.exchange(part, [&] { gather_rows(dz_[layer]); });
        norms_[layer].sum_back(dense, dz(layer), columns.first, columns.last);
        parallel::meet(part);
        const auto here = part.within_process().share(rows(), kRowUnit);
        norms_[layer].back(dz(layer), here.first, here.last);
        meet_where_rows_change_hands(part);
    }
}

template <class T>
void BatchPass<T>::forward_back(const Targets<T>& targets, parallel::Part part, T* scratch) noexcept {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        forward(i, part, scratch);
    }
    const auto [first, last] = part.share(rows(), kRowUnit);
    if (first < last) {
        output_gradient(targets, first, last);
    }
    for (std::size_t i = layers_.size() - 1; i-- > 0;) {
        back(i, part, scratch);
    }
}

template <class T>
void BatchPass<T>::gather_rows(Matrix<T>& rows_of_all) {
    processes_.gather(rows_of_all.data(), rows_of_all.rows(), kRowUnit, rows_of_all.cols());
}

// Of layers that normalise, every process has all rows already.
template <class T>
void BatchPass<T>::gather_all() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const bool last = i + 1 == layers_.size();
        if (!last && !layers_[i].normalises()) {
            gather_rows(z_[i]);
        }
        if (!layers_[i].normalises()) {
            gather_rows(dz_[i]);
        }
    }
    processes_.gather(losses_.data(), losses_.size(), kRowUnit);
}

template <class T>
void BatchPass<T>::update_running(std::size_t layer, MatrixView<T> mean,
                                  MatrixView<T> variance) const noexcept {
    if (layers_[layer].normalises()) {
        norms_[layer].update_running(mean, variance);
    }
}

template <class T>
double BatchPass<T>::total_loss() const noexcept {
    return dispatch::active<double>().sum(losses_.data(), losses_.size());
}

template std::size_t scratch_size(Layers<const float>, std::size_t, std::size_t);
template std::size_t scratch_size(Layers<const double>, std::size_t, std::size_t);
template float* team_scratch(std::size_t);
template double* team_scratch(std::size_t);
template void forward_rows(Layers<const float>, std::vector<Matrix<float>>&, std::size_t, std::size_t,
                           float*) noexcept;
template void forward_rows(Layers<const double>, std::vector<Matrix<double>>&, std::size_t, std::size_t,
                           double*) noexcept;
template class BatchPass<float>;
template class BatchPass<double>;
template void BatchPass<float>::prepare(Layers<float>, std::size_t, std::size_t);
template void BatchPass<float>::prepare(Layers<const float>, std::size_t, std::size_t);
template void BatchPass<double>::prepare(Layers<double>, std::size_t, std::size_t);
template void BatchPass<double>::prepare(Layers<const double>, std::size_t, std::size_t);

}  // namespace thalweg::nn
