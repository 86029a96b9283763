// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The default number of threads and the one the user sets.
#include "thalweg/threads.hpp"

#include <atomic>
#include <stdexcept>
#include <string>

#include "parallel/team.hpp"

namespace thalweg {
namespace {

std::atomic<int> explicit_threads{0};

// omp_get_max_threads() would see the caller's omp_set_num_threads(), and OMP_NUM_THREADS, but no more CPUs
// than the process may use: omp_get_num_procs() counts those of its mask.
int default_threads() noexcept {
#ifdef _OPENMP
    const int wanted = omp_get_max_threads();
    const int cpus = omp_get_num_procs();
    return wanted < cpus ? wanted : cpus;
#else
    return 1;
#endif
}

}  // namespace

void set_threads(int n) {
    if (n < 0 || n > kMaxThreads) {
        throw std::invalid_argument("set_threads: expected 0 to " + std::to_string(kMaxThreads) + ", found " +
                                    std::to_string(n));
    }
    explicit_threads.store(n, std::memory_order_relaxed);
}

int threads() noexcept {
#ifdef _OPENMP
    const int n = explicit_threads.load(std::memory_order_relaxed);
    return n > 0 ? n : default_threads();
#else
    return 1;
#endif
}

namespace parallel {
namespace {

// A wait counts as slow above this plus four times the work done before it: a healthy join takes a few
// microseconds.
constexpr auto kSlowWait = std::chrono::microseconds(50);
constexpr auto kLongestPause = std::chrono::seconds(2);

std::atomic<Clock::rep> serial_until{0};

}  // namespace

void report_wait(Clock::duration worked, Clock::duration waited) noexcept {
    if (waited > kSlowWait + 4 * worked) {
        const Clock::duration pause =
            waited < kLongestPause / 20 ? 20 * waited : Clock::duration(kLongestPause);
        serial_until.store((Clock::now() + pause).time_since_epoch().count(), std::memory_order_relaxed);
    }
}

bool serial_for_now() noexcept {
    const Clock::rep until = serial_until.load(std::memory_order_relaxed);
    return until != 0 && Clock::now().time_since_epoch().count() < until;
}

bool threads_are_explicit() noexcept {
    return explicit_threads.load(std::memory_order_relaxed) > 0;
}
}  // namespace parallel

}  // namespace thalweg
