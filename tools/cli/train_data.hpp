// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What --data names, whatever it is: the synthetic digits, MNIST's directory, folders of images, a table, an
// .npz.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"
#include "thalweg/images.hpp"
#include "thalweg/samples.hpp"
#include "thalweg/scaling.hpp"
#include "thalweg/tables.hpp"

namespace thalweg::cli {

// Whether --data names what the book's net is trained on: MNIST, or nothing.
bool is_mnist(const std::string& data);

// Which synthetic digits are used without --data: the same in every run, so that --seed varies the net alone.
inline constexpr std::uint32_t kDigitsSeed = 1;

// Cells stand between commas, semicolons or tabs.
inline constexpr CsvOptions kTableFormat = {.separator = '\0'};

// MNIST's digits, or without a name the synthetic ones.
// throws   IoError for a path that leads to nothing to train on
TrainTest load_digits(const std::string& data);

// How to read a table; of folders of images the classes.
struct DataOptions {
    bool targets = false;               // numbers to predict, and no labels
    bool yes_or_no = false;             // of these: from 0 to 1
    std::string target;                 // their column; empty: the last
    std::string without;                // columns that are no features, with commas between them
    std::vector<std::string> features;  // columns; empty: all others
    std::vector<std::string> classes;   // in the order of the labels; empty: as they are found
};

template <class T>
struct TrainData {
    Samples<T> train;
    Samples<T> test;                    // empty where there is none
    std::vector<std::string> features;  // a table's columns
    std::vector<std::string> classes;   // folders' names or a table's words; empty where labels are numbers
    bool sorted = false;                // rows may come class after class
};

// The column that a word chooses: a number, or a name; the last for no word.
Column column_of(const std::string& word);

// throws   UsageError where an option names columns, and the data is no table
void check_columns(const std::string& data, const std::string& target, const std::string& without);

// throws   IoError with path, line and column; UsageError for what cannot be trained on
template <class T>
TrainData<T> load_data(const std::string& data, const DataOptions& options);

// Takes rows off the training part: "5000" or "0.1". Where rows are sorted they are shuffled first, always in
// the same way.
// throws   UsageError where too few are left
template <class T>
Samples<T> split_validation(TrainData<T>& data, const std::string& words);

// Stands for sizes, features, labels and targets. It finds another data set, not a forged one.
template <class T>
std::uint64_t data_hash(const TrainData<T>& data);

}  // namespace thalweg::cli
