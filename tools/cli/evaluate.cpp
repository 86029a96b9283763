// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg evaluate`: how good a net from a file is on labelled data.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "model_file.hpp"
#include "net_results.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "thalweg/error.hpp"
#include "thalweg/metrics.hpp"
#include "train_data.hpp"

namespace thalweg::cli {
namespace {

constexpr const char* kEvaluateFooter =
    "FILE.npz is what thalweg train --save or the library's save_net writes. Of data with a test part, that\n"
    "part is taken, else all rows. Without --data it is the data that the net was trained on. Of at most 20\n"
    "classes a table shows how often each was taken for each: rows are what is right, columns the answers.\n"
    "\n"
    "Examples:\n"
    "  thalweg evaluate --model net.npz --data mnist\n"
    "  thalweg evaluate --model net.npz --data flowers.csv --target kind\n"
    "\n"
    "Exit status: 0 done; 2 wrong option or input.";

constexpr std::size_t kMostShown = 20;

struct Evaluation {
    std::string net;
    std::string part;
    std::size_t rows = 0;
    Metrics found;
    bool classes = true;       // a share of right answers, not R2
    Matrix<double> confusion;  // empty: none
    std::vector<std::string> names;
};

template <class T>
Evaluation evaluate_file(const Npz& file, const EvaluateCommand& command, const std::string& path) {
    const Model<T> model(file);
    const NetOptions& options = model.net.options();
    DataOptions how;
    how.targets = options.loss != Loss::kSoftmaxCrossEntropy;
    how.yes_or_no = options.loss == Loss::kBinaryCrossEntropy;
    how.target = command.target.empty() ? model.target : command.target;
    how.features = model.features;
    how.classes = model.classes;
    check_columns(path, command.target, "");
    TrainData<T> data = load_data<T>(path, how);
    // What the command trained on words has their names.
    for (std::size_t k = 0; model.classes.empty() && k < data.classes.size(); ++k) {
        if (file.find("train_data") != nullptr && data.classes[k] != std::to_string(k)) {
            throw IoError(path + ": expected labels 0, 1, ... as the net was trained on, found " +
                          in_quotes(data.classes[k]));
        }
    }
    Evaluation result;
    result.part = data.test.size() > 0 ? "test" : "all";
    Samples<T> rows = data.test.size() > 0 ? data.test : data.train;
    if (rows.inputs() != model.net.input_size()) {
        throw IoError((path.empty() ? "--data" : path) + ": expected rows of " +
                      std::to_string(model.net.input_size()) + " numbers, the inputs of the net in " +
                      in_quotes(command.model) + ", found " + std::to_string(rows.inputs()));
    }
    rows = model.standardized(rows);
    result.rows = rows.size();
    result.found = thalweg::evaluate(model.net, rows);
    if (std::isnan(result.found.loss)) {
        throw IoError((path.empty() ? "--data" : path) + ": expected a number as loss of the net in " +
                      in_quotes(command.model) + ", found nan");
    }
    result.classes = options.loss != Loss::kMeanSquaredError;
    if (rows.has_labels() && model.net.output_size() <= kMostShown) {
        result.confusion = confusion_matrix(model.net, rows);
        result.names = data.classes;
    }
    result.net = std::to_string(model.net.input_size());
    for (const auto& layer : model.net.layers()) {
        result.net += "-" + std::to_string(layer.W.cols());
    }
    result.net +=
        ", " + std::string(name(options.activation)) + ", " + std::string(name(options.loss)) + " loss";
    return result;
}

// A row a right answer, a column a found one: by the classes' names where a line has room for them, or else
// by number, and the number behind the name of a row.
void print_confusion(const Evaluation& found) {
    constexpr std::size_t kLongest = 12;
    const std::size_t classes = found.confusion.rows();
    const std::size_t digits = std::to_string(found.rows).size();
    std::vector<std::string> names;
    std::size_t longest = std::string_view("right").size();
    std::size_t beside = 0;
    for (std::size_t i = 0; i < classes; ++i) {
        names.push_back(i < found.names.size() ? shortened(escaped(found.names[i]), kLongest)
                                               : std::to_string(i));
        longest = std::max(longest, columns(names.back()));
        beside += 2 + std::max(columns(names.back()), digits);
    }
    std::vector<std::string> heads = names;
    if (!found.names.empty() && longest + beside > line_width(stdout)) {
        longest += 3;
        for (std::size_t i = 0; i < classes; ++i) {
            heads[i] = std::to_string(i);
            names[i] += " " + right(heads[i], 2);
        }
    }
    const auto cell = [&](std::size_t j, const std::string& text) {
        return right(text, 2 + std::max(columns(heads[j]), digits));
    };
    std::string head = right("right", longest);
    for (std::size_t j = 0; j < classes; ++j) {
        head += cell(j, heads[j]);
    }
    std::printf("%s\n", head.c_str());
    for (std::size_t i = 0; i < classes; ++i) {
        std::string line = right(names[i], longest);
        for (std::size_t j = 0; j < classes; ++j) {
            line += cell(j, fixed_text(found.confusion(i, j), 0));
        }
        std::printf("%s\n", line.c_str());
    }
}

void print_text(const EvaluateCommand& command, const Evaluation& found, const std::string& path) {
    print_linef(stdout, "net    %s, from %s", found.net.c_str(), command.model.c_str());
    print_linef(stdout, "data   %zu rows%s%s, %s", found.rows,
                path.empty() ? " of synthetic digits" : " from ", path.c_str(),
                found.part == "test" ? "the test part" : "all there are");
    print_linef(stdout, "%s %s, loss %s", found.classes ? "accuracy" : "R2",
                fixed_text(found.found.score, 4).c_str(), fixed_text(found.found.loss, 4).c_str());
    if (found.confusion.rows() > 0) {
        print_confusion(found);
    }
}

void print_json(const EvaluateCommand& command, const Evaluation& found, const std::string& path) {
    Json confusion = Json::array();
    for (std::size_t i = 0; i < found.confusion.rows(); ++i) {
        Json row = Json::array();
        for (std::size_t j = 0; j < found.confusion.cols(); ++j) {
            row.push_back(static_cast<std::size_t>(found.confusion(i, j)));
        }
        confusion.push_back(row);
    }
    const Json result = {{"model", command.model},   {"data", path.empty() ? "synthetic" : path},
                         {"part", found.part},       {"rows", found.rows},
                         {"loss", found.found.loss}, {found.classes ? "accuracy" : "r2", found.found.score},
                         {"confusion", confusion}};
    std::printf("%s\n", result.indented().c_str());
}

}  // namespace

Syntax evaluate_syntax(EvaluateCommand& command) {
    return {"evaluate",
            "measure a net from a file on labelled data",
            kEvaluateFooter,
            {
                text_option("--model", "FILE.npz", "the net", "a file name", command.model),
                data_option(command.data),
                text_option("--target", "COLUMN",
                            "of a table: name or number of the answers (default: the net's)", "a column",
                            command.target),
                flag("--json", "print JSON instead of text", command.json),
            }};
}

int run_evaluate(const EvaluateCommand& command) {
    if (command.model.empty()) {
        throw UsageError("--model: expected the .npz file of a net, found none");
    }
    const Npz file = load_npz(command.model);
    const bool saved = command.data.empty() && file.find("train_data") != nullptr;
    const std::string path = saved ? file.as<std::string>("train_data") : command.data;
    const Evaluation found = is_float(file) ? evaluate_file<float>(file, command, path)
                                            : evaluate_file<double>(file, command, path);
    if (command.json) {
        print_json(command, found, path);
    } else {
        print_text(command, found, path);
    }
    return kDone;
}

}  // namespace thalweg::cli
