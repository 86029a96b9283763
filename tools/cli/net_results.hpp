// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a run with a net of any depth leaves behind, in words, as JSON and as CSV.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "commands.hpp"
#include "progress.hpp"
#include "results.hpp"
#include "thalweg/metrics.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg::cli {

struct NetResults : RunResults {
    using RunResults::RunResults;

    // Of so many rows and these options: how long the run is.
    void count(std::size_t rows, const NetTrainOptions& options);
    // Rows trained on from the beginning of this run up to an update: the last batch of an epoch may be
    // short.
    std::size_t rows_until(std::size_t iteration) const;

    std::size_t rows = 0;
    std::size_t per_epoch = 0;  // updates
    std::size_t wanted = 0;     // updates from the very beginning
    NetTrainResult result;
    bool has_watched = false;
    const char* watched = "test";  // the part that evaluations are of, "validation" or "test"
    const char* final_part = "";   // the part that the last measurement is of
    Metrics final;
    double rows_per_second = 0.0;
};

// "accuracy 0.9822, loss 0.0634"; of numbers to predict R2 takes the place of the accuracy.
std::string metrics_text(const NetResults& results, const Metrics& metrics);
// The same of an evaluation, for a line and for a bar.
EvaluationTexts evaluation_texts(const NetResults& results, const NetEvaluation& evaluation);

// One row an iteration; what was evaluated behind it.
std::string csv_header(const NetResults& results);
void write_csv(const NetResults& results, const std::string& before, std::FILE* file);
// One object, one line a key. Numbers that are not finite become null.
void write_json(const NetResults& results, std::FILE* file);

}  // namespace thalweg::cli
