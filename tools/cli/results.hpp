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

struct Results {
    explicit Results(const TrainCommand& run) : command(run) {}

    const TrainCommand& command;
    std::string simd;            // the level that computed
    int threads = 0;             // and with how many
    std::vector<double> losses;  // one an iteration of this run; kept only when a file wants them
    TrainResult result;
    std::size_t first = 0;  // updates done before this run
    double final_train = 0.0;
    double final_test = 0.0;
    double images_per_second = 0.0;
    std::string save_error;  // empty: none
    figures::Review review;  // for the pictures; empty when there are none
};

// All of the text, or the stream has an error.
void put(std::FILE* file, const std::string& text);

// One object, one line a key. Numbers that are not finite become null.
void write_json(const Results& results, std::FILE* file);

// The header iteration,loss,train_accuracy,test_accuracy, then one row an iteration; accuracies are empty
// where none were evaluated.
std::string csv_header();
// before: the header, or a table to continue.
void write_csv(const Results& results, const std::string& before, std::FILE* file);

}  // namespace thalweg::cli
