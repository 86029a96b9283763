// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Peaks, measured so that other programs on the machine spoil them little: each thread times many short
// bursts by itself and takes a fast one, and the rates of the threads that ran side by side are added up.
#include "peak.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <map>
#include <tuple>
#include <vector>

#include "bench_config.hpp"
#include "parallel/team.hpp"
#include "peak_isa.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::bench {
namespace {

// 12 chains a round are about 6 cycles: 0.2 ms a burst, too short to meet a time slice's end often.
constexpr std::size_t kBurstRounds = 100'000;
constexpr std::size_t kBursts = 15;

// Blocks too large for a second-level cache, of arrays too large for most third-level ones.
constexpr std::size_t kArrayBytes = std::size_t{32} << 20;
constexpr std::size_t kBlockBytes = std::size_t{2} << 20;
constexpr std::size_t kPasses = 3;

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

// How a thread's rate follows from its bursts. Arithmetic never runs faster than it can, so a fast burst is
// an undisturbed one; memory does, when a cache happens to hold the block.
enum class Pick { kFasterQuartile, kMedian };

// Runs body(part, burst) for burst 0, 1, ... bursts - 1 in each thread of a team, and adds up what each gets
// done in a second when one burst is `work`.
template <class Body>
double team_rate(int threads, std::size_t bursts, double work, Pick pick, const Body& body) {
    const auto team = static_cast<std::size_t>(threads);
    std::vector<std::vector<double>> seconds(team, std::vector<double>(bursts));
    parallel::run(team, [&](parallel::Part part) {
        for (std::size_t burst = 0; burst < bursts; ++burst) {
            const auto begin = std::chrono::steady_clock::now();
            body(part, burst);
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
            seconds[part.index][burst] = took.count();
        }
    });
    const std::size_t rank = pick == Pick::kMedian ? bursts / 2 : bursts / 4;
    double rate = 0.0;
    for (std::vector<double>& of_thread : seconds) {
        std::sort(of_thread.begin(), of_thread.end());
        rate += of_thread[rank] > 0.0 ? work / of_thread[rank] : 0.0;
    }
    return rate;
}

double measure_flops(SimdLevel level, std::size_t element_bytes, int threads) {
    const PeakLoops& loops = loops_of(level);
    const bool single = element_bytes == sizeof(float);
    const std::size_t flop = (single ? loops.f32_flop : loops.f64_flop) * kBurstRounds;
    return team_rate(
        threads, kBursts, static_cast<double>(flop), Pick::kFasterQuartile, [&](parallel::Part, std::size_t) {
            double result = single ? static_cast<double>(loops.f32(kBurstRounds)) : loops.f64(kBurstRounds);
            benchmark::DoNotOptimize(result);
        });
}

// A function of its own, or GCC reads the pointers from the closure again for every element.
[[gnu::noinline]] void triad_block(double* a, const double* b, const double* c, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        a[i] = b[i] + 3.0 * c[i];
    }
}

Bandwidth measure_bandwidth(int threads) {
    constexpr std::size_t kCount = kArrayBytes / sizeof(double);
    constexpr std::size_t kBlock = kBlockBytes / sizeof(double);
    static std::array<Matrix<double>, 3> arrays = {
        Matrix<double>(1, kCount, 1.0), Matrix<double>(1, kCount, 2.0), Matrix<double>(1, kCount, 3.0)};
    double* const a = arrays[0].data();
    const double* const b = arrays[1].data();
    const double* const c = arrays[2].data();
    const std::size_t bursts =
        std::max<std::size_t>(kPasses, kPasses * (kCount / kBlock) / static_cast<std::size_t>(threads));
    // Where a thread's burst begins: its own share of the array, block by block, around and around.
    const auto begin_of = [](parallel::Part part, std::size_t burst) {
        const auto [first, last] = part.share(kCount, kBlock);
        const std::size_t blocks = std::max<std::size_t>(1, (last - first) / kBlock);
        return std::min(first, kCount - kBlock) + burst % blocks * kBlock;
    };
    constexpr auto kBytes = static_cast<double>(kBlockBytes);
    const double copy =
        team_rate(threads, bursts, 2.0 * kBytes, Pick::kMedian, [&](parallel::Part part, std::size_t burst) {
            const std::size_t first = begin_of(part, burst);
            std::memcpy(a + first, b + first, kBlockBytes);
            benchmark::ClobberMemory();
        });
    const double triad =
        team_rate(threads, bursts, 3.0 * kBytes, Pick::kMedian, [&](parallel::Part part, std::size_t burst) {
            const std::size_t first = begin_of(part, burst);
            triad_block(a + first, b + first, c + first, kBlock);
            benchmark::ClobberMemory();
        });
    return {copy, triad};
}

}  // namespace

double peak_flops(SimdLevel level, std::size_t element_bytes, int threads) {
    static std::map<std::tuple<SimdLevel, std::size_t, int>, double> known;
    double& value = known[{level, element_bytes, threads}];
    if (value == 0.0) {
        value = measure_flops(level, element_bytes, threads);
    }
    return value;
}

Bandwidth bandwidth(int threads) {
    static std::map<int, Bandwidth> known;
    const auto found = known.find(threads);
    if (found != known.end()) {
        return found->second;
    }
    return known[threads] = measure_bandwidth(threads);
}

}  // namespace thalweg::bench
