// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a training run leaves behind, and its two file forms.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "commands.hpp"
#include "figures/review.hpp"
#include "thalweg/train.hpp"

namespace thalweg::cli {

// Of a run with whatever net.
struct RunResults {
    // Sets the threads that the command asks for. done: updates before this run
    RunResults(const TrainCommand& run, std::size_t done);

    const TrainCommand& command;
    std::string simd;            // the level that computes
    int threads = 0;             // and with how many
    std::size_t first = 0;       // updates done before this run
    std::vector<double> losses;  // one an iteration of this run; kept only when a file wants them
    std::string save_error;      // empty: none
};

struct Results : RunResults {
    using RunResults::RunResults;

    TrainResult result;
    double final_train = 0.0;
    double final_test = 0.0;
    double images_per_second = 0.0;
    figures::Review review;  // for the pictures; empty when there are none
};

// All of the text, or the stream has an error.
void put(std::FILE* file, const std::string& text);

// One object, one line a key. Numbers that are not finite become null.
// Begins an object with the options, the updates made and the loss of each.
void begin_json(const RunResults& results, const std::string& options, std::size_t iterations,
                std::FILE* file);
void write_json(const Results& results, std::FILE* file);

// The header iteration,loss,train_accuracy,test_accuracy, then one row an iteration; accuracies are empty
// where none were evaluated.
std::string csv_header();
// before: the header, or a table to continue.
void write_csv(const Results& results, const std::string& before, std::FILE* file);

}  // namespace thalweg::cli
