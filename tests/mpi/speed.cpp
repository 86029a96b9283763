// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: how long a step of 784-2048-1024-10 with 1,024 rows takes, measured in turns and compared as
// ratios of two that followed one another.
//   mpirun -n 2 speed ROUNDS   both processes with a thread each, against process 0 alone with two threads
//   speed alone STEPS          a program that never initialises MPI prints the seconds of a step, by the
//   clock
//                              and of the CPU; mpirun -n 1 speed one STEPS does the same with a communicator
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "thalweg/mpi.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 1024;

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

struct Seconds {
    double clock = 0.0;
    double cpu = 0.0;  // of all threads, MPI's own as well: what else runs hardly disturbs that
};

// The median of the steps but the first one, which allocates.
Seconds seconds_a_step(const Samples<float>& samples, std::size_t steps, Communicator* processes) {
    Rng rng(1);
    Net<float> net({784, 2048, 1024, 10}, {.activation = Activation::kRelu}, rng);
    NetTrainOptions options;
    options.iterations = steps + 1;
    options.batch_size = kBatch;
    options.optimizer = Sgd{.lr = 0.01};
    options.communicator = processes;
    std::vector<double> seconds;
    std::vector<double> cpu_seconds;
    Clock::time_point before{};
    std::clock_t cpu_before = 0;
    NetTrainCallbacks<float> callbacks;
    callbacks.on_step = [&](const TrainStep& step) {
        const Clock::time_point now = Clock::now();
        const std::clock_t cpu_now = std::clock();
        if (step.iteration > 1) {
            seconds.push_back(std::chrono::duration<double>(now - before).count());
            cpu_seconds.push_back(static_cast<double>(cpu_now - cpu_before) / CLOCKS_PER_SEC);
        }
        before = now;
        cpu_before = cpu_now;
        return true;
    };
    train(net, samples, {}, options, rng, callbacks);
    return seconds.empty() ? Seconds{} : Seconds{median(seconds), median(cpu_seconds)};
}

int compare(MpiCommunicator& processes, std::size_t rounds) {
    constexpr std::size_t kSteps = 5;
    const Samples<float> samples = synthetic_digits(kBatch, 1);
    const int threads_alone = static_cast<int>(processes.size());
    std::vector<double> ratios;
    std::vector<double> together;
    std::vector<double> alone;
    for (std::size_t round = 0; round < rounds; ++round) {
        set_threads(1);
        together.push_back(seconds_a_step(samples, kSteps, &processes).clock);
        if (processes.rank() == 0) {
            set_threads(threads_alone);
            alone.push_back(seconds_a_step(samples, kSteps, nullptr).clock);
            ratios.push_back(alone.back() / together.back());
            for (std::size_t to = 1; to < processes.size(); ++to) {
                processes.send(to, {});
            }
        } else {
            std::size_t from = 0;
            std::vector<std::byte> nothing;
            processes.receive(from, nothing, true);  // asleep, mostly
        }
    }
    if (processes.rank() == 0) {
        std::printf(
            "%zu processes x 1 thread: %.4f s a step; 1 process x %d threads alone: %.4f s; speed %.4f of "
            "it (median of %zu ratios from %.4f to %.4f)\n",
            processes.size(), median(together), threads_alone, median(alone), median(ratios), rounds,
            *std::min_element(ratios.begin(), ratios.end()), *std::max_element(ratios.begin(), ratios.end()));
    }
    return 0;
}

void print_step(std::size_t steps, Communicator* processes) {
    const Seconds found = seconds_a_step(synthetic_digits(kBatch, 1), steps, processes);
    std::printf("%.6f s a step, %.6f of the CPU\n", found.clock, found.cpu);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string word = count > 2 ? arguments[1] : "";
    const std::size_t number = count > 1 ? std::strtoul(arguments[count - 1], nullptr, 10) : 3;
    if (word == "alone") {
        print_step(number, nullptr);
        return 0;
    }
    return mpi_main(count, arguments, [&](MpiCommunicator& processes) {
        if (word == "one") {
            print_step(number, &processes);
            return 0;
        }
        return compare(processes, number);
    });
}
