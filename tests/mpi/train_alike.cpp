// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: trains nets in all processes together and prints a hash of each: of every loss, of the
// parameters, of what the optimiser remembers. `train_alike STEPS THREADS`; with a third argument, `alone`,
// and without mpirun, the hashes of a single process that knows no MPI. The rows are those of MNIST, where
// THALWEG_MNIST says that it is. Processes that end with different nets say so, and end with status 1.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "thalweg/mpi.hpp"
#include "thalweg/tables.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;

constexpr std::size_t kRows = 300;

// FNV-1a over the bytes of whatever a run leaves behind.
class Hash {
public:
    void add(const void* bytes, std::size_t n) {
        const auto* const from = static_cast<const unsigned char*>(bytes);
        for (std::size_t i = 0; i < n; ++i) {
            // cppcheck-suppress objectIndex  ; of one number: its bytes
            value_ = (value_ ^ from[i]) * 0x100000001b3ULL;
        }
    }
    template <class T>
    void add(const Matrix<T>& m) {
        add(m.data(), m.size() * sizeof(T));
    }
    void add(double x) { add(&x, sizeof x); }
    unsigned long long value() const noexcept { return value_; }

private:
    unsigned long long value_ = 0xcbf29ce484222325ULL;
};

struct Case {
    bool pixels;
    bool adam;
    bool batch_norm;
    bool dropout;
    bool f64;

    std::string name() const {
        std::string text = f64 ? "double " : "float ";
        text += pixels ? "pixels " : "numbers ";
        text += adam ? "Adam" : "SGD";
        text += batch_norm ? " batch norm" : "";
        return text + (dropout ? " dropout" : "");
    }
};

std::vector<Case> all_cases() {
    std::vector<Case> all;
    for (int bits = 0; bits < 32; ++bits) {
        all.push_back({(bits & 16) == 0, (bits & 8) != 0, (bits & 4) != 0, (bits & 2) != 0, (bits & 1) != 0});
    }
    return all;
}

const char* mnist() {
    const char* const folder = std::getenv("THALWEG_MNIST");
    return folder != nullptr && *folder != '\0' ? folder : nullptr;
}

// As bytes, or as numbers.
template <class T>
const Samples<T>& samples_of(bool pixels) {
    static const Samples<T> images =
        mnist() != nullptr ? load_samples<T>(mnist()).train.slice(0, kRows) : synthetic_digits(kRows, 5);
    static const Samples<T> numbers(images.features(), images.labels(), images.classes());
    return pixels ? images : numbers;
}

struct Hashes {
    unsigned long long net = 0;  // the same in every process
    unsigned long long run = 0;  // process 0's, which alone is told of steps and states
};

template <class T>
Hashes hashes_of(const Case& c, std::size_t steps, Communicator* processes) {
    // All but the first begin elsewhere: parameters and draws are the first one's.
    Rng rng(processes == nullptr || processes->rank() == 0 ? 3 : 4);
    NetOptions of_net = {.dropout = c.dropout ? 0.3 : 0.0, .batch_norm = c.batch_norm};
    Net<T> net({784, 50, 30, 10}, of_net, rng);
    NetTrainOptions options;
    options.iterations = steps;
    options.batch_size = 100;
    options.eval_every = steps;
    options.optimizer = c.adam ? UpdateRule(Adam{}) : UpdateRule(Sgd{.lr = 0.1});
    options.communicator = processes;
    Hash run;
    NetTrainCallbacks<T> callbacks;
    callbacks.on_step = [&](const TrainStep& step) {
        run.add(step.loss);
        return true;
    };
    callbacks.on_checkpoint = [&](const NetTrainState<T>& state) {
        for (const auto* memories : {&state.optimizer.first, &state.optimizer.second}) {
            for (const Matrix<T>& each : *memories) {
                run.add(each);
            }
        }
        return true;
    };
    const NetTrainResult result = train(net, samples_of<T>(c.pixels), {}, options, rng, callbacks);
    Hash hash;
    for (const auto& each : net.params.matrices()) {
        hash.add(*each.matrix);
    }
    for (const auto& each : net.running.matrices()) {
        hash.add(*each.matrix);
    }
    hash.add(result.last_loss);
    hash.add(result.evaluations.back().loss);
    const unsigned long long of_net_alone = hash.value();
    run.add(&of_net_alone, sizeof of_net_alone);
    return {of_net_alone, run.value()};
}

Hashes hashes_of(const Case& c, std::size_t steps, Communicator* processes) {
    return c.f64 ? hashes_of<double>(c, steps, processes) : hashes_of<float>(c, steps, processes);
}

void print(const Case& c, const Hashes& found, std::size_t processes, std::size_t steps) {
    std::printf("%016llx  %s, %zu processes x %d threads, %zu steps, %s\n", found.run, c.name().c_str(),
                processes, threads(), steps, mnist() != nullptr ? "MNIST" : "synthetic digits");
    std::fflush(stdout);
}

int train_together(std::size_t steps, MpiCommunicator& processes) {
    int status = 0;
    for (const Case& c : all_cases()) {
        const Hashes found = hashes_of(c, steps, &processes);
        unsigned long long of_first = found.net;
        processes.broadcast(std::as_writable_bytes(std::span(&of_first, 1)), 0);
        if (found.net != of_first) {
            std::printf("process %zu: %s: expected the net %016llx of process 0, found %016llx\n",
                        processes.rank(), c.name().c_str(), of_first, found.net);
            status = 1;
        }
        if (processes.rank() == 0) {
            print(c, found, processes.size(), steps);
        }
    }
    return status;
}

}  // namespace

int main(int count, char** arguments) {
    const std::size_t steps = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 20;
    set_threads(count > 2 ? static_cast<int>(std::strtol(arguments[2], nullptr, 10)) : 1);
    if (count > 3 && std::string(arguments[3]) == "alone") {
        for (const Case& c : all_cases()) {
            print(c, hashes_of(c, steps, nullptr), 1, steps);
        }
        return 0;
    }
    return mpi_main(count, arguments,
                    [&](MpiCommunicator& processes) { return train_together(steps, processes); });
}
