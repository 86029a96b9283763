// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One update of a net's parameters.
//
// Step is what the training loop asks for, whatever the gradient comes from. Backpropagation, of dense rows
// and of pixels alike, is TwoPhases: everything from a row of the batch through all layers and back to the
// gradient at each layer's sums concerns that row alone; after one meeting point, each thread sums over all
// rows into parameters that it alone owns. That holds for any depth. Batch normalisation looks at all rows on
// the way: within the first phase its layers meet, and each thread sums down the columns that it alone owns.
// Other processes are further threads whose memory is elsewhere: at the meeting points they exchange the rows
// that each has, and at the end the parameters.
// Differences bring regions of their own, so they are a Step without being TwoPhases.
//
//   file                what is in it
//   batch_input.hpp     a batch's rows as the first layer sees them: numbers, or pixels that are mostly zero
//   rows.hpp            the first phase: rows through the layers and back
//   parameters.hpp      the second: sums over the rows, and parameters that go along them
//   backprop.hpp        both, as a gradient and as a step of training
//   difference_step.hpp central differences instead of backpropagation
#pragma once

#include <cstddef>
#include <span>

#include "nn/layers/layers.hpp"
#include "parallel/processes.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {

template <class T>
class Step {
public:
    Step() = default;
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;
    virtual ~Step() = default;

    // One update with these rows of the training data. Returns the loss of the batch before it, with the
    // notebook's 1e-7; when that is not finite, no parameter has changed. Only the first call allocates.
    // throws   std::bad_alloc; whatever the gradient throws; no parameter has changed then
    virtual double take(Layers<T> layers, std::span<const std::size_t> rows) = 0;
};

class TwoPhases {
public:
    // Rows of the batch, from the input to the gradient at each layer's sums. All parts take part in its
    // meetings, those without rows as well.
    virtual void row_phase(parallel::Part part) noexcept = 0;
    // Parameters, once all rows are done.
    virtual void parameter_phase(parallel::Part part) noexcept = 0;

    // What each process knows of its rows, for the others.
    // throws   CommunicatorError
    virtual void exchange_rows() = 0;

    // Both, in one region.
    // throws   CommunicatorError; no parameter has changed then
    void run(std::size_t team, parallel::Processes& processes) {
        parallel::run(team, [&](parallel::Part own) {
            const parallel::Part part = processes.among(own);
            row_phase(part);
            processes.exchange(part, [this] { exchange_rows(); });
            if (!processes.failed()) {
                parameter_phase(part);
            }
        });
        processes.rethrow();
    }

protected:
    ~TwoPhases() = default;
};

}  // namespace thalweg::nn
