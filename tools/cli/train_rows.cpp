// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "train_rows.hpp"

#include <algorithm>

#include "cli.hpp"
#include "net_options.hpp"
#include "thalweg/error.hpp"
#include "train_run.hpp"

namespace thalweg::cli {
namespace {

// The features of a part, and its answers where these are numbers of any size.
template <class T>
Samples<T> standardized(const Rows<T>& rows, const Samples<T>& part) {
    if (part.size() == 0 || !rows.answers.has_value()) {
        return part.size() == 0 ? part : rows.scaling->apply(part);
    }
    return {rows.scaling->apply(part.features()), rows.answers->apply(part.targets())};
}

// throws   UsageError for a net and a batch that this machine's memory cannot hold
void check_net_memory(const TrainCommand& command, const std::vector<std::size_t>& sizes) {
    // Parameters, gradient and what the rule remembers; of a batch three matrices a layer.
    double elements = 0.0;
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
        const auto inputs = static_cast<double>(sizes[i]);
        const auto outputs = static_cast<double>(sizes[i + 1]);
        elements += 4.0 * (inputs + 1.0) * outputs + 3.0 * static_cast<double>(command.batch) * outputs;
    }
    check_memory(elements * (command.f64 ? 8.0 : 4.0),
                 "--batch " + std::to_string(command.batch) + " with --layers " +
                     net_word(command, "--layers") + " for " + std::to_string(sizes.back()) + " outputs");
}

// With one class every net is right, and nothing is learned.
template <class T>
void check_classes(const std::string& path, const TrainData<T>& data) {
    if (data.train.has_labels() && data.train.classes() < 2) {
        throw IoError(path + ": expected labels of at least two classes, found one" +
                      (data.classes.empty() ? "" : ": " + in_quotes(data.classes.front())));
    }
}

}  // namespace

template <class T>
Rows<T> load_rows(TrainCommand& command) {
    Rows<T> rows;
    DataOptions options;
    options.targets = command.net.loss != "softmax";
    options.yes_or_no = command.net.loss == "bce";
    options.target = command.net.target;
    options.without = command.net.without;
    check_columns(command.data, options.target, options.without);
    rows.data = load_data<T>(command.data, options);
    if (options.targets && rows.data.train.has_labels()) {
        throw UsageError("--loss: expected softmax for data with labels, found " + command.net.loss +
                         ", which takes numbers");
    }
    check_classes(command.data, rows.data);
    // One label of two billion asks for as many outputs: before anything is as wide.
    check_net_memory(command, sizes_of(command, rows.data.train.inputs(), rows.data.train.outputs()));
    rows.hash = data_hash(rows.data);
    rows.validation = split_validation(rows.data, command.net.validation);
    if (command.net.standardize) {
        rows.scaling.emplace(rows.data.train);
        if (command.net.loss == "mse") {
            rows.answers.emplace(rows.data.train.targets());
        }
        for (Samples<T>* const part : {&rows.data.train, &rows.data.test, &rows.validation}) {
            *part = standardized(rows, *part);
        }
    }
    if (command.net.validation.empty()) {
        rows.validation = rows.data.test;
    }
    if (!command.given.contains("--batch") && command.resume.empty()) {
        command.batch = std::min(command.batch, rows.data.train.size());
    }
    if (command.sampling == Sampling::kShuffle && command.batch > rows.data.train.size()) {
        throw UsageError("--batch: expected at most the " + std::to_string(rows.data.train.size()) +
                         " training rows with --sampling shuffle, found " + std::to_string(command.batch));
    }
    return rows;
}

std::vector<std::size_t> sizes_of(const TrainCommand& command, std::size_t inputs, std::size_t outputs) {
    std::vector<std::size_t> sizes = {inputs};
    sizes.insert(sizes.end(), command.net.layers.begin(), command.net.layers.end());
    sizes.push_back(outputs);
    return sizes;
}

template Rows<float> load_rows(TrainCommand&);
template Rows<double> load_rows(TrainCommand&);

}  // namespace thalweg::cli
