// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The subcommands as main() sees them: each declares its options, then runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "thalweg/samples.hpp"

namespace thalweg::cli {

struct Syntax;

// The options of `thalweg train` that choose another net than the book's, another way of training it, or
// other data; what is empty or 0 was not given, and net_options.hpp says what it is then.
struct NetWords {
    std::vector<std::size_t> layers;  // units of the hidden layers
    std::string activation;
    std::string loss;
    std::string optimizer;
    std::string schedule;
    std::string differences;  // how --gradient numerical computes them
    std::size_t epochs = 0;
    std::string validation;  // so many rows, or a share of all
    std::size_t early_stop = 0;
    double dropout = 0.0;
    bool batch_norm = false;
    double weight_decay = 0.0;
    double clip = 0.0;
    bool standardize = false;
    std::string target;   // a column of a table
    std::string without;  // columns, with commas between them
};

// The options of `thalweg train`; the defaults are the notebook's.
struct TrainCommand {
    // The largest values. Batch and hidden go far above what makes sense; what such numbers would take
    // together is checked against the machine's memory later.
    static constexpr std::uint64_t kMaxIterations = 1'000'000'000;
    static constexpr std::uint64_t kMaxBatch = 1'000'000;
    static constexpr std::uint64_t kMaxHidden = 65'536;

    std::string data;  // empty: the synthetic digits
    std::size_t iters = 10000;
    std::size_t batch = 100;
    std::size_t hidden = 50;
    double lr = 0.1;
    double init_std = 0.01;
    std::uint32_t seed = 1;
    bool f64 = false;
    bool numerical = false;  // gradients by differences
    double h = 0.0;          // 0: not given
    Sampling sampling = Sampling::kReplacement;
    int threads = 0;  // 0: the library's default
    std::size_t eval_every = 600;
    std::string csv;                   // empty: none
    std::string json;                  // empty: none
    std::string save;                  // empty: none
    std::string resume;                // empty: from the beginning
    std::size_t checkpoint_every = 0;  // 0: at the end only
    std::string plots;                 // empty: no pictures
    bool quiet = false;
    NetWords net;                 // what goes beyond the book's net
    std::set<std::string> given;  // names of the options on the command line: the others may come from a file

    // The step of the differences; 1e-4 is the book's.
    double step() const { return h > 0.0 ? h : 1e-4; }
};

// The options of `thalweg gradcheck`.
struct GradcheckCommand {
    TrainCommand run;  // of the net, its data and the differences
    std::size_t entries = 50;
    std::size_t directions = 5;
    double tolerance = 0.0;  // 0: what suits the type
    bool json = false;
};

// The options of `thalweg evaluate`.
struct EvaluateCommand {
    std::string model;
    std::string data;    // empty: the synthetic digits
    std::string target;  // empty: the file's
    bool json = false;
};

// The options of `thalweg predict`.
struct PredictCommand {
    std::string model;
    std::vector<std::string> images;
    bool as_is = false;  // no picture is prepared
    bool json = false;
};

// The options of `thalweg notebook`.
struct NotebookCommand {
    std::string data;     // empty: the synthetic digits
    std::string out;      // empty: no pictures
    std::string section;  // empty: all
};

// The options of `thalweg selftest`.
struct SelftestCommand {
    static constexpr int kMostThreads = 16;  // up to which --threads all goes

    std::string level;         // empty: the active one
    bool every_level = false;  // each that runs here
    int threads = 0;           // 0: the library's default
    bool every_count = false;  // 1 to kMostThreads threads
    std::string rows;          // empty: all, else those whose names begin so
    bool full = false;
    bool json = false;
    bool print_table = false;
};

// The options of `thalweg info`.
struct InfoCommand {
    bool json = false;
};

// What each takes from the command line. Wrong values throw UsageError while it is parsed.
Syntax train_syntax(TrainCommand& command);
Syntax gradcheck_syntax(GradcheckCommand& command);
Syntax evaluate_syntax(EvaluateCommand& command);
Syntax predict_syntax(PredictCommand& command);
Syntax notebook_syntax(NotebookCommand& command);
Syntax selftest_syntax(SelftestCommand& command);
Syntax info_syntax(InfoCommand& command);

// Each returns the exit status; throws UsageError, IoError, ShapeError or SimdError for status 2.
int run_train(const TrainCommand& command);
int run_gradcheck(const GradcheckCommand& command);
int run_evaluate(const EvaluateCommand& command);
int run_predict(const PredictCommand& command);
int run_notebook(const NotebookCommand& command);
int run_selftest(const SelftestCommand& command);
int run_info(const InfoCommand& command);

}  // namespace thalweg::cli
