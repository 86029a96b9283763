// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg train`: outputs are checked, data is loaded, the net is trained with its progress shown, results
// are written. Options: train_options.cpp.
#include "thalweg/train.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

#include "checkpoint.hpp"
#include "cli.hpp"
#include "commands.hpp"
#include "end_signals.hpp"
#include "figures/review.hpp"
#include "net_checkpoint.hpp"
#include "net_options.hpp"
#include "output_file.hpp"
#include "progress.hpp"
#include "results.hpp"
#include "terminal.hpp"
#include "train_data.hpp"
#include "train_run.hpp"

namespace thalweg::cli {
namespace {

// Images in the first `iterations` batches: the last batch of an epoch may be short.
std::size_t images_trained_on(const TrainCommand& command, std::size_t data_size, std::size_t iterations) {
    if (command.sampling == Sampling::kReplacement) {
        return iterations * command.batch;
    }
    const std::size_t per_epoch = (data_size + command.batch - 1) / command.batch;
    return iterations / per_epoch * data_size + std::min(iterations % per_epoch * command.batch, data_size);
}

void check_files(const TrainCommand& command) {
    if (!command.csv.empty() && command.csv == command.json) {
        throw UsageError("--json: expected another file than --csv, found " + in_quotes(command.json));
    }
    if (!command.save.empty() && (command.save == command.csv || command.save == command.json)) {
        throw UsageError("--save: expected another file than --csv and --json, found " +
                         in_quotes(command.save));
    }
    if (command.save == kStandardOutput) {
        throw UsageError("--save: expected a file name, found \"-\"");
    }
    if (command.checkpoint_every > 0 && command.save.empty()) {
        throw UsageError("--checkpoint-every: expected only with --save, which names the file, found none");
    }
}

void check_batch(const TrainCommand& command, const Dataset& train) {
    if (command.sampling == Sampling::kShuffle && command.batch > train.size()) {
        throw UsageError("--batch: expected at most the " + std::to_string(train.size()) +
                         " training images with --sampling shuffle, found " + std::to_string(command.batch));
    }
}

// Parameters and gradients; of a batch its images, two hidden and two output layers.
void check_book_memory(const TrainCommand& command, const Dataset& train) {
    const auto batch = static_cast<double>(command.batch);
    const auto hidden = static_cast<double>(command.hidden);
    const auto inputs = static_cast<double>(train.image_size());
    const auto outputs = static_cast<double>(train.classes());
    const double elements =
        2.0 * (inputs + outputs + 1.0) * hidden + batch * (inputs + 2.0 * (hidden + outputs));
    check_memory(
        elements * (command.f64 ? 8.0 : 4.0),
        "--batch " + std::to_string(command.batch) + " with --hidden " + std::to_string(command.hidden));
}

void print_header(const TrainCommand& command, const Results& results, const TrainTest& data) {
    std::FILE* const file = told_on(command);
    print_linef(file, "net    %zu-%zu-%zu, %s, %s, %d thread%s", data.train.image_size(), command.hidden,
                data.train.classes(), command.f64 ? "f64" : "f32", results.simd.c_str(), results.threads,
                results.threads == 1 ? "" : "s");
    print_linef(file, "data   %zu training and %zu test images%s%s", data.train.size(), data.test.size(),
                command.data.empty() ? ", synthetic (--data DIR: MNIST)" : " from ", command.data.c_str());
    print_linef(file, "train  %zu iterations, batch %zu %s, learning rate %s, seed %u", command.iters,
                command.batch,
                command.sampling == Sampling::kShuffle ? "from shuffled epochs" : "with replacement",
                number_text(command.lr).c_str(), static_cast<unsigned>(command.seed));
    if (command.numerical) {
        print_linef(file, "       every gradient by central differences, h %s",
                    number_text(command.step()).c_str());
    }
    std::fflush(file);
}

void print_start(const TrainCommand& command, const Checkpoint& start) {
    const bool done = start.iteration >= command.iters;
    std::FILE* const file = told_on(command);
    print_linef(file, "resume %s after iteration %zu%s", command.resume.c_str(), start.iteration,
                done ? ": nothing left to train" : "");
    print_rate(command, start.saved.lr);
    std::fflush(file);
}

void print_summary(const Results& results) {
    std::FILE* const file = told_on(results.command);
    if (results.result.stop == TrainStop::kCallback) {
        print_end(results.command, results.result.iterations, results.command.iters, results.save_error);
    }
    if (results.result.iterations == results.first) {
        print_linef(file, "train accuracy %.4f, test accuracy %.4f", results.final_train, results.final_test);
    } else {
        print_linef(file, "train accuracy %.4f, test accuracy %.4f, %.2f s, %s images/s", results.final_train,
                    results.final_test, results.result.seconds,
                    count_text(results.images_per_second).c_str());
    }
    std::fflush(file);
}

template <class T>
TwoLayerNet<T> first_net(const TrainCommand& command, const TrainTest& data,
                         const std::optional<Checkpoint>& start, TrainState& state, Rng& rng) {
    if (start.has_value()) {
        return start->net<T>(data, state);
    }
    return TwoLayerNet<T>(data.train.image_size(), command.hidden, data.train.classes(), rng,
                          command.init_std);
}

template <class T>
void train_net(const TrainCommand& command, const TrainTest& data, const std::optional<Checkpoint>& start,
               Results& results) {
    Rng rng(command.seed);
    TrainState state;
    TwoLayerNet<T> net = first_net<T>(command, data, start, state, rng);
    if (!command.quiet) {
        print_header(command, results, data);
        if (start.has_value()) {
            print_start(command, *start);
        }
    }
    const TrainOptions options{
        .iterations = command.iters,
        .batch_size = command.batch,
        .sampling = command.sampling,
        .optimizer = {command.lr},
        .gradient = command.numerical ? GradientSource::kNumerical : GradientSource::kBackprop,
        .h = command.step(),
        .eval_every = command.eval_every,
        .checkpoint_every = command.checkpoint_every};
    const bool keep_losses = !command.csv.empty() || !command.json.empty() || !command.plots.empty();
    const auto images_of_run = [&](std::size_t iteration) {
        return images_trained_on(command, data.train.size(), iteration) -
               images_trained_on(command, data.train.size(), results.first);
    };
    const bool nothing_left = results.first >= command.iters;
    {
        Progress progress(command.quiet || nothing_left ? nullptr : told_on(command), command.iters,
                          results.first);
        TrainCallbacks callbacks;
        callbacks.on_step = [&](const TrainStep& step) {
            if (keep_losses) {
                results.losses.push_back(step.loss);
            }
            progress.step(step, images_of_run(step.iteration));
            return end_signal() == 0;
        };
        callbacks.on_evaluation = [&](const TrainEvaluation& evaluation) {
            progress.evaluation(evaluation.iteration, accuracy_texts(evaluation.train, evaluation.test));
            return end_signal() == 0;
        };
        if (!command.save.empty()) {
            callbacks.on_checkpoint = [&, hash = data_hash(data)](const TrainState& reached) {
                return try_to_save([&] { save_checkpoint(command, net, reached, hash); }, results.save_error);
            };
        }
        results.result = start.has_value() ? resume_training(net, data, options, state, callbacks)
                                           : train(net, data, options, rng, callbacks);
    }
    const bool evaluated = results.result.stop != TrainStop::kLossNotFinite;
    results.final_train = evaluated ? results.result.evaluations.back().train : accuracy(net, data.train);
    results.final_test = evaluated ? results.result.evaluations.back().test : accuracy(net, data.test);
    const auto images = static_cast<double>(images_of_run(results.result.iterations));
    results.images_per_second = images / std::max(results.result.seconds, 1e-9);
    if (!command.plots.empty()) {
        results.review = figures::review(net, data.test);
    }
}

// As write_output; says what was drawn.
bool draw_pictures(std::optional<figures::FigureFolder>& folder, const Results& results) {
    if (!folder.has_value()) {
        return true;
    }
    try {
        for (const std::string& drawn : figures::draw_run(*folder, results.first + 1, results.losses,
                                                          results.result.evaluations, results.review)) {
            if (!results.command.quiet) {
                print_line(told_on(results.command), drawn);
            }
        }
        return true;
    } catch (const UsageError& error) {
        print_error(kTrain, error.what());
        return false;
    }
}

// What depends on more than one option.
void check_numbers(const TrainCommand& command) {
    if (command.h > 0.0 && !command.numerical) {
        throw UsageError("--h: expected only with --gradient numerical, found with backprop");
    }
    const float lr = static_cast<float>(command.lr);
    if (!command.f64 && (!std::isfinite(lr) || lr == 0.0F)) {
        throw UsageError("--lr: expected a number that is finite and above 0 in float32, found " +
                         number_text(command.lr));
    }
}

// Whether the run is one with a net of any depth, or with data that the book's loop does not take.
bool needs_net(const TrainCommand& asked) {
    return asks_for_net(asked) || (!asked.resume.empty() && is_net_checkpoint(load_npz(asked.resume))) ||
           (asked.resume.empty() && !is_mnist(asked.data));
}

}  // namespace

int run_train(const TrainCommand& asked) {
    watch_for_end();
    check_files(asked);
    if (needs_net(asked)) {
        return run_train_net(asked);
    }
    const std::optional<Checkpoint> start =
        asked.resume.empty() ? std::nullopt : std::optional<Checkpoint>(asked.resume);
    const TrainCommand command = start.has_value() ? start->complete(asked) : asked;
    check_numbers(command);
    Results results(command, start.has_value() ? start->iteration : 0);
    output_for("--save", command.save);
    const std::optional<OutputFile> csv = output_for("--csv", command.csv);
    const std::optional<OutputFile> json = output_for("--json", command.json);
    const std::string before = csv_to_continue(command, csv_header(), results.first);

    const TrainTest data = load_digits(command.data);
    check_batch(command, data.train);
    check_book_memory(command, data.train);
    std::optional<figures::FigureFolder> plots;
    if (!command.plots.empty()) {
        plots.emplace("--plots", command.plots);
    }
    if (command.f64) {
        train_net<double>(command, data, start, results);
    } else {
        train_net<float>(command, data, start, results);
    }
    const bool csv_written = write_output(csv, [&](std::FILE* file) { write_csv(results, before, file); });
    const bool json_written = write_output(json, [&](std::FILE* file) { write_json(results, file); });
    const bool drawn = draw_pictures(plots, results);
    if (!command.quiet) {
        print_summary(results);
    }
    return exit_status({csv_written && json_written && drawn,
                        results.result.stop == TrainStop::kLossNotFinite, results.result.iterations,
                        results.result.last_loss, results.save_error});
}

}  // namespace thalweg::cli
