// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Backpropagation of a batch of numbers.
#pragma once

#include "nn/step/rows.hpp"
#include "nn/step/step.hpp"
#include "thalweg/train.hpp"

namespace thalweg::nn {

// The gradient of the mean cross-entropy of a batch, and the loss with the notebook's 1e-7. Allocates nothing
// once pass has seen a batch of this size. rng draws dropout's masks, and must be there where a layer has
// dropout; running statistics are pass.update_running()'s business.
// shape    U: T, or const T  x: [N,inputs], N >= 1  targets: N  gradient: as layers, which fit one another
// range    labels below the last layer's outputs
// throws   std::bad_alloc
template <class T, class U>
double dense_gradient(Layers<U> layers, MatrixView<const T> x, const Targets<T>& targets, Layers<T> gradient,
                      BatchPass<T>& pass, Rng* rng = nullptr);

// A batch of images as numbers, in memory for the largest one.
template <class T>
class DenseBatch {
public:
    // throws   std::bad_alloc
    void gather(const Dataset& data, std::span<const std::size_t> rows, std::size_t batch_size);

    MatrixView<const T> x() const noexcept { return {x_.data(), rows_, x_.cols()}; }
    Labels labels() const noexcept { return Labels(labels_).first(rows_); }

private:
    Matrix<T> x_;
    std::vector<int> labels_;
    std::size_t rows_ = 0;
};

// gather(), gradient and SGD, one after another. The options may change between steps.
template <class T>
class DenseStep final : public Step<T> {
public:
    DenseStep(const Dataset& data, const TrainOptions& options) : data_(data), options_(options) {}
    double take(Layers<T> layers, std::span<const std::size_t> rows) override;

private:
    const Dataset& data_;
    const TrainOptions& options_;
    DenseBatch<T> batch_;
    LayerMatrices<T> gradient_;
    BatchPass<T> pass_;
};

}  // namespace thalweg::nn
