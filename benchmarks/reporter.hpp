// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Google Benchmark's reporters, made to write the contests' own times: its loop ran an empty body once.
#pragma once

#include <benchmark/benchmark.h>

#include <string_view>
#include <vector>

namespace thalweg::bench {

// The counter that carries a contest's median to the reporter, which moves it to where times belong.
inline constexpr const char* kSecondsCounter = "seconds";

template <class Base>
class Reporter : public Base {
public:
    using Base::Base;
    using Run = benchmark::BenchmarkReporter::Run;

    void ReportRuns(const std::vector<Run>& runs) override {
        std::vector<Run> ours = runs;
        for (Run& run : ours) {
            const auto seconds = run.counters.find(kSecondsCounter);
            if (seconds != run.counters.end()) {
                // A run's time is that of all its iterations.
                run.real_accumulated_time = seconds->second.value * static_cast<double>(run.iterations);
                run.cpu_accumulated_time = run.real_accumulated_time;
                run.counters.erase(seconds);
            }
        }
        Base::ReportRuns(ours);
    }
};

}  // namespace thalweg::bench
