// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: what goes wrong in one process. `faults KIND [RANK [FILE]]` does it in process RANK, while
// all train a net; the script beside it looks at status and message.
//   throw   an exception before training          data      other data there
//   kill    SIGKILL in the middle of a run        few       nothing, but fewer rows than processes
//   cut     the communicator throws there         version   another version of the library there
//   f       SIGKILL within a function that all differentiate
//   disk    no room for the checkpoint FILE: a process may write 4 KB to a file
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "thalweg/checkpoint.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/mpi.hpp"
#include "thalweg/process_server.hpp"
#include "thalweg/train_net.hpp"
#include "thalweg/version.hpp"

namespace {

using namespace thalweg;

// Does something before a gather.
class Watched final : public Communicator {
public:
    using Before = std::function<void(int gathers, std::span<std::byte> all)>;
    Watched(Communicator& processes, Before before) : processes_(processes), before_(std::move(before)) {}

    std::size_t rank() const noexcept override { return processes_.rank(); }
    std::size_t size() const noexcept override { return processes_.size(); }
    void gather(std::span<std::byte> all, std::span<const std::size_t> counts) override {
        before_(++gathers_, all);
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
    Before before_;
    int gathers_ = 0;
};

// After some steps.
constexpr int kInTheMiddle = 300;

Watched::Before fault_of(const std::string& kind, bool here) {
    return [=](int gathers, std::span<std::byte> all) {
        if (!here) {
            return;
        }
        if (kind == "kill" && gathers == kInTheMiddle) {
            std::raise(SIGKILL);
        }
        if (kind == "cut" && gathers == kInTheMiddle) {
            throw CommunicatorError("the cable is cut");
        }
        if (kind == "version") {
            const std::string_view own = build_info().version;
            char* const text = reinterpret_cast<char*>(all.data());
            char* const found = std::search(text, text + all.size(), own.begin(), own.end());
            if (found != text + all.size()) {
                *found = '9';
            }
        }
    };
}

void differentiate(MpiCommunicator& processes, bool here) {
    ProcessServer server(processes);
    Evaluations evaluations;
    evaluations.server = &server;
    int calls = 0;
    const auto f = [&](std::span<const double> x) {
        if (here && ++calls == 5) {
            std::raise(SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        return x[0];
    };
    numerical_gradient(f, std::vector<double>(200, 1.0), {.h = 1e-4, .evaluations = &evaluations});
}

// As if the disk were full.
void limit_files() {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        throw std::runtime_error("setrlimit failed");
    }
}

int run(MpiCommunicator& processes, const std::string& kind, std::size_t rank, const std::string& file) {
    const bool here = processes.rank() == rank;
    if (kind == "throw" && here) {
        throw std::runtime_error("no such file: train.csv");
    }
    if (kind == "f") {
        differentiate(processes, here);
        return 0;
    }
    const Samples<float> samples = synthetic_digits(60, kind == "data" && here ? 6 : 5);
    Rng rng(1);
    Net<float> net({784, 20, 10}, {}, rng);
    NetTrainOptions options;
    options.iterations = kind == "few" ? 5 : 1000000;
    options.batch_size = kind == "few" ? 2 : 20;
    options.checkpoint_every = kind == "disk" ? 30 : 0;
    Watched watched(processes, fault_of(kind, here));
    options.communicator = &watched;
    NetTrainCallbacks<float> callbacks;
    callbacks.on_step = [](const TrainStep& step) {
        if (step.iteration == 20) {
            std::printf("20 steps\n");
            std::fflush(stdout);
        }
        return true;
    };
    if (kind == "disk") {
        if (here) {
            limit_files();
        }
        callbacks.on_checkpoint = [&](const NetTrainState<float>& state) {
            save_state(file, net, state);
            return true;
        };
    }
    const NetTrainResult result = train(net, samples, {}, options, rng, callbacks);
    if (processes.rank() == 0) {
        std::printf("%zu updates\n", result.iterations);
    }
    if (result.rows_here == 0) {
        std::printf("process %zu had no rows\n", processes.rank());
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    return mpi_main(count, arguments, [&](MpiCommunicator& processes) {
        return run(processes, count > 1 ? arguments[1] : "few",
                   count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 1, count > 3 ? arguments[3] : "");
    });
}
