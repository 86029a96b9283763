// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The options of `thalweg train`: names, ranges, help.
#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>
#include <string>

#include "cli.hpp"
#include "commands.hpp"
#include "options.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::cli {
namespace {

constexpr const char* kFooter =
    "Without --data the net learns digits drawn by thalweg itself: 60000 for training and 10000 for\n"
    "the test, 28 x 28 pixels, the same ones in every run. For MNIST, put its four files\n"
    "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and\n"
    "t10k-labels-idx1-ubyte, raw or with .gz, into one directory and name it with --data.\n"
    "\n"
    "Examples:\n"
    "  thalweg train\n"
    "  thalweg train --data mnist --json run.json\n"
    "  thalweg train --gradient numerical --dtype f64\n"
    "  thalweg train --iters 2000 --hidden 100 --lr 0.5 --eval-every 200\n"
    "  thalweg train --dtype f64 --sampling shuffle --threads 1 --csv run.csv --quiet\n"
    "  thalweg train --save net.npz --checkpoint-every 500\n"
    "  thalweg train --resume net.npz --save net.npz --iters 20000\n"
    "\n"
    "--save writes the net (W1, b1, W2, b2) and what --resume needs, an .npz file that NumPy reads, in\n"
    "one piece: whenever the process is killed, the last checkpoint is whole. A resumed run ends with\n"
    "the bits of one that was never stopped. It takes the options that are not given from the file;\n"
    "--iters counts from the very beginning. A net whose loss is no longer finite is not saved.\n"
    "\n"
    "Accuracy is evaluated after update 1, every multiple of --eval-every, and the last. Results do\n"
    "not depend on the number of threads. Ctrl-C ends training and keeps what was reached.\n"
    "THALWEG_SIMD=LEVEL chooses an instruction set; thalweg info lists them.\n"
    "\n"
    "Exit status: 0 done; 1 the loss is no longer finite; 2 wrong option, input or output;\n"
    "130 ended by Ctrl-C.";

void declare_run(CLI::App& app, TrainCommand& command) {
    option(app, "--data", "DIR", "directory with MNIST's four files (default: drawn digits)",
           [&](const std::string& name, const std::string& text) {
               nonempty(name, text, "a directory", command.data);
           });
    option(app, "--iters", "N", "updates to make (default 10000)",
           [&](const std::string& name, const std::string& text) {
               command.iters = whole_number(name, text, 1, TrainCommand::kMaxIterations);
           });
    option(app, "--batch", "N", "images a mini-batch (default 100)",
           [&](const std::string& name, const std::string& text) {
               command.batch = whole_number(name, text, 1, TrainCommand::kMaxBatch);
           });
    option(app, "--sampling", "WORD", "replacement (default): any image any time; shuffle: epochs",
           [&](const std::string& name, const std::string& text) {
               command.sampling = second_word(name, text, "replacement", "shuffle") ? Sampling::kShuffle
                                                                                    : Sampling::kReplacement;
           });
    option(app, "--lr", "X", "learning rate (default 0.1)",
           [&](const std::string& name, const std::string& text) {
               command.lr = finite_number(name, text, Lowest::kAboveZero);
           });
    option(app, "--seed", "N", "of weights and batches, 0 to 4294967295 (default 1)",
           [&](const std::string& name, const std::string& text) {
               command.seed = static_cast<std::uint32_t>(
                   whole_number(name, text, 0, std::numeric_limits<std::uint32_t>::max()));
           });
    option(app, "--threads", "N", "exactly so many (default: see thalweg info)",
           [&](const std::string& name, const std::string& text) {
               command.threads = static_cast<int>(whole_number(name, text, 1, kMaxThreads));
           });
}

void declare_net(CLI::App& app, TrainCommand& command) {
    option(app, "--hidden", "N", "neurons of the hidden layer (default 50)",
           [&](const std::string& name, const std::string& text) {
               command.hidden = whole_number(name, text, 1, TrainCommand::kMaxHidden);
           });
    option(app, "--init-std", "X", "standard deviation of the first weights (default 0.01)",
           [&](const std::string& name, const std::string& text) {
               command.init_std = finite_number(name, text, Lowest::kZero);
           });
    option(app, "--gradient", "WORD", "backprop (default), or numerical: by differences of the loss alone",
           [&](const std::string& name, const std::string& text) {
               command.numerical = second_word(name, text, "backprop", "numerical");
           });
    option(app, "--h", "X", "step of the differences (default 1e-4)",
           [&](const std::string& name, const std::string& text) {
               command.h = finite_number(name, text, Lowest::kAboveZero);
           });
    option(app, "--dtype", "WORD", "f32 (default) or f64",
           [&](const std::string& name, const std::string& text) {
               command.f64 = second_word(name, text, "f32", "f64");
           });
}

void declare_outputs(CLI::App& app, TrainCommand& command) {
    option(app, "--eval-every", "N", "updates from one evaluation to the next (default 600)",
           [&](const std::string& name, const std::string& text) {
               command.eval_every = whole_number(name, text, 1, TrainCommand::kMaxIterations);
           });
    option(app, "--csv", "FILE", "write iteration, loss and accuracies, one row an iteration",
           [&](const std::string& name, const std::string& text) {
               nonempty(name, text, "a file name", command.csv);
           });
    option(app, "--json", "FILE", "write options, losses, accuracies and times",
           [&](const std::string& name, const std::string& text) {
               nonempty(name, text, "a file name", command.json);
           });
    option(app, "--save", "FILE", "write the net and what --resume needs, at the end, on Ctrl-C too",
           [&](const std::string& name, const std::string& text) {
               nonempty(name, text, "a file name", command.save);
           });
    option(app, "--checkpoint-every", "N", "write it every N updates as well",
           [&](const std::string& name, const std::string& text) {
               command.checkpoint_every = whole_number(name, text, 1, TrainCommand::kMaxIterations);
           });
    option(app, "--resume", "FILE", "go on from a file that --save wrote",
           [&](const std::string& name, const std::string& text) {
               nonempty(name, text, "a file name", command.resume);
           });
    option(app, "--plots", "DIR", "draw loss, accuracy, weights, confusion matrix and mistakes there",
           [&](const std::string& name, const std::string& text) {
               nonempty(name, text, "a directory", command.plots);
           });
    app.add_flag("--quiet", command.quiet, "print nothing but errors")->disable_flag_override();
}

}  // namespace

CLI::App* declare_train(CLI::App& app, TrainCommand& command) {
    CLI::App* const train = app.add_subcommand("train", "train the two-layer net on images of digits");
    train->allow_extras();
    train->footer(kFooter);
    train->get_formatter()->column_width(24);
    declare_run(*train, command);
    declare_net(*train, command);
    declare_outputs(*train, command);
    train->parse_complete_callback([train, &command] {
        for (const CLI::Option* const each : train->get_options()) {
            if (each->count() > 0) {
                command.given.insert(each->get_name());
            }
        }
    });
    return train;
}

}  // namespace thalweg::cli
