// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which rows make the next mini-batch.
#include "thalweg/minibatches.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

#include "thalweg/error.hpp"

namespace thalweg {

MiniBatches::MiniBatches(std::size_t data_size, std::size_t batch_size, Sampling sampling, Rng& rng)
    : data_size_(data_size), batch_size_(batch_size), sampling_(sampling), rng_(&rng) {
    if (data_size == 0) {
        throw ShapeError("MiniBatches: data_size must be at least 1, found 0");
    }
    if (batch_size == 0) {
        throw ShapeError("MiniBatches: batch_size must be at least 1, found 0");
    }
    const bool shuffled = sampling == Sampling::kShuffle;
    if (!shuffled && sampling != Sampling::kReplacement) {
        throw std::invalid_argument("MiniBatches: sampling must be one of the enumerators, found " +
                                    std::to_string(static_cast<int>(sampling)));
    }
    if (batch_size > rows_.max_size()) {
        throw ShapeError("MiniBatches: batch_size must be at most " + std::to_string(rows_.max_size()) +
                         ", found " + std::to_string(batch_size));
    }
    if (shuffled && batch_size > data_size) {
        throw ShapeError("MiniBatches: a shuffled batch must be at most data_size = " +
                         std::to_string(data_size) + ", found " + std::to_string(batch_size));
    }
    rows_.resize(shuffled ? data_size : batch_size);
}

std::span<const std::size_t> MiniBatches::next() {
    if (sampling_ == Sampling::kReplacement) {
        rng_->choice(data_size_, rows_);
        return rows_;
    }
    if (next_ == 0) {
        // From 0, 1, 2, ... and not from the last epoch's order: that is what np.random.permutation does.
        std::iota(rows_.begin(), rows_.end(), std::size_t{0});
        rng_->shuffle(rows_);
    }
    const std::size_t first = next_;
    const std::size_t count = std::min(batch_size_, data_size_ - first);
    next_ = first + count == data_size_ ? 0 : first + count;
    return std::span<const std::size_t>(rows_).subspan(first, count);
}

MiniBatches::State MiniBatches::state() const {
    return next_ == 0 ? State{} : State{next_, rows_};
}

void MiniBatches::restore(const State& state) {
    const bool fresh = state.next == 0;
    if (!fresh &&
        (sampling_ == Sampling::kReplacement || state.next >= data_size_ || state.next % batch_size_ != 0)) {
        throw ShapeError("MiniBatches::restore: next must be " +
                         (sampling_ == Sampling::kReplacement
                              ? std::string("0 with replacement")
                              : "a multiple of batch_size = " + std::to_string(batch_size_) +
                                    " below data_size = " + std::to_string(data_size_)) +
                         ", found " + std::to_string(state.next));
    }
    const std::size_t expected = fresh ? 0 : data_size_;
    if (state.order.size() != expected) {
        throw ShapeError("MiniBatches::restore: order must have " + std::to_string(expected) +
                         " rows, found " + std::to_string(state.order.size()));
    }
    std::vector<bool> seen(expected);
    for (const std::size_t row : state.order) {
        if (row >= expected || seen[row]) {
            throw ShapeError("MiniBatches::restore: order must hold each row below " +
                             std::to_string(expected) + " once, found " + std::to_string(row) +
                             (row < expected ? " twice" : ""));
        }
        seen[row] = true;
    }
    if (!fresh) {
        rows_ = state.order;
    }
    next_ = state.next;
}

}  // namespace thalweg
