// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Shows how training goes: one line that redraws itself on a terminal, a line an evaluation elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "thalweg/train.hpp"

namespace thalweg::cli {

// "0:07", "12:34", "1:02:03"
std::string duration_text(double seconds);
// "950", "312k", "1.25M"
std::string count_text(double count);

// What an evaluation found, for a line and, shorter, for a bar; empty: nothing.
struct EvaluationTexts {
    std::string line;
    std::string bar;
};

// Of both parts of a data set.
EvaluationTexts accuracy_texts(double train, double test);

class Progress {
public:
    // file: where it is shown, in the way that suits it; nullptr: nowhere. first: updates done before this
    // run. unit: what is trained on, in a line and in a bar
    Progress(std::FILE* file, std::size_t iterations, std::size_t first, const char* unit = "images",
             const char* short_unit = "img");
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    // Leaves the bar as it last was, on a line of its own.
    ~Progress();

    // rows: how many were trained on so far in this run
    void step(const TrainStep& step, std::size_t rows);
    void evaluation(std::size_t iteration, const EvaluationTexts& texts);

private:
    using Clock = std::chrono::steady_clock;
    enum class Style { kNone, kLines, kBar };

    double elapsed() const;
    double rows_per_second() const;
    std::vector<std::string> bar_parts() const;
    std::string bar_line(std::size_t width) const;
    void draw();

    std::FILE* file_;
    Style style_;
    std::size_t iterations_;
    std::size_t first_;
    Clock::time_point begin_;
    Clock::time_point next_draw_;
    std::size_t done_;
    std::size_t rows_ = 0;
    const char* unit_;
    const char* short_unit_;
    double loss_ = 0.0;  // running mean over about the last 100 batches
    std::string found_;  // in a bar
    bool drawn_ = false;
    bool ended_ = false;
};

}  // namespace thalweg::cli
