// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Registration, counters and verdicts.
#include "variants.hpp"

#include <time.h>

#include <exception>

#include "peak.hpp"
#include "support/inputs.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::bench {
namespace {

int failed = 0;

void fail(benchmark::State& state, const std::string& message) {
    ++failed;
    state.SkipWithError(message.c_str());
}

// The level in use when the program began.
SimdLevel home_level() {
    static const SimdLevel level = active_level();
    return level;
}

std::vector<SimdLevel> levels_home_first() {
    std::vector<SimdLevel> levels = {home_level()};
    for (const SimdLevel level : available_levels()) {
        if (level != home_level()) {
            levels.push_back(level);
        }
    }
    return levels;
}

// "l1", "l2", ... or "mem", by the sizes the operating system gives; empty where it gives none.
std::string place_of(std::size_t bytes) {
    const auto& caches = benchmark::CPUInfo::Get().caches;
    int level = 0;
    for (const auto& cache : caches) {
        const bool holds = cache.type != "Instruction" && bytes <= static_cast<std::size_t>(cache.size);
        if (holds && (level == 0 || cache.level < level)) {
            level = cache.level;
        }
    }
    if (level != 0) {
        return "l" + std::to_string(level);
    }
    return caches.empty() ? "" : "mem";
}

}  // namespace

void add(const std::string& path, const std::vector<int>& threads, const Body& body) {
    for (const int n : threads) {
        for (const SimdLevel level : levels_home_first()) {
            const std::string who = level == home_level() ? "thalweg" : "thalweg-" + std::string(name(level));
            const std::string full = path + "/" + who + "/threads:" + std::to_string(n);
            const Variant variant{level, n};
            benchmark::RegisterBenchmark(full.c_str(), [variant, body](benchmark::State& state) {
                try {
                    select_level(variant.level);
                    set_threads(variant.threads);
                    body(state, variant);
                } catch (const std::exception& error) {
                    fail(state, error.what());
                }
            });
        }
    }
}

double seconds_now(bool wall) {
    timespec now{};
    clock_gettime(wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string by(std::size_t rows, std::size_t cols) {
    return std::to_string(rows) + "x" + std::to_string(cols);
}

void report_flops(benchmark::State& state, const Variant& variant, std::size_t element_bytes, double flop,
                  double seconds) {
    const double rate = flop / seconds;
    state.counters["FLOP/s"] = rate;
    state.counters["of_peak"] = rate / peak_flops(variant.level, element_bytes, variant.threads);
}

void report_bytes(benchmark::State& state, const Variant& variant, double bytes, std::size_t resident,
                  double seconds) {
    const double rate = bytes / seconds;
    state.counters["bytes/s"] = rate;
    state.counters["of_triad"] = rate / bandwidth(variant.threads).triad;
    state.SetLabel(place_of(resident).c_str());
}

void judge(benchmark::State& state, const test::Failures& failures) {
    const std::string text = failures.text();
    if (!text.empty()) {
        fail(state, "wrong result: " + text);
    }
}

int failed_runs() {
    return failed;
}

std::vector<std::size_t> sample(std::size_t count, std::size_t at_most) {
    std::vector<std::size_t> chosen;
    if (count <= at_most) {
        for (std::size_t i = 0; i < count; ++i) {
            chosen.push_back(i);
        }
        return chosen;
    }
    test::Source source(count);
    chosen = {0, count - 1};
    while (chosen.size() < at_most) {
        chosen.push_back(source.below(count));
    }
    return chosen;
}

}  // namespace thalweg::bench
