// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The command line, in process. The input are its words, one a line. Options are checked as for a real run;
// then `train` and `gradcheck` run with a few tiny images and steps, and every file they are told to write is
// one in a scratch directory. `predict` reads only what lies there, `notebook` and `selftest` are not run.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <new>
#include <vector>

#include "cli/cli.hpp"
#include "cli/command_line.hpp"
#include "data/files.hpp"
#include "fuzz.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/threads.hpp"

namespace {

using namespace thalweg;

// Twenty images of 2 x 2, a net for them, and room for outputs.
struct Scratch {
    Scratch() {
        constexpr std::uint32_t kImages = 20;
        test::Bytes pixels(kImages * 4);
        test::Bytes labels(kImages);
        for (std::size_t i = 0; i < pixels.size(); ++i) {
            pixels[i] = static_cast<std::uint8_t>(i * 53 * (i % 2));
        }
        for (std::size_t i = 0; i < labels.size(); ++i) {
            labels[i] = static_cast<std::uint8_t>(i % 10);
        }
        for (const char* const part : {"train", "t10k"}) {
            directory.write(std::string(part) + "-images-idx3-ubyte",
                            test::idx({kImages, 28, 28}, spread(pixels)));
            directory.write(std::string(part) + "-labels-idx1-ubyte", test::idx({kImages}, labels));
        }
        save_npz(file("model.npz"), {{"W1", Matrix<float>(784, 3, 0.1F)},
                                     {"b1", Matrix<float>(1, 3)},
                                     {"W2", Matrix<float>(3, 10, 0.2F)},
                                     {"b2", Matrix<float>(1, 10)}});
    }

    // Each image in the corner of one of 28 x 28.
    static test::Bytes spread(const test::Bytes& small) {
        test::Bytes large(small.size() / 4 * 784);
        for (std::size_t i = 0; i < small.size(); ++i) {
            large[i / 4 * 784 + i / 2 % 2 * 28 + i % 2] = small[i];
        }
        return large;
    }
    std::string file(const char* name) const { return directory.path(name); }

    test::TempDirectory directory;
};

const Scratch& scratch() {
    static const Scratch one;
    return one;
}

void check_number(bool in_range) {
    fuzz::require(in_range, "an option is within the range that --help promises");
}

// A file that exists and may have been made by an earlier input, or none.
void redirect(std::string& path, const char* name) {
    path = path.empty() ? path : scratch().file(name);
}

void keep_small(cli::NetWords& net) {
    net.layers.resize(std::min<std::size_t>(net.layers.size(), 3));
    for (std::size_t& size : net.layers) {
        size = std::min<std::size_t>(size, 4);
    }
}

int train(const cli::TrainCommand& asked) {
    using Command = cli::TrainCommand;
    check_number(asked.iters >= 1 && asked.iters <= Command::kMaxIterations);
    check_number(asked.batch >= 1 && asked.batch <= Command::kMaxBatch);
    check_number(asked.hidden >= 1 && asked.hidden <= Command::kMaxHidden);
    check_number(std::isfinite(asked.lr) && asked.lr > 0.0);
    check_number(std::isfinite(asked.init_std) && asked.init_std >= 0.0);
    check_number(std::isfinite(asked.h) && asked.h >= 0.0);
    check_number(asked.threads >= 0 && asked.threads <= kMaxThreads);
    check_number(asked.eval_every >= 1 && asked.eval_every <= Command::kMaxIterations);
    for (const std::string& name : asked.given) {
        fuzz::require(name.starts_with("--"), "options are known by their long names");
    }
    Command command = asked;
    command.data = scratch().directory.path();
    redirect(command.csv, asked.csv == asked.json ? "run.json" : "run.csv");
    redirect(command.json, "run.json");
    redirect(command.save, "saved.npz");
    redirect(command.resume, "saved.npz");
    command.plots.clear();
    command.iters = std::min<std::size_t>(command.iters, 6);
    command.hidden = std::min<std::size_t>(command.hidden, 4);
    command.batch = std::min<std::size_t>(command.batch, 32);
    command.net.epochs = std::min<std::size_t>(command.net.epochs, 2);
    keep_small(command.net);
    command.threads = std::min(command.threads, 2);
    return cli::run_train(command);
}

int gradcheck(const cli::GradcheckCommand& asked) {
    check_number(asked.run.batch >= 1 && asked.run.hidden >= 1);
    check_number(std::isfinite(asked.run.h) && asked.run.h >= 0.0 && std::isfinite(asked.tolerance));
    cli::GradcheckCommand command = asked;
    command.run.data = scratch().directory.path();
    command.run.batch = std::min<std::size_t>(command.run.batch, 4);
    command.run.hidden = std::min<std::size_t>(command.run.hidden, 3);
    keep_small(command.run.net);
    command.entries = std::min<std::size_t>(command.entries, 3);
    command.directions = std::min<std::size_t>(command.directions, 2);
    return cli::run_gradcheck(command);
}

int evaluate(const cli::EvaluateCommand& asked) {
    cli::EvaluateCommand command = asked;
    redirect(command.model, command.model.size() % 2 == 0 ? "model.npz" : "saved.npz");
    command.data = scratch().directory.path();
    return cli::run_evaluate(command);
}

int predict(const cli::PredictCommand& asked) {
    cli::PredictCommand command = asked;
    redirect(command.model, command.model.size() % 2 == 0 ? "model.npz" : "saved.npz");
    if (command.images.size() > 3) {
        command.images.resize(3);
    }
    for (std::string& image : command.images) {
        image = scratch().file(image.size() % 2 == 0 ? "t10k-images-idx3-ubyte" : "t10k-labels-idx1-ubyte");
    }
    return cli::run_predict(command);
}

int notebook(const cli::NotebookCommand&) {
    return cli::kDone;
}

int selftest(const cli::SelftestCommand&) {
    return cli::kDone;
}

std::vector<std::string> words(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t kMostWords = 40;
    std::vector<std::string> result = {"thalweg"};
    auto begin = bytes.begin();
    while (begin != bytes.end() && result.size() < kMostWords) {
        const auto end = std::find(begin, bytes.end(), '\n');
        // A word of a command line has no zero byte.
        result.emplace_back(begin, std::find(begin, end, '\0'));
        begin = end == bytes.end() ? end : end + 1;
    }
    return result;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // What the commands print is not looked at here.
    static const bool silent = std::freopen(test::kNoFile, "w", stdout) != nullptr;
    fuzz::require(silent, "standard output can be thrown away");
    set_threads(1);
    const std::vector<std::string> all = words({data, size});
    std::vector<const char*> argv;
    for (const std::string& word : all) {
        argv.push_back(word.c_str());
    }
    std::string command = "thalweg";
    try {
        const int status = cli::run_command_line(static_cast<int>(argv.size()), argv.data(), command,
                                                 {.train = train,
                                                  .gradcheck = gradcheck,
                                                  .evaluate = evaluate,
                                                  .predict = predict,
                                                  .notebook = notebook,
                                                  .selftest = selftest});
        fuzz::require(status == cli::kDone || status == cli::kLossNotFinite || status == cli::kBadUse,
                      "an exit status that --help lists");
    } catch (const cli::UsageError& error) {
        fuzz::require(error.what()[0] != '\0', "an error says something");
    } catch (const IoError&) {
    } catch (const ShapeError&) {
    } catch (const SimdError&) {
    } catch (const DifferenceError&) {
        // gradcheck with a step that is lost in a parameter
    } catch (const std::bad_alloc&) {
        fuzz::broken("nets as small as these fit");
    } catch (const std::exception& error) {
        fuzz::broken(std::string("not one of the errors that commands.hpp lists: ") + error.what());
    }
    fuzz::require(command.starts_with("thalweg"), "messages begin with the command");
    return 0;
}
