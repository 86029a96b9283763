// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net on 8-bit pixels as they lie in a data set, leaving out those that are zero: one training
// step in one parallel region, and the evaluation of a whole data set. Both give the very bits of gather(),
// gradient(), update() and predict() one after another; see docs/numerics.md for what that rests on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/train.hpp"

namespace thalweg::nn {

// Whether leaving out zeros pays: most pixels of the data set are zero.
bool mostly_zero(const Dataset& data);

// Whether it is allowed: 0 * Inf is NaN, so the weights that zeros would meet must be finite.
template <class T>
bool zeros_may_be_left_out(const TwoLayerNet<T>& net);

// One step of training after another. Buffers grow with the first step and stay.
template <class T>
class PixelStep {
public:
    // What happened; without kDone nothing of the net was changed.
    enum class Outcome { kDone, kLossNotFinite, kNeedsZeros };

    // Forward, loss, backward and update on a mini-batch; the net and the data fit each other, and
    // zeros_may_be_left_out(net).
    // throws   std::bad_alloc before anything is changed
    Outcome run(TwoLayerNet<T>& net, const Dataset& data, std::span<const std::size_t> rows, const Sgd& sgd);
    // Of the batch before the update, with the notebook's 1e-7.
    double loss() const noexcept { return loss_; }

private:
    void fit(const TwoLayerParams<T>& params, const Dataset& data, std::size_t batch);
    // One part's rows, from pixels to dz1.
    void forward_backward(const TwoLayerParams<T>& params, const Dataset& data,
                          std::span<const std::size_t> rows, std::size_t first, std::size_t last);
    void gather(const Dataset& data, std::span<const std::size_t> rows, std::size_t first, std::size_t last);
    void losses_of(std::size_t first, std::size_t last);
    void output_gradient(const TwoLayerParams<T>& params, std::size_t first, std::size_t last);
    // One part's share of the parameters.
    void descend_pixels(TwoLayerParams<T>& params, T factor, std::size_t first, std::size_t last);
    void descend_hidden(TwoLayerParams<T>& params, T factor, std::size_t first, std::size_t last);

    std::size_t batch_ = 0;
    std::size_t image_words_ = 0;  // 64 pixels a word
    std::size_t batch_words_ = 0;
    std::size_t image_bytes_ = 0;  // a row of bytes_: image_words_ * 64
    std::vector<T> values_;        // of the 256 pixels
    std::vector<std::uint8_t> bytes_;
    std::vector<std::uint64_t> row_bits_;    // a row each: which pixels are not zero
    std::vector<std::uint64_t> pixel_bits_;  // a pixel each: in which rows it is not zero
    std::vector<int> labels_;
    std::vector<double> losses_;
    std::vector<T> picked_;
    Matrix<T> z1_;
    Matrix<T> y_;
    Matrix<T> dy_;
    Matrix<T> dz1_;  // rows padded to whole cache lines
    Matrix<T> w2_transposed_;
    TwoLayerParams<T> grads_;  // W1 stays empty: its gradient goes straight into the weights
    double loss_ = 0.0;
};

// How many images of the data set the net gets right.
// throws   std::bad_alloc
template <class T>
std::size_t count_right(const TwoLayerNet<T>& net, const Dataset& data);

}  // namespace thalweg::nn
