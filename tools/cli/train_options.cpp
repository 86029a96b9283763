// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The options of `thalweg train`: names, ranges, help.
#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cli.hpp"
#include "commands.hpp"
#include "net_options.hpp"
#include "options.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::cli {
namespace {

constexpr const char* kTrainFooter =
    "Without --data the net learns synthetic digits: 60000 for training and 10000 for the test,\n"
    "28 x 28 pixels, the same in every run. --data names a directory with MNIST's four files, raw or with\n"
    ".gz; a directory with a folder of images for each class, or with such directories train and test; an\n"
    ".npz file of x and t, or x_train, t_train, x_test, t_test; or a table (CSV), whose last column has\n"
    "the answers unless --target names it.\n"
    "\n"
    "Without the options from --layers to --target it is the book's net of chapter 4. --layers brings\n"
    "today's defaults: relu, weights by He, adam at 0.001, 10 epochs of shuffled batches.\n"
    "\n"
    "Examples:\n"
    "  thalweg train\n"
    "  thalweg train --data mnist --json run.json\n"
    "  thalweg train --data mnist --layers 256,128 --validation 5000 --early-stop 3 --save net.npz\n"
    "  thalweg train --data flowers.csv --target kind --layers 32 --standardize --save net.npz\n"
    "  thalweg train --data houses.csv --loss mse --layers 64,64 --standardize --validation 0.1\n"
    "  thalweg train --gradient numerical --dtype f64\n"
    "  thalweg train --iters 2000 --hidden 100 --lr 0.5 --eval-every 200\n"
    "  thalweg train --save net.npz --checkpoint-every 500\n"
    "  thalweg train --resume net.npz --save net.npz --iters 20000\n"
    "\n"
    "--save writes the net and what --resume needs into an .npz file, which NumPy reads. The file is\n"
    "replaced in one piece: whenever the process is killed, the last checkpoint is whole. A resumed run\n"
    "ends with the bits of one that was never stopped. Options that you do not give are taken from the\n"
    "file; --iters counts from the very beginning. --lr and --schedule may change; --csv continues the\n"
    "table that it finds. A net whose loss is not finite is not saved.\n"
    "\n"
    "The book's net is evaluated after update 1, every multiple of --eval-every, and the last; others\n"
    "after every epoch. Results do\n"
    "not depend on the number of threads. Ctrl-C ends training and keeps what was reached: --save, --csv\n"
    "and the others are written. So do SIGTERM, SIGHUP (a closed terminal) and a closed pipe; a second one\n"
    "ends at once. With --csv - or --json -, the progress goes to standard error. NO_COLOR=1\n"
    "prints lines where a terminal would show a bar.\n"
    "THALWEG_SIMD=LEVEL chooses an instruction set; thalweg info lists them.\n"
    "\n"
    "Exit status: 0 done; 1 the loss is no longer finite; 2 wrong option, input or output;\n"
    "128 and the signal's number if one ended it: 130 for Ctrl-C, 143 for SIGTERM.";

}  // namespace

Syntax train_syntax(TrainCommand& command) {
    const auto sampling = [&command](const std::string& name, const std::string& text) {
        const bool shuffle = second_word(name, text, "replacement", "shuffle");
        command.sampling = shuffle ? Sampling::kShuffle : Sampling::kReplacement;
    };
    const auto threads = [&command](const std::string& name, const std::string& text) {
        command.threads = static_cast<int>(whole_number(name, text, 1, kMaxThreads));
    };
    const auto file = [](const char* name, const char* help, std::string& value) {
        return text_option(name, "FILE", help, "a file name", value);
    };
    Syntax syntax = {
        "train",
        "train a net on images or tables",
        kTrainFooter,
        {
            data_option(command.data),
            whole_option("--iters", "updates to make (default 10000)", 1, TrainCommand::kMaxIterations,
                         command.iters),
            whole_option("--batch", "images a mini-batch (default 100)", 1, TrainCommand::kMaxBatch,
                         command.batch),
            {"--sampling", "WORD", "replacement (default): any image any time; shuffle: epochs", sampling},
            finite_option("--lr", "learning rate (default 0.1)", Lowest::kAboveZero, command.lr),
            seed_option("of weights and batches, 0 to 4294967295 (default 1)", command.seed),
            {"--threads", "N", "exactly so many (default: see thalweg info)", threads},
            whole_option("--hidden", "neurons of the hidden layer (default 50)", 1, TrainCommand::kMaxHidden,
                         command.hidden),
            finite_option("--init-std", "standard deviation of the first weights (default 0.01)",
                          Lowest::kZero, command.init_std),
            word_option("--gradient", "backprop (default), or numerical: by differences of the loss alone",
                        "backprop", "numerical", command.numerical),
            step_option(command.h),
            word_option("--dtype", "f32 (default) or f64", "f32", "f64", command.f64),
            whole_option("--eval-every", "updates from one evaluation to the next (default 600)", 1,
                         TrainCommand::kMaxIterations, command.eval_every),
            file("--csv", "write iteration, loss and accuracies, one row an iteration; -: standard output",
                 command.csv),
            file("--json", "write options, losses, accuracies and times; -: standard output", command.json),
            file("--save", "write the net and what --resume needs, at the end, after Ctrl-C too",
                 command.save),
            whole_option("--checkpoint-every", "write it every N updates as well", 1,
                         TrainCommand::kMaxIterations, command.checkpoint_every),
            file("--resume", "continue from a file that --save wrote", command.resume),
            text_option("--plots", "DIR", "draw loss, accuracy, weights, confusion matrix and mistakes there",
                        "a directory", command.plots),
            flag("--quiet", "print nothing but errors", command.quiet),
        },
        &command.given,
    };
    // Behind those of the book's net, before the files.
    std::vector<Option> more = net_word_options(command.net);
    const auto files = std::find_if(syntax.options.begin(), syntax.options.end(),
                                    [](const Option& option) { return option.name == "--eval-every"; });
    syntax.options.insert(files, std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    return syntax;
}

}  // namespace thalweg::cli
