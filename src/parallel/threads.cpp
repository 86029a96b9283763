// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The default number of threads and the one the user sets.
#include "thalweg/threads.hpp"

#include <algorithm>
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

// A wait counts as slow when the team had better not been: beyond what a healthy join takes, above half of
// what the others' shares of the work take. Half, because a first thread that was held up itself counts its
// own delay as work.
constexpr auto kSlowWait = std::chrono::microseconds(50);

// Serial for as long as was lost, the first time: a thread that was held up by a passing interrupt is not
// worth more. A wait that follows less than four times its length of good running would eat what threads gain
// (two thirds at most, on two cores), so then the pause doubles, up to 32 times the wait, and else it halves.
constexpr int kMostPauses = 32;
constexpr int kWorthwhile = 4;
constexpr auto kLongestPause = std::chrono::seconds(2);

std::atomic<Clock::rep> serial_until{0};
std::atomic<int> pauses{1};

}  // namespace

void report_wait(std::size_t size, Clock::duration worked, Clock::duration waited) noexcept {
    if (waited <= kSlowWait + static_cast<Clock::rep>(size - 1) * worked / 2) {
        return;
    }
    const Clock::time_point now = Clock::now();
    const Clock::time_point resumed{Clock::duration(serial_until.load(std::memory_order_relaxed))};
    const bool too_often = now - waited - resumed < kWorthwhile * waited;
    const int before = pauses.load(std::memory_order_relaxed);
    const int times = too_often ? std::min(2 * before, kMostPauses) : std::max(before / 2, 1);
    const Clock::duration pause = std::min<Clock::duration>(times * waited, kLongestPause);
    pauses.store(times, std::memory_order_relaxed);
    serial_until.store((now + pause).time_since_epoch().count(), std::memory_order_relaxed);
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
