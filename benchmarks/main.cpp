// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The benchmark program. It takes Google Benchmark's options and one of its own, --smoke: every benchmark for
// 0.01 s, then one coarse ratio. Ends with status 1 when a result was wrong, 2 when it could not start.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "bench_config.hpp"
#include "context.hpp"
#include "support/inputs.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/threads.hpp"
#include "variants.hpp"

namespace thalweg::bench {
namespace {

void print_help() {
    std::puts(
        "usage: bench [--smoke] [Google Benchmark's options]\n"
        "  --smoke                        each benchmark for 0.01 s, then: is the best level faster than "
        "scalar?\n"
        "  --benchmark_list_tests         the names: <op>/<type>/<shape>/<who>/threads:<n>\n"
        "  --benchmark_filter=REGEX       only some\n"
        "  --benchmark_repetitions=N      N times each, with mean, median and deviation\n"
        "  --benchmark_out=FILE --benchmark_out_format=json\n"
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

int run(std::vector<char*> args) {
    const auto smoke_at = std::find(args.begin() + 1, args.end(), std::string_view("--smoke"));
    const bool smoke = smoke_at != args.end();
    std::string smoke_time = "--benchmark_min_time=" THALWEG_BENCH_SMOKE_TIME;
    if (smoke) {
        // In front of the caller's own options, of which the last one counts.
        args.erase(smoke_at);
        args.insert(args.begin() + 1, smoke_time.data());
    }
    int count = static_cast<int>(args.size());
    args.push_back(nullptr);
    benchmark::Initialize(&count, args.data(), print_help);
    if (benchmark::ReportUnrecognizedArguments(count, args.data())) {
        return 2;
    }
    const SimdLevel best = active_level();
    add_context();
    register_gemm();
    register_elementwise();
    register_softmax();
    register_train();
    if (benchmark::RunSpecifiedBenchmarks() == 0) {
        return 2;
    }
    benchmark::Shutdown();
    bool good = failed_runs() == 0;
    if (!good) {
        std::fprintf(stderr, "bench: %d runs failed\n", failed_runs());
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
