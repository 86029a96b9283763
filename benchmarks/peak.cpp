// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which level's loops, and how long a burst is.
#include "peak.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>

#include "bench_config.hpp"
#include "clock.hpp"
#include "peak_isa.hpp"

namespace thalweg::bench {
namespace {

// 12 chains a round are about 6 cycles: 0.2 ms a burst, too short to meet a time slice's end often.
constexpr std::size_t kBurstRounds = 100'000;

const PeakLoops& loops_of(SimdLevel level) {
    switch (level) {
#ifdef THALWEG_BENCH_PEAK_SSE2
        case SimdLevel::kSse2:
            return peak_loops_sse2;
#endif
#ifdef THALWEG_BENCH_PEAK_AVX2
        case SimdLevel::kAvx2:
            return peak_loops_avx2;
#endif
#ifdef THALWEG_BENCH_PEAK_AVX512
        case SimdLevel::kAvx512:
            return peak_loops_avx512;
#endif
#ifdef THALWEG_BENCH_PEAK_NEON64
        case SimdLevel::kNeon64:
            return peak_loops_neon64;
#endif
        default:
            return peak_loops_scalar;
    }
}

}  // namespace

PeakBurst peak_burst(SimdLevel level, std::size_t element_bytes) {
    const PeakLoops& loops = loops_of(level);
    if (element_bytes == sizeof(float)) {
        return {[&loops] { benchmark::DoNotOptimize(loops.f32(kBurstRounds)); },
                static_cast<double>(loops.f32_flop * kBurstRounds)};
    }
    return {[&loops] { benchmark::DoNotOptimize(loops.f64(kBurstRounds)); },
            static_cast<double>(loops.f64_flop * kBurstRounds)};
}

CopyLoop copy_loop(bool streaming) {
    const PeakLoops& loops = loops_of(available_levels().front());
    return streaming ? loops.stream : loops.copy;
}

double peak_flops(SimdLevel level, std::size_t element_bytes) {
    const PeakBurst burst = peak_burst(level, element_bytes);
    std::array<double, 15> seconds{};
    for (double& each : seconds) {
        const double begin = seconds_now(false);
        burst.run();
        each = seconds_now(false) - begin;
    }
    std::sort(seconds.begin(), seconds.end());
    return burst.flop / seconds[seconds.size() / 4];
}

}  // namespace thalweg::bench
