// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A training step on 8-bit pixels as they lie in a data set, most of them zero and left out. Only the first
// layer differs from a dense step: its sums, and its weights' gradient, which goes straight into the weights
// and is never stored. So this is a step of SGD and of no other optimiser. It gives the very bits of
// gather(), gradient() and update() one after another; see docs/numerics.md for what that rests on.
#pragma once

#include <atomic>

#include "nn/step/pixel_bits.hpp"
#include "nn/step/rows.hpp"
#include "nn/step/step.hpp"
#include "thalweg/optimizer.hpp"

namespace thalweg::nn {

// One step after another. Buffers grow with the first step and stay.
template <class T>
class PixelSgdStep final : TwoPhases {
public:
    // What happened; without kDone no parameter was changed.
    enum class Outcome { kDone, kLossNotFinite, kNeedsZeros };

    // Forward, loss, backward and update on a mini-batch; the layers and the data fit each other. kNeedsZeros
    // where a weight or a gradient is not finite: 0 * Inf is NaN.
    // throws   std::bad_alloc before anything is changed
    Outcome run(Layers<T> layers, const Dataset& data, std::span<const std::size_t> rows, const Sgd& sgd);
    // Of the batch before the update, with the notebook's 1e-7.
    double loss() const noexcept { return loss_; }

private:
    void prepare(Layers<T> layers, const Dataset& data, std::span<const std::size_t> rows, const Sgd& sgd);
    void row_phase(parallel::Part part) noexcept override;
    void parameter_phase(parallel::Part part) noexcept override;
    void sum_first_layer(std::size_t first, std::size_t last) noexcept;
    void descend_first_weights(std::size_t first, std::size_t last) noexcept;

    // Of the batch at hand.
    Layers<T> layers_;
    const Dataset* data_ = nullptr;
    std::span<const std::size_t> rows_;
    T factor_ = 0;
    T* scratch_ = nullptr;
    std::size_t scratch_size_ = 0;
    std::atomic<bool> needs_zeros_ = false;
    double loss_ = 0.0;

    PixelValues<T> values_;
    PixelBatch pixels_;
    BatchPass<T> pass_;
    LayerMatrices<T> gradient_;  // of all parameters but the first layer's W
};

}  // namespace thalweg::nn
