// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: what goes wrong in one process. `faults throw` throws in process 1, `faults kill` ends it in
// the middle of a run, `faults data` gives it other data, `faults few` trains with fewer rows than processes;
// the script beside it looks at status and message.
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "thalweg/mpi.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;

// The end of its process, in the middle of a run.
class Killed final : public Communicator {
public:
    Killed(Communicator& processes, bool here) : processes_(processes), here_(here) {}

    std::size_t rank() const noexcept override { return processes_.rank(); }
    std::size_t size() const noexcept override { return processes_.size(); }
    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
        if (here_ && ++gathers_ == 300) {
            std::raise(SIGKILL);
        }
        processes_.gather(all, counts);
    }
    void broadcast(std::span<std::byte> bytes, std::size_t from) override {
        processes_.broadcast(bytes, from);
    }
    void send(std::size_t to, std::span<const std::byte> message) override { processes_.send(to, message); }
    bool receive(std::size_t& from, std::vector<std::byte>& message, bool wait) override {
        return processes_.receive(from, message, wait);
    }

private:
    Communicator& processes_;
    bool here_;
    int gathers_ = 0;
};

int run(MpiCommunicator& processes, const std::string& what) {
    const bool second = processes.rank() == 1;
    const Samples<float> samples = synthetic_digits(60, what == "data" && second ? 6 : 5);
    Rng rng(1);
    Net<float> net({784, 20, 10}, {}, rng);
    NetTrainOptions options;
    options.iterations = what == "few" ? 5 : 1000000;
    options.batch_size = what == "few" ? 2 : 20;
    Killed killed(processes, what == "kill" && second);
    options.communicator = &killed;
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
