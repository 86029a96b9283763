// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The benchmark program: Google Benchmark's options and a few of its own (print_help). Ends with status 1
// when a result was wrong, 2 when it could not start.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "bench_config.hpp"
#include "candidates.hpp"
#include "clock.hpp"
#include "context.hpp"
#include "reporter.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::bench {
namespace {

void print_help() {
    std::puts(
        "usage: bench [--smoke | --quick] [--mnist=DIRECTORY] [Google Benchmark's options]\n"
        "  --smoke                        one call each but for the largest, to verify results; then: is "
        "the\n"
        "                                 best level faster than scalar?\n"
        "  --quick                        a quarter of the time, and figures that are worth as much\n"
        "  --mnist=DIRECTORY              images to train and differentiate on; else synthetic digits\n"
        "  --benchmark_list_tests         the names: <op>/<type>/<shape>/<who>/threads:<n>\n"
        "  --benchmark_filter=REGEX       only those that match\n"
        "  --benchmark_out=FILE --benchmark_out_format=json\n"
        "Repetitions are built in: times are medians of rounds in which all candidates take turns.\n"
        "THALWEG_SIMD=<level> chooses the level that is called \"thalweg\".");
}

// Seconds of the book's forward product on one thread, the best of several short bursts.
double forward_product_seconds(SimdLevel level) {
    constexpr int kBursts = 20;
    constexpr int kCalls = 5;
    select_level(level);
    set_threads(1);
    Matrix<float> x(100, 784);
    Matrix<float> w(784, 50);
    Matrix<float> y(100, 50);
    test::fill(x.data(), x.size(), test::Kind::kNormal, 1);
    test::fill(w.data(), w.size(), test::Kind::kNormal, 2);
    double best = 1e30;
    for (int burst = 0; burst < kBursts; ++burst) {
        const double begin = seconds_now(false);
        for (int call = 0; call < kCalls; ++call) {
            dot(x, w, y);
            benchmark::ClobberMemory();
        }
        best = std::min(best, (seconds_now(false) - begin) / kCalls);
    }
    return best;
}

bool best_beats_scalar(SimdLevel best) {
    if (best == SimdLevel::kScalar) {
        return true;
    }
    const double ratio = forward_product_seconds(SimdLevel::kScalar) / forward_product_seconds(best);
    const std::string best_name(name(best));
    std::printf("smoke: gemm/f32/100x784x50/nn: %s is %.1f times as fast as scalar\n", best_name.c_str(),
                ratio);
    return ratio >= 1.0;
}

// Takes the flag out of the arguments.
bool take_flag(std::vector<char*>& args, std::string_view flag) {
    const auto at = std::find(args.begin() + 1, args.end(), flag);
    const bool found = at != args.end();
    if (found) {
        args.erase(at);
    }
    return found;
}

// The same for --name=value; empty when it is not there.
std::string take_value(std::vector<char*>& args, std::string_view name) {
    for (auto at = args.begin() + 1; at != args.end(); ++at) {
        const std::string_view text = *at;
        if (text.substr(0, name.size()) == name) {
            std::string value(text.substr(name.size()));
            args.erase(at);
            return value;
        }
    }
    return "";
}

std::size_t run_benchmarks(bool into_file) {
    using Console = benchmark::ConsoleReporter;
    Reporter<Console> console(isatty(STDOUT_FILENO) != 0 ? Console::OO_ColorTabular : Console::OO_Tabular);
    Reporter<benchmark::JSONReporter> json;
    return into_file ? benchmark::RunSpecifiedBenchmarks(&console, &json)
                     : benchmark::RunSpecifiedBenchmarks(&console);
}

int run(std::vector<char*> args) {
    const bool smoke = take_flag(args, "--smoke");
    const bool quick = take_flag(args, "--quick");
    const std::string mnist = take_value(args, "--mnist=");
    const bool into_file = std::any_of(args.begin() + 1, args.end(), [](const char* text) {
        return std::string_view(text).substr(0, 16) == "--benchmark_out=";
    });
    // A contest does its own rounds; Google Benchmark is to ask for their result once.
    std::string once = "--benchmark_min_time=" THALWEG_BENCH_ONCE;
    args.insert(args.begin() + 1, once.data());
    int count = static_cast<int>(args.size());
    args.push_back(nullptr);
    benchmark::Initialize(&count, args.data(), print_help);
    if (benchmark::ReportUnrecognizedArguments(count, args.data())) {
        return 2;
    }
    const SimdLevel best = active_level();
    set_effort(smoke ? kSmoke : (quick ? kQuick : kFull));
    add_context();
    register_gemm();
    register_elementwise();
    register_arrays();
    register_tensors();
    register_softmax();
    register_loss();
    register_differentiate();
    register_net_gradient(mnist);
    register_deep_gradient(mnist);
    register_train(mnist);
    register_deep(mnist);
    register_predict();
    if (run_benchmarks(into_file) == 0) {
        return 2;
    }
    benchmark::Shutdown();
    bool good = failed_runs() == 0;
    if (!good) {
        std::fprintf(stderr, "bench: %d results were wrong\n", failed_runs());
    }
    if (smoke && !best_beats_scalar(best)) {
        std::fputs("smoke: the best level is slower than scalar\n", stderr);
        good = false;
    }
    return good ? 0 : 1;
}

}  // namespace
}  // namespace thalweg::bench

int main(int argc, char** argv) {
    try {
        return thalweg::bench::run(std::vector<char*>(argv, argv + argc));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench: %s\n", error.what());
        return 2;
    }
}
