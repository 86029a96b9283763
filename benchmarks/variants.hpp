// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What all families share: one benchmark registered for every level and number of threads, the timed loop,
// the counters, and the verdict on the result. Names are paths: <op>/<type>/<shape>/<who>/threads:<n>, where
// <who> is "thalweg" for the level in use and "thalweg-<level>" for each other one that can run here.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "support/compare.hpp"
#include "support/oracle.hpp"
#include "thalweg/simd.hpp"

namespace thalweg::bench {

// How the library is to compute: body finds both already in use.
struct Variant {
    SimdLevel level;
    int threads;

    test::Rounding rounding() const {
        return has_fma(level) ? test::Rounding::kFma : test::Rounding::kMulAdd;
    }
};

using Body = std::function<void(benchmark::State& state, const Variant& variant)>;

// Registers `path` for each number of threads and, next to one another, each level: first the one in use,
// then the others, best first.
void add(const std::string& path, const std::vector<int>& threads, const Body& body);

// One thread always; two where an operation is large enough that the library splits it well.
inline std::vector<int> threads_for(bool large) {
    return large ? std::vector<int>{1, 2} : std::vector<int>{1};
}

template <class T>
constexpr const char* type_name() {
    return sizeof(T) == sizeof(float) ? "f32" : "f64";
}

// "100x784".
std::string by(std::size_t rows, std::size_t cols);

// Seconds on the wall, or of processor time spent by the calling thread.
double seconds_now(bool wall);

// Repeats step as long as state says, after one call that warms caches, buffers and the team. Returns seconds
// a call: on one thread its processor time, which other programs do not spoil; on several the wall clock's,
// since the time of the calling thread says nothing about the others.
template <class Step>
double timed(benchmark::State& state, const Variant& variant, Step&& step) {
    step();
    const bool wall = variant.threads > 1;
    const double begin = seconds_now(wall);
    for (auto _ : state) {
        step();
        benchmark::ClobberMemory();
    }
    return (seconds_now(wall) - begin) / static_cast<double>(state.iterations());
}

// Counters FLOP/s and of_peak: the share of the level's own multiply-add peak on as many threads.
void report_flops(benchmark::State& state, const Variant& variant, std::size_t element_bytes, double flop,
                  double seconds);

// Counters bytes/s and of_triad: the share of the memory bandwidth on as many threads, above 1 in caches. The
// label names the first cache that holds `resident` bytes.
void report_bytes(benchmark::State& state, const Variant& variant, double bytes, std::size_t resident,
                  double seconds);

// Marks the benchmark as failed when there are failures.
void judge(benchmark::State& state, const test::Failures& failures);

// How many runs were marked so far: Google Benchmark itself ends with status 0.
int failed_runs();

// Some of the numbers below count: all when that is no more than at_most, else both ends and a spread in
// between.
std::vector<std::size_t> sample(std::size_t count, std::size_t at_most);

void register_gemm();
void register_elementwise();
void register_softmax();
void register_train();

}  // namespace thalweg::bench
