// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: what goes wrong in one process. `faults throw` throws in process 1, `faults kill` ends it in
// the middle of a run, `faults data` gives it other data, `faults few` trains with fewer rows than processes;
// the script beside it looks at status and message.
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>

#include "thalweg/mpi.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;

int run(MpiCommunicator& processes, const std::string& what) {
    const bool second = processes.rank() == 1;
    const Samples<float> samples = synthetic_digits(60, what == "data" && second ? 6 : 5);
    Rng rng(1);
    Net<float> net({784, 20, 10}, {}, rng);
    NetTrainOptions options;
    options.iterations = what == "few" ? 5 : 1000000;
    options.batch_size = what == "few" ? 2 : 20;
    options.communicator = &processes;
    NetTrainCallbacks<float> callbacks;
    callbacks.on_step = [](const TrainStep& step) {
        if (step.iteration == 20) {
            std::printf("20 steps\n");
            std::fflush(stdout);
        }
        return true;
    };
    if (what == "throw" && second) {
        throw std::runtime_error("no such file: train.csv");
    }
    if (what == "kill" && second) {
        alarm(1);  // its signal kills: the others are in the middle of a step
    }
    const NetTrainResult result = train(net, samples, {}, options, rng, callbacks);
    if (processes.rank() == 0) {
        std::printf("%zu updates\n", result.iterations);
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    return thalweg::mpi_main(count, arguments, [&](thalweg::MpiCommunicator& processes) {
        return run(processes, count > 1 ? arguments[1] : "few");
    });
}
