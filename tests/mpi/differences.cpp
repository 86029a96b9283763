// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Under mpirun: a gradient of a function that takes long, dealt out dynamically and in equal shares, against
// the bits that one process computes. `differences [MILLISECONDS]` prints how near to the ideal time it was;
// any difference ends with status 1.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <thread>
#include <vector>

#include "thalweg/finite_differences.hpp"
#include "thalweg/mpi.hpp"
#include "thalweg/process_server.hpp"

namespace {

using namespace thalweg;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kVariables = 64;

double value_of(std::span<const double> x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sum += std::sin(x[i]) * x[(i + 1) % x.size()];
    }
    return sum;
}

std::vector<double> point() {
    std::vector<double> x(kVariables);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = 0.3 + 0.01 * static_cast<double>(i);
    }
    return x;
}

// Two evaluations a variable, and no other.
GradientOptions options_with_step() {
    GradientOptions options;
    options.h = 1e-4;
    return options;
}

int check_bits(MpiCommunicator& processes, int milliseconds) {
    const std::vector<double> x = point();
    const auto wanted = numerical_gradient(value_of, x, options_with_step()).gradient;
    int status = 0;
    for (const Dealing dealing : {Dealing::kDynamic, Dealing::kStatic}) {
        ProcessServer server(processes, dealing);
        Evaluations evaluations;
        evaluations.server = &server;
        GradientOptions options = options_with_step();
        options.evaluations = &evaluations;
        const auto slow = [&](std::span<const double> at) {
            std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
            return value_of(at);
        };
        // Processes begin at different times.
        std::byte nothing{};
        processes.broadcast(std::span(&nothing, 1), processes.size() - 1);
        processes.broadcast(std::span(&nothing, 1), 0);
        const Clock::time_point begin = Clock::now();
        const auto found = numerical_gradient(slow, x, options).gradient;
        const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        const bool same = found == wanted;
        status |= same ? 0 : 1;
        if (processes.rank() == 0 || !same) {
            const double ideal =
                2.0 * kVariables * milliseconds * 1e-3 / static_cast<double>(processes.size());
            std::printf("process %zu of %zu, %s: %s bits, %.3f s, %.1f %% of ideal\n", processes.rank(),
                        processes.size(), dealing == Dealing::kDynamic ? "dynamic" : "static",
                        same ? "the same" : "OTHER", seconds, 100.0 * ideal / seconds);
        }
    }
    return status;
}

}  // namespace

int main(int count, char** arguments) {
    return thalweg::mpi_main(count, arguments, [&](thalweg::MpiCommunicator& processes) {
        const int milliseconds = count > 1 ? static_cast<int>(std::strtol(arguments[1], nullptr, 10)) : 5;
        return check_bits(processes, milliseconds);
    });
}
