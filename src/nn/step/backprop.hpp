// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Backpropagation of a batch: the two phases, with a gradient at their end or parameters that have moved.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "nn/layers/layers.hpp"
#include "nn/optimize/descending.hpp"
#include "nn/step/batch_input.hpp"
#include "nn/step/parameters.hpp"
#include "nn/step/rows.hpp"
#include "nn/step/step.hpp"

namespace thalweg::nn {

// One batch, in one region with one meeting point.
template <class T>
class Backprop final : TwoPhases {
public:
    enum class Outcome { kDone, kLossNotFinite, kNeedsZeros };

    Backprop(BatchInput<T>& input, BatchPass<T>& pass) : input_(input), pass_(pass) {}

    // Makes ready for the rows of the input, which has been prepared. Allocates only at the first batch.
    // throws   std::bad_alloc
    template <class U>
    void prepare(Layers<U> layers);
    // Draws what dropout leaves out; needed where a layer has dropout, once a batch.
    void draw_masks(Rng& rng) noexcept { pass_.draw_masks(rng); }

    // The gradient at all parameters. kNeedsZeros: the input leaves out zeros, and a weight or a gradient was
    // not finite.
    // throws   std::bad_alloc, CommunicatorError
    Outcome sum(Layers<T> gradient);
    // Parameters move along it, unless the outcome is another than kDone. The update is not finished.
    // throws   std::bad_alloc before anything has changed; CommunicatorError when parameters may have
    Outcome descend(const Descent<T>& descent);

    // Mean of the batch's losses, with the notebook's 1e-7.
    double loss() const noexcept { return loss_; }

private:
    Outcome run();
    void row_phase(parallel::Part part) noexcept override;
    void parameter_phase(parallel::Part part) noexcept override;
    void exchange_rows() override;
    void arrive(parallel::Part part) noexcept;
    bool weights_are_finite(parallel::Part part) const noexcept;
    T* scratch_of(parallel::Part part) const noexcept {
        return scratch_ == nullptr ? nullptr : scratch_ + part.index * scratch_each_;
    }

    BatchInput<T>& input_;
    BatchPass<T>& pass_;
    Layers<T> gradient_;
    const Descent<T>* descent_ = nullptr;
    T* scratch_ = nullptr;
    std::size_t product_scratch_ = 0;  // of a thread's scratch; the block of gradient_block() is behind it
    std::size_t scratch_each_ = 0;
    std::atomic<bool> needs_zeros_ = false;
    double loss_ = 0.0;
};

// The gradient of the mean loss of a batch of numbers, and the loss with the notebook's 1e-7. Allocates
// nothing once pass has seen a batch of this size. rng draws dropout's masks, and must be there where a layer
// has dropout; running statistics are pass.update_running()'s business.
// shape    U: T, or const T  x: [N,inputs], N >= 1  targets: N  gradient: as layers, which fit one another
// range    labels below the last layer's outputs
// throws   std::bad_alloc
template <class T, class U>
double dense_gradient(Layers<U> layers, MatrixView<const T> x, const Targets<T>& targets, Layers<T> gradient,
                      BatchPass<T>& pass, Rng* rng = nullptr);

// A batch of samples, its gradient, and the update. Samples that are mostly zero pixels are taken as pixels,
// wherever weights and gradients are finite.
template <class T>
class BackpropStep final : public Step<T> {
public:
    // All arguments must outlive the step; the optimiser may change between steps. rng: for dropout; may be
    // nullptr where no layer has it. Processes that share the rows out take each step together.
    BackpropStep(const Samples<T>& samples, Loss loss, std::size_t batch_size, Descending<T>& optimizer,
                 Rng* rng = nullptr, const parallel::Processes& processes = {});
    double take(Layers<T> layers, std::span<const std::size_t> rows) override;

private:
    using Outcome = typename Backprop<T>::Outcome;
    Outcome attempt(BatchInput<T>& input, Layers<T> layers);
    Outcome descend_at_once(Backprop<T>& pass, Layers<T> layers);
    Outcome descend_whole(Backprop<T>& pass, Layers<T> layers);

    Descending<T>& optimizer_;
    Rng* rng_;
    bool masks_are_drawn_ = false;
    GatheredInput<T> numbers_;
    std::optional<PixelInput<T>> pixels_;
    BatchPass<T> pass_;
    LayerMatrices<T> gradient_;
    std::vector<Parameter<T>> parameters_;
    double loss_ = 0.0;
};

}  // namespace thalweg::nn
