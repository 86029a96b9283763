// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a net of any depth is trained on, and the sizes that it has for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "commands.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/scaling.hpp"
#include "train_data.hpp"

namespace thalweg::cli {

// All that a run trains on and watches.
template <class T>
struct Rows {
    TrainData<T> data;
    Samples<T> validation;  // what --validation keeps, else the test part
    std::uint64_t hash = 0;
    std::optional<Scaling<T>> scaling;
    std::optional<Scaling<T>> answers;  // likewise of numbers to predict
};

// Of a command that has gone through with_defaults(); a batch that it does not give becomes no larger than
// the training part.
// throws   IoError with path, line and column; UsageError for what this net cannot be trained on, or this
//          machine's memory cannot hold
template <class T>
Rows<T> load_rows(TrainCommand& command);

// Inputs, hidden layers, outputs.
std::vector<std::size_t> sizes_of(const TrainCommand& command, std::size_t inputs, std::size_t outputs);

}  // namespace thalweg::cli
