// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// `mpirun -n 4 thalweg-mpi --data digits.csv --label digit`: trains a net in all processes together.
// docs/cluster.md. Start reading at run().
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "thalweg/checkpoint.hpp"
#include "thalweg/mpi.hpp"
#include "thalweg/tables.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;

struct Command {
    std::string data;
    std::string label;
    std::vector<std::string> targets;
    std::vector<std::size_t> layers = {100};
    std::size_t epochs = 10;
    std::size_t batch_size = 100;
    double test_share = 0.2;
    std::string optimizer = "adam";
    double lr = 0.0;
    double dropout = 0.0;
    bool batch_norm = false;
    bool f64 = false;
    std::uint32_t seed = 0;
    int threads = 0;
    std::string save;
    std::string resume;
    std::size_t save_every = 0;
};

void add_options(CLI::App& app, Command& command) {
    app.add_option("--data", command.data, "file or folder of samples: CSV, .npz or IDX")->required();
    app.add_option("--label", command.label, "column of a CSV file with each row's class");
    app.add_option("--target", command.targets, "columns of a CSV file with numbers to answer with")
        ->delimiter(',');
    app.add_option("--layers", command.layers, "units of each hidden layer: 100,50")->delimiter(',');
    app.add_option("--epochs", command.epochs, "passes through the data");
    app.add_option("--batch-size", command.batch_size, "rows an update");
    app.add_option("--test", command.test_share,
                   "share of the rows to measure with, unless the data have a part");
    app.add_option("--optimizer", command.optimizer, "how parameters move")
        ->check(CLI::IsMember({"sgd", "momentum", "adam", "adamw"}));
    app.add_option("--lr", command.lr, "learning rate; by default the optimizer's own");
    app.add_option("--dropout", command.dropout, "share of hidden outputs that a step leaves out");
    app.add_flag("--batch-norm", command.batch_norm, "hidden layers normalise their sums");
    app.add_flag("--f64", command.f64, "double instead of float");
    app.add_option("--seed", command.seed, "of weights and batches");
    app.add_option("--threads", command.threads, "of each process; 0: as many as it may use");
    app.add_option("--save", command.save, ".npz file for net and state, written by process 0");
    app.add_option("--save-every", command.save_every, "updates between two saves; 0: at the end only");
    app.add_option("--resume", command.resume,
                   "file of --save to go on with: on any number of processes, with the same bits");
}

UpdateRule rule_of(const Command& command) {
    UpdateRule rule = Adam{};
    if (command.optimizer == "sgd") {
        rule = Sgd{};
    } else if (command.optimizer == "momentum") {
        rule = Momentum{};
    } else if (command.optimizer == "adamw") {
        rule = AdamW{};
    }
    if (command.lr != 0.0) {
        std::visit([&](auto& each) { each.lr = command.lr; }, rule);
    }
    return rule;
}

// How many processes had no rows of a batch.
std::size_t idle(MpiCommunicator& processes, std::size_t rows_here) {
    std::vector<std::byte> flags(processes.size());
    flags[processes.rank()] = std::byte{rows_here == 0};
    processes.gather(flags, std::vector<std::size_t>(processes.size(), 1));
    return static_cast<std::size_t>(std::count(flags.begin(), flags.end(), std::byte{1}));
}

template <class T>
int run(const Command& command, MpiCommunicator& processes) {
    set_threads(command.threads);
    TrainTestSamples<T> parts;
    // A file that one process cannot read ends all, by that process's message.
    together(processes, "thalweg-mpi", [&] {
        SampleColumns columns;
        if (!command.label.empty()) {
            columns.labels = Column(command.label);
        }
        columns.targets.assign(command.targets.begin(), command.targets.end());
        parts = load_samples<T>(command.data, columns);
        if (parts.test.size() == 0) {
            parts = parts.train.split(command.test_share);
        }
    });
    Rng rng(command.seed);
    std::vector<std::size_t> sizes = command.layers;
    sizes.insert(sizes.begin(), parts.train.inputs());
    sizes.push_back(parts.train.outputs());
    NetOptions of_net = {.dropout = command.dropout, .batch_norm = command.batch_norm};
    of_net.loss = parts.train.has_labels() ? Loss::kSoftmaxCrossEntropy : Loss::kMeanSquaredError;
    Net<T> net(sizes, of_net, rng);
    NetTrainOptions options;
    options.epochs = command.epochs;
    options.batch_size = command.batch_size;
    options.optimizer = rule_of(command);
    options.checkpoint_every = command.save_every;
    options.communicator = &processes;
    NetTrainCallbacks<T> callbacks;
    callbacks.on_evaluation = [&](const NetEvaluation& now) {
        std::printf("update %zu: loss %.6f, test loss %.6f, score %.4f\n", now.iteration, now.loss,
                    now.validation.loss, now.validation.score);
        std::fflush(stdout);
        return true;
    };
    if (!command.save.empty()) {
        callbacks.on_checkpoint = [&](const NetTrainState<T>& state) {
            save_state(command.save, net, state);
            return true;
        };
    }
    NetTrainState<T> from;
    if (!command.resume.empty()) {
        together(processes, "thalweg-mpi", [&] { load_state(command.resume, net, from); });
    }
    const NetTrainResult result =
        command.resume.empty() ? train(net, parts.train, parts.test, options, rng, callbacks)
                               : resume_training(net, parts.train, parts.test, options, from, callbacks);
    const std::size_t without_rows = idle(processes, result.rows_here);
    if (processes.rank() == 0) {
        std::printf("%zu updates in %.2f s, %zu processes x %d threads\n", result.iterations, result.seconds,
                    processes.size(), threads());
        if (without_rows != 0) {
            std::printf("%zu of the processes had no rows: a batch of %zu is shared out in groups of 16\n",
                        without_rows, command.batch_size);
        }
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    Command command;
    CLI::App app(
        "Trains a net in several processes: mpirun -n 4 thalweg-mpi --data FILE. The result has the bits of "
        "one process.");
    add_options(app, command);
    CLI11_PARSE(app, count, arguments);
    return thalweg::mpi_main(count, arguments, [&](thalweg::MpiCommunicator& processes) {
        return command.f64 ? run<double>(command, processes) : run<float>(command, processes);
    });
}
