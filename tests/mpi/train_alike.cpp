// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: trains nets in all processes together, and in process 0 alone, and compares the bits of every
// loss and parameter. `train_alike STEPS` prints one line for each net; any difference ends with status 1.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "thalweg/mpi.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/train_net.hpp"

namespace {

using namespace thalweg;

// FNV-1a over the bytes of whatever a run leaves behind.
class Hash {
public:
    void add(const void* bytes, std::size_t n) {
        const auto* const from = static_cast<const unsigned char*>(bytes);
        for (std::size_t i = 0; i < n; ++i) {
            value_ = (value_ ^ from[i]) * 0x100000001b3ULL;
        }
    }
    template <class T>
    void add(const Matrix<T>& m) {
        add(m.data(), m.size() * sizeof(T));
    }
    unsigned long long value() const noexcept { return value_; }

private:
    unsigned long long value_ = 0xcbf29ce484222325ULL;
};

struct Case {
    const char* name;
    bool pixels;
    UpdateRule rule;
    NetOptions net;
};

template <class T>
Samples<T> samples_of(bool pixels) {
    const Dataset digits = synthetic_digits(300, 5);
    if (pixels) {
        return digits;
    }
    return {digits.images<T>(), std::vector<int>(digits.labels().begin(), digits.labels().end())};
}

template <class T>
unsigned long long hash_of(const Case& c, std::size_t steps, Communicator* processes) {
    const Samples<T> samples = samples_of<T>(c.pixels);
    // All but the first begin elsewhere: parameters and draws are the first one's.
    Rng rng(processes == nullptr || processes->rank() == 0 ? 3 : 4);
    Net<T> net({784, 50, 30, 10}, c.net, rng);
    NetTrainOptions options;
    options.iterations = steps;
    options.batch_size = 100;
    options.eval_every = steps;
    options.optimizer = c.rule;
    options.communicator = processes;
    const NetTrainResult result = train(net, samples, {}, options, rng);
    Hash hash;
    for (const auto& each : net.params.matrices()) {
        hash.add(*each.matrix);
    }
    for (const auto& each : net.running.matrices()) {
        hash.add(*each.matrix);
    }
    hash.add(Matrix<double>(1, 1, result.last_loss));
    hash.add(&result.evaluations.back().loss, sizeof(double));
    return hash.value();
}

template <class T>
int compare(const Case& c, std::size_t steps, MpiCommunicator& processes) {
    unsigned long long alone = processes.rank() == 0 ? hash_of<T>(c, steps, nullptr) : 0;
    processes.broadcast(std::as_writable_bytes(std::span(&alone, 1)), 0);
    const unsigned long long together = hash_of<T>(c, steps, &processes);
    if (together != alone) {
        std::printf("process %zu: %s: expected %016llx, found %016llx\n", processes.rank(), c.name, alone,
                    together);
        return 1;
    }
    if (processes.rank() == 0) {
        std::printf("%016llx  %s %s, %zu processes x %d threads, %zu steps\n", together,
                    sizeof(T) == 4 ? "float " : "double", c.name, processes.size(), threads(), steps);
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    return mpi_main(count, arguments, [&](MpiCommunicator& processes) {
        const std::size_t steps = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 20;
        const NetOptions both = {.dropout = 0.3, .batch_norm = true};
        int status = 0;
        for (const Case& c : {Case{"pixels, SGD", true, Sgd{}, {}}, Case{"numbers, Adam", false, Adam{}, {}},
                              Case{"pixels, Adam, batch norm, dropout", true, Adam{}, both},
                              Case{"numbers, SGD, batch norm, dropout", false, Sgd{}, both}}) {
            status |= compare<float>(c, steps, processes);
            status |= compare<double>(c, steps, processes);
        }
        return status;
    });
}
