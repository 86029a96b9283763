// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg train` with a net of any depth, on whatever --data names.
#include "thalweg/train_net.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint.hpp"
#include "cli.hpp"
#include "end_signals.hpp"
#include "net_checkpoint.hpp"
#include "net_options.hpp"
#include "net_results.hpp"
#include "progress.hpp"
#include "terminal.hpp"
#include "thalweg/checkpoint.hpp"
#include "thalweg/error.hpp"
#include "thalweg/metrics.hpp"
#include "train_rows.hpp"
#include "train_run.hpp"

namespace thalweg::cli {
namespace {

std::string iterations_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " iteration" : " iterations");
}

// throws   IoError for a place in an epoch where no run of this data can be
void check_batches(const NetCheckpoint& start, const MiniBatches::State& batches, std::size_t rows) {
    try {
        Rng rng(0);
        MiniBatches(rows, start.saved.batch, start.saved.sampling, rng).restore(batches);
    } catch (const std::invalid_argument& error) {
        throw IoError(start.arrays.path() + ": batches_next, batches_order: " + error.what());
    }
}

template <class T>
void print_header(const TrainCommand& command, const NetResults& results, const Rows<T>& rows,
                  const std::vector<std::size_t>& sizes) {
    std::FILE* const file = told_on(command);
    std::string net;
    for (const std::size_t size : sizes) {
        net += (net.empty() ? "" : "-") + std::to_string(size);
    }
    print_linef(file, "net    %s, %s, %s loss, %s, %s, %d thread%s", net.c_str(),
                command.net.activation.c_str(), command.net.loss.c_str(), command.f64 ? "f64" : "f32",
                results.simd.c_str(), results.threads, results.threads == 1 ? "" : "s");
    std::string parts = std::to_string(rows.data.train.size()) + " training";
    if (!command.net.validation.empty()) {
        parts += ", " + std::to_string(rows.validation.size()) + " validation";
    }
    if (rows.data.test.size() > 0) {
        parts += ", " + std::to_string(rows.data.test.size()) + " test";
    }
    print_linef(file, "data   %s rows%s%s", parts.c_str(),
                command.data.empty() ? ", synthetic digits (--data: your own)" : " from ",
                command.data.c_str());
    const std::string length = command.iters > 0
                                   ? iterations_text(command.iters)
                                   : std::to_string(command.net.epochs) +
                                         (command.net.epochs == 1 ? " epoch of " : " epochs of ") +
                                         iterations_text(results.per_epoch);
    print_linef(file, "train  %s, batch %zu %s, %s, learning rate %s, seed %u", length.c_str(), command.batch,
                command.sampling == Sampling::kShuffle ? "shuffled" : "with replacement",
                command.net.optimizer.c_str(), number_text(command.lr).c_str(),
                static_cast<unsigned>(command.seed));
    if (command.numerical) {
        print_linef(file, "       every gradient by central differences, h %s",
                    number_text(command.step()).c_str());
    }
    std::fflush(file);
}

void print_start(const TrainCommand& command, const NetCheckpoint& start, std::size_t wanted) {
    std::FILE* const file = told_on(command);
    print_linef(file, "resume %s after iteration %zu%s", command.resume.c_str(), start.iteration,
                start.iteration >= wanted ? ": nothing left to train" : "");
    print_rate(command, start.saved.lr);
    std::fflush(file);
}

void print_summary(const NetResults& results) {
    const TrainCommand& command = results.command;
    std::FILE* const file = told_on(command);
    if (results.result.stop == TrainStop::kCallback) {
        print_end(command, results.result.iterations, results.wanted, results.save_error);
    } else if (results.result.stop == TrainStop::kEarly) {
        print_linef(file, "ended early after iteration %zu of %zu", results.result.iterations,
                    results.wanted);
    }
    if (results.result.best_iteration > 0) {
        print_linef(file, "best   after iteration %zu: the net has its parameters",
                    results.result.best_iteration);
    }
    const std::string speed = results.result.iterations == results.first
                                  ? ""
                                  : ", " + fixed_text(results.result.seconds, 2) + " s, " +
                                        count_text(results.rows_per_second) + " rows/s";
    print_linef(file, "%s %s%s", results.final_part, metrics_text(results, results.final).c_str(),
                speed.c_str());
    std::fflush(file);
}

// The file's members beyond the library's: options, and how to read what is predicted.
template <class T>
std::vector<NpzMember> members_of(const TrainCommand& command, const Rows<T>& rows) {
    std::vector<NpzMember> members = run_members(command, rows.hash);
    if (rows.scaling.has_value()) {
        members.push_back({"feature_mean", rows.scaling->mean});
        members.push_back({"feature_deviation", rows.scaling->deviation});
    }
    if (rows.answers.has_value()) {
        members.push_back({"target_mean", rows.answers->mean});
        members.push_back({"target_deviation", rows.answers->deviation});
    }
    if (!rows.data.features.empty()) {
        members.push_back({"features", lines_array(command.data + ": features", rows.data.features)});
    }
    if (!rows.data.classes.empty()) {
        members.push_back({"classes", lines_array(command.data + ": classes", rows.data.classes)});
    }
    return members;
}

template <class T>
NetTrainCallbacks<T> callbacks_of(NetResults& results, Progress& progress) {
    NetTrainCallbacks<T> callbacks;
    const TrainCommand& command = results.command;
    const bool keep_losses = !command.csv.empty() || !command.json.empty();
    callbacks.on_step = [&results, &progress, keep_losses](const TrainStep& step) {
        if (keep_losses) {
            results.losses.push_back(step.loss);
        }
        progress.step(step, results.rows_until(step.iteration));
        return end_signal() == 0;
    };
    callbacks.on_evaluation = [&results, &progress](const NetEvaluation& evaluation) {
        progress.evaluation(evaluation.iteration, evaluation_texts(results, evaluation));
        return end_signal() == 0;
    };
    return callbacks;
}

// What there is to say at the end is said of: the test part, the validation part, the training part.
template <class T>
void measure(const Net<T>& net, const Rows<T>& rows, NetResults& results) {
    const bool tested = rows.data.test.size() > 0;
    const bool watched = rows.validation.size() > 0;
    results.final_part = tested ? "test" : watched ? "validation" : "train";
    results.final = evaluate(net, tested ? rows.data.test : watched ? rows.validation : rows.data.train);
}

template <class T>
void train_rows(TrainCommand& command, const std::optional<NetCheckpoint>& start, NetResults& results) {
    const Rows<T> rows = load_rows<T>(command);
    const std::vector<std::size_t> sizes =
        sizes_of(command, rows.data.train.inputs(), rows.data.train.outputs());
    // Before hours of training: a file that cannot have these names.
    const std::vector<NpzMember> more =
        command.save.empty() ? std::vector<NpzMember>() : members_of(command, rows);
    const NetTrainOptions options = net_train_options(command);
    results.count(rows.data.train.size(), options);
    results.has_watched = rows.validation.size() > 0;
    Rng rng(command.seed);
    Net<T> net(sizes, net_options(command), rng);
    NetTrainState<T> state;
    if (start.has_value()) {
        check_origin(start->arrays, rows.hash);
        load_state(start->arrays, net, state);
        check_batches(*start, state.batches, rows.data.train.size());
    }
    if (!command.quiet) {
        print_header(command, results, rows, sizes);
        if (start.has_value()) {
            print_start(command, *start, results.wanted);
        }
    }
    {
        Progress progress(command.quiet || results.first >= results.wanted ? nullptr : told_on(command),
                          results.wanted, results.first, "rows", "rows");
        NetTrainCallbacks<T> callbacks = callbacks_of<T>(results, progress);
        if (!command.save.empty()) {
            callbacks.on_checkpoint = [&](const NetTrainState<T>& reached) {
                return try_to_save([&] { save_state(command.save, net, reached, more); }, results.save_error);
            };
        }
        results.result =
            start.has_value()
                ? resume_training(net, rows.data.train, rows.validation, options, state, callbacks)
                : train(net, rows.data.train, rows.validation, options, rng, callbacks);
    }
    measure(net, rows, results);
    results.rows_per_second = static_cast<double>(results.rows_until(results.result.iterations)) /
                              std::max(results.result.seconds, 1e-9);
}

std::optional<NetCheckpoint> open_start(const TrainCommand& asked) {
    return asked.resume.empty() ? std::nullopt : std::optional<NetCheckpoint>(load_npz(asked.resume));
}

}  // namespace

int run_train_net(const TrainCommand& asked) {
    const std::optional<NetCheckpoint> start = open_start(asked);
    TrainCommand command = start.has_value() ? start->complete(asked) : with_defaults(asked);
    NetResults results(command, start.has_value() ? start->iteration : 0);
    output_for("--save", command.save);
    const std::optional<OutputFile> csv = output_for("--csv", command.csv);
    const std::optional<OutputFile> json = output_for("--json", command.json);
    results.watched = command.net.validation.empty() ? "test" : "validation";
    const std::string before = csv_to_continue(command, csv_header(results), results.first);
    if (command.f64) {
        train_rows<double>(command, start, results);
    } else {
        train_rows<float>(command, start, results);
    }
    const bool csv_written = write_output(csv, [&](std::FILE* file) { write_csv(results, before, file); });
    const bool json_written = write_output(json, [&](std::FILE* file) { write_json(results, file); });
    if (!command.quiet) {
        print_summary(results);
    }
    return exit_status({csv_written && json_written, results.result.stop == TrainStop::kLossNotFinite,
                        results.result.iterations, results.result.last_loss, results.save_error});
}

}  // namespace thalweg::cli
