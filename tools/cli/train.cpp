// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `thalweg train`: outputs are checked, data is loaded, the net is trained with its progress shown, results
// are written. Options: train_options.cpp.
#include "thalweg/train.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "checkpoint.hpp"
#include "cli.hpp"
#include "commands.hpp"
#include "end_signals.hpp"
#include "figures/review.hpp"
#include "output_file.hpp"
#include "progress.hpp"
#include "results.hpp"
#include "terminal.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::cli {
namespace {

// Which synthetic digits are used without --data: the same in every run, so that --seed varies the net alone.
constexpr std::uint32_t kDigitsSeed = 1;

constexpr const char* kCommand = "thalweg train";

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

// Rejects what this machine cannot hold before any of it is allocated: being killed halfway is no error
// message.
void check_memory(const TrainCommand& command, const Dataset& train) {
#ifdef _SC_PHYS_PAGES
    const auto pages = static_cast<double>(sysconf(_SC_PHYS_PAGES));
    const double available = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
    const auto batch = static_cast<double>(command.batch);
    const auto hidden = static_cast<double>(command.hidden);
    const auto inputs = static_cast<double>(train.image_size());
    const auto outputs = static_cast<double>(train.classes());
    // Parameters and gradients; of a batch its images, two hidden and two output layers.
    const double elements =
        2.0 * (inputs + outputs + 1.0) * hidden + batch * (inputs + 2.0 * (hidden + outputs));
    const double needed = elements * (command.f64 ? 8.0 : 4.0);
    if (available > 0.0 && needed > available) {
        char text[160];
        std::snprintf(
            text, sizeof text,
            "--batch %zu with --hidden %zu: expected to fit the %.1f GiB of this machine, found %.1f GiB",
            command.batch, command.hidden, available / 0x1p30, needed / 0x1p30);
        throw UsageError(text);
    }
#else
    (void)command;
    (void)train;
#endif
}

// Where the run tells how it goes: beside results that go to standard output, on the other stream.
std::FILE* told_on(const TrainCommand& command) {
    const bool taken = is_standard_output(command.csv) || is_standard_output(command.json);
    return taken ? stderr : stdout;
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
    const bool done = start.state.iteration >= command.iters;
    std::FILE* const file = told_on(command);
    print_linef(file, "resume %s after iteration %zu%s", command.resume.c_str(), start.state.iteration,
                done ? ": nothing left to train" : "");
    std::fflush(file);
}

void print_summary(const Results& results) {
    std::FILE* const file = told_on(results.command);
    if (results.result.stop == TrainStop::kCallback) {
        const std::string why =
            results.save_error.empty() ? std::string("by ") + end_signal_name() : "for want of a checkpoint";
        print_linef(file, "ended %s after %zu of %zu iterations", why.c_str(), results.result.iterations,
                    results.command.iters);
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

// Saves the state; false, with the reason in error, when that is not possible. Training ends then: a run of
// days must not continue with nothing to fall back on.
template <class T>
bool save(const TrainCommand& command, const TwoLayerNet<T>& net, const TrainState& state, std::uint64_t hash,
          std::string& error) {
    try {
        save_checkpoint(command, net.params, state, hash);
        return true;
    } catch (const IoError& what) {
        error = what.what();
        return false;
    }
}

template <class T>
TwoLayerNet<T> first_net(const TrainCommand& command, const TrainTest& data,
                         const std::optional<Checkpoint>& start, Rng& rng) {
    if (start.has_value()) {
        return start->net<T>(data);
    }
    return TwoLayerNet<T>(data.train.image_size(), command.hidden, data.train.classes(), rng,
                          command.init_std);
}

template <class T>
void train_net(const TrainCommand& command, const TrainTest& data, const std::optional<Checkpoint>& start,
               Results& results) {
    Rng rng(command.seed);
    TwoLayerNet<T> net = first_net<T>(command, data, start, rng);
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
            progress.evaluation(evaluation);
            return end_signal() == 0;
        };
        if (!command.save.empty()) {
            callbacks.on_checkpoint = [&, hash = data_hash(data)](const TrainState& state) {
                return save(command, net, state, hash, results.save_error);
            };
        }
        results.result = start.has_value() ? resume_training(net, data, options, start->state, callbacks)
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

// False when the file could not be written, which has then been said; the other file is still worth trying.
bool write_output(const std::optional<OutputFile>& output, const Results& results,
                  void (*write)(const Results&, std::FILE*)) {
    if (!output.has_value()) {
        return true;
    }
    try {
        output->write([&](std::FILE* file) { write(results, file); });
        return true;
    } catch (const UsageError& error) {
        if (end_signal() != SIGPIPE) {  // who reads no more has seen enough
            print_error(kCommand, error.what());
        }
        return false;
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
        print_error(kCommand, error.what());
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

}  // namespace

int run_train(const TrainCommand& asked) {
    watch_for_end();
    check_files(asked);
    const std::optional<Checkpoint> start =
        asked.resume.empty() ? std::nullopt : std::optional<Checkpoint>(asked.resume);
    const TrainCommand command = start.has_value() ? start->complete(asked) : asked;
    check_numbers(command);
    if (command.threads > 0) {
        set_threads(command.threads);
    }
    Results results(command);
    results.simd = name(active_level());
    results.threads = threads();
    results.first = start.has_value() ? start->state.iteration : 0;
    const auto output = [](const char* option, const std::string& path) {
        return path.empty() ? std::nullopt : std::optional<OutputFile>(std::in_place, option, path);
    };
    output("--save", command.save);
    const std::optional<OutputFile> csv = output("--csv", command.csv);
    const std::optional<OutputFile> json = output("--json", command.json);

    const TrainTest data =
        command.data.empty() ? synthetic_digits_train_test(kDigitsSeed) : load_mnist(command.data);
    check_batch(command, data.train);
    check_memory(command, data.train);
    std::optional<figures::FigureFolder> plots;
    if (!command.plots.empty()) {
        plots.emplace("--plots", command.plots);
    }
    if (command.f64) {
        train_net<double>(command, data, start, results);
    } else {
        train_net<float>(command, data, start, results);
    }
    const bool csv_written = write_output(csv, results, write_csv);
    const bool json_written = write_output(json, results, write_json);
    const bool drawn = draw_pictures(plots, results);
    if (!command.quiet) {
        print_summary(results);
    }
    if (!results.save_error.empty()) {
        print_error(kCommand, "--save: " + results.save_error);
    }
    if (end_signal() == SIGPIPE) {
        return kSignal + SIGPIPE;
    }
    if (!csv_written || !json_written || !drawn || !results.save_error.empty()) {
        return kBadUse;
    }
    if (results.result.stop == TrainStop::kLossNotFinite) {
        print_error(kCommand, "the loss is no longer finite at iteration " +
                                  std::to_string(results.result.iterations) + ": expected a number, found " +
                                  number_text(results.result.last_loss) + "; a smaller --lr may help");
        return kLossNotFinite;
    }
    return end_signal() != 0 ? kSignal + end_signal() : kDone;
}

}  // namespace thalweg::cli
