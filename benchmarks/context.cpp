// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The context lines. Peaks have paths as the benchmarks do: peak/<type>/<level>/threads:<n>.
#include "context.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "bench_config.hpp"
#include "candidates.hpp"
#include "peak.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"
#include "thalweg/version.hpp"

namespace thalweg::bench {
namespace {

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Linux's name for the CPU; "unknown" where there is none (AArch64 gives numbers only).
std::string cpu_model() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown";
}

std::string caches() {
    const auto [l1_data, l2, l3] = cache_sizes();
    const auto kilobytes = [](std::size_t bytes) { return std::to_string(bytes >> 10) + " KB"; };
    const char* const given = std::getenv("THALWEG_CACHES");
    return kilobytes(l1_data) + ", " + kilobytes(l2) + ", " + kilobytes(l3) +
           (given == nullptr || *given == '\0' ? "" : ", as given by THALWEG_CACHES");
}

std::string giga(double rate, const char* unit) {
    char text[64];
    std::snprintf(text, sizeof text, "%.1f G%s", rate * 1e-9, unit);
    return text;
}

void add_peaks() {
    for (const SimdLevel level : available_levels()) {
        const std::string path = std::string(name(level)) + "/threads:1";
        benchmark::AddCustomContext("peak/f32/" + path, giga(peak_flops(level, sizeof(float)), "FLOP/s"));
        benchmark::AddCustomContext("peak/f64/" + path, giga(peak_flops(level, sizeof(double)), "FLOP/s"));
    }
}

void add_peers() {
    for (const Peer* peer : peers_found()) {
        benchmark::AddCustomContext(std::string("peer/") + peer->name, peer->version());
    }
}

}  // namespace

void add_context() {
    const BuildInfo build = build_info();
    const std::string governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    benchmark::AddCustomContext("cpu", cpu_model());
    benchmark::AddCustomContext("level", std::string(name(active_level())));
    benchmark::AddCustomContext("caches", caches());
    benchmark::AddCustomContext("threads", std::to_string(threads()));
    benchmark::AddCustomContext("thalweg", build.version);
    benchmark::AddCustomContext("compiler", build.compiler);
    benchmark::AddCustomContext("flags", THALWEG_BENCH_FLAGS);
    benchmark::AddCustomContext("xsimd", build.xsimd);
    benchmark::AddCustomContext("openmp", build.openmp ? "yes" : "no");
    benchmark::AddCustomContext("governor", governor.empty() ? "unknown" : governor);
    add_peaks();
    add_peers();
}

}  // namespace thalweg::bench
