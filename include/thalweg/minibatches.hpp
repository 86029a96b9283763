// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which rows of a data set make up a mini-batch.
//
// Common to all:
// source   Deep Learning from Scratch 4.2.3: np.random.choice
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/random.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// How mini-batches are drawn.
enum class Sampling {
    kReplacement,  ///< the notebook's np.random.choice: every draw from all of the data
    kShuffle,      ///< a new np.random.permutation each epoch, whose last batch may be shorter
};

/// The row numbers of one mini-batch after another, drawn from a generator that it keeps a reference to.
class MiniBatches {
public:
    /// Draws batches of batch_size rows out of data_size.
    /// throws   ShapeError when data_size or batch_size is 0, or shuffled batches are larger than the data
    MiniBatches(std::size_t data_size, std::size_t batch_size, Sampling sampling, Rng& rng);

    /// Copies keep a reference to the same generator.
    MiniBatches(const MiniBatches&) = default;
    MiniBatches(MiniBatches&&) = default;
    MiniBatches& operator=(const MiniBatches&) = default;
    MiniBatches& operator=(MiniBatches&&) = default;
    ~MiniBatches() = default;

    /// Draws the next batch, without allocating; the span is valid until the next call.
    /// shape    batch_size() row numbers below data_size; fewer at the end of an epoch
    /// throws   std::invalid_argument when data_size is above 2^32
    std::span<const std::size_t> next();

    /// Returns the number of rows in a full batch.
    std::size_t batch_size() const noexcept { return batch_size_; }

    /// Everything that the next batches depend on, apart from the generator's state.
    struct State {
        std::size_t next = 0;            ///< kShuffle: rows of the epoch already drawn; 0 between two epochs
        std::vector<std::size_t> order;  ///< kShuffle: the epoch's permutation; empty while next is 0

        /// Compares place and order.
        friend bool operator==(const State&, const State&) = default;
    };
    /// Returns the state; restore() of it, with the generator's of the same moment, continues with the same
    /// rows.
    State state() const;
    /// Continues from a saved state; the generator is restored separately.
    /// throws   ShapeError unless next is the start of a batch and order a permutation of all rows (0 and
    ///          empty with replacement and between epochs); the object keeps its state then
    void restore(const State& state);

private:
    std::size_t data_size_;
    std::size_t batch_size_;
    Sampling sampling_;
    Rng* rng_;
    std::vector<std::size_t> rows_;  // the batch, or the epoch's permutation
    std::size_t next_ = 0;           // kShuffle: where in the permutation the next batch starts
};

}  // namespace thalweg
THALWEG_END_PUBLIC
