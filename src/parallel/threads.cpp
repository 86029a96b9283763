// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The default number of threads and the one the user sets; when a team must not or had better not be.
#include "thalweg/threads.hpp"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define THALWEG_SINGLE_THREADED __libc_single_threaded
#else
#define THALWEG_SINGLE_THREADED false
#endif

#include <algorithm>
#include <atomic>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "core/of_this_thread.hpp"
#include "parallel/team.hpp"

namespace thalweg {
namespace {

std::atomic<int> explicit_threads{0};

// Of the innermost ThreadLimit.
thread_local int limit_of_caller = kMaxThreads;

#ifdef _OPENMP
// The CPUs that the calling thread may use. omp_get_num_procs() is not asked where it can be helped: libomp
// counts once, at its start, and libgomp lets all threads write the mask they ask for into one buffer, so
// that a thread sometimes gets the count of another's. Where OpenMP binds threads to places, the mask of one
// is its own place, and the number of all places is wanted.
int available_cpus() noexcept {
#ifdef __linux__
    if (omp_get_proc_bind() == omp_proc_bind_false) {
        cpu_set_t mask;
        CPU_ZERO(&mask);
        // Fails where there are more CPUs than a cpu_set_t holds.
        if (::sched_getaffinity(0, sizeof mask, &mask) == 0) {
            return CPU_COUNT(&mask);
        }
    }
#endif
    return omp_get_num_procs();
}

// omp_get_max_threads() sees OMP_NUM_THREADS and the caller's omp_set_num_threads().
int default_threads() noexcept {
    return std::min(omp_get_max_threads(), available_cpus());
}

// fork() copies the calling thread alone. The OpenMP runtime in the child still counts on the threads of the
// team, and libgomp would wait for them for ever. A process without any threads can have no team: its
// children (a daemon forks itself first thing) may begin one.
[[maybe_unused]] std::atomic<bool> threads_at_fork{false};
std::atomic<bool> lost_threads{false};

#ifndef _WIN32
// At load, and not with the first team: the caller's own regions leave threads behind as well.
[[gnu::constructor]] void watch_forks() noexcept {
    ::pthread_atfork([] { threads_at_fork.store(!THALWEG_SINGLE_THREADED, std::memory_order_relaxed); },
                     nullptr,
                     [] {
                         if (threads_at_fork.load(std::memory_order_relaxed)) {
                             lost_threads.store(true, std::memory_order_relaxed);
                         }
                     });
}
#endif
#endif

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
    if (lost_threads.load(std::memory_order_relaxed)) {
        return 1;
    }
    const int n = explicit_threads.load(std::memory_order_relaxed);
    return std::min(limit_of_caller, n > 0 ? n : default_threads());
#else
    return 1;
#endif
}

ThreadLimit::ThreadLimit(int n) : before_(limit_of_caller) {
    if (n < 1) {
        throw std::invalid_argument("ThreadLimit: expected 1 or more, found " + std::to_string(n));
    }
    limit_of_caller = std::min(before_, n);
}

ThreadLimit::~ThreadLimit() {
    limit_of_caller = before_;
}

namespace parallel {
namespace {

// A wait counts as slow when the team had better not been: beyond what a healthy join takes, above half of
// what the others' shares of the work take. Half, because a first thread that was held up itself counts its
// own delay as work.
constexpr auto kSlowWait = std::chrono::microseconds(50);

// After a slow wait the team stays serial for a while. The first time that is as long as the wait itself:
// more would be too much after a passing interrupt. If the next slow wait comes soon, threads lose more than
// they gain, and the pause doubles, up to 32 times the wait; otherwise it halves. "Soon" is within four times
// the length of the wait after the pause ended.
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

bool must_stay_serial() noexcept {
#ifdef _OPENMP
#ifdef THALWEG_OWN_THREADS
    if (Crew::at_work()) {
        return true;
    }
#endif
    return omp_in_parallel() != 0 || lost_threads.load(std::memory_order_relaxed);
#else
    return true;
#endif
}

#ifdef _OPENMP
namespace {

// After a refusal nothing is tried for so long.
constexpr auto kNextTry = std::chrono::seconds(1);

#ifdef THALWEG_OWN_THREADS
// How many more threads the team of the caller, who has `had`, may have: up to `wanted`.
std::size_t more_threads(std::size_t had, std::size_t wanted) noexcept {
    const auto limit = static_cast<std::size_t>(omp_get_thread_limit());
    try {
        return crew_of_caller().grow(std::min(had + wanted, std::max(had, limit))) - had;
    } catch (const std::bad_alloc&) {
        return 0;
    }
}
#else
// What the threads that are tried wait for.
struct Gate {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t opens = PTHREAD_COND_INITIALIZER;
    bool open = false;
};
struct Tried {
    pthread_t thread = {};
    Gate* gate = nullptr;
    std::atomic<long> id{0};
};

void* wait_at_gate(void* argument) {
    auto* const self = static_cast<Tried*>(argument);
#ifdef __linux__
    self->id.store(::syscall(SYS_gettid), std::memory_order_relaxed);
#endif
    ::pthread_mutex_lock(&self->gate->mutex);
    while (!self->gate->open) {
        ::pthread_cond_wait(&self->gate->opens, &self->gate->mutex);
    }
    ::pthread_mutex_unlock(&self->gate->mutex);
    return nullptr;
}

// A thread that was joined is still counted by the kernel for some microseconds: the next one would be
// refused.
void wait_until_gone(long id) noexcept {
#ifdef __linux__
    constexpr int kTries = 100'000;
    for (int i = 0; i < kTries && ::syscall(SYS_tgkill, ::getpid(), id, 0) == 0; ++i) {
        ::sched_yield();
    }
#else
    (void)id;
#endif
}

// How many threads, up to `wanted`, the system grants besides those that there are.
std::size_t more_threads(std::size_t /*had*/, std::size_t wanted) noexcept {
    const std::unique_ptr<Tried[]> tried(new (std::nothrow) Tried[wanted]);
    Gate gate;
    std::size_t count = 0;
    for (; tried && count < wanted; ++count) {
        tried[count].gate = &gate;
        if (::pthread_create(&tried[count].thread, nullptr, wait_at_gate, &tried[count]) != 0) {
            break;
        }
    }
    ::pthread_mutex_lock(&gate.mutex);
    gate.open = true;
    ::pthread_cond_broadcast(&gate.opens);
    ::pthread_mutex_unlock(&gate.mutex);
    for (std::size_t i = 0; i < count; ++i) {
        ::pthread_join(tried[i].thread, nullptr);
        wait_until_gone(tried[i].id.load(std::memory_order_relaxed));
    }
    return count;
}
#endif

}  // namespace

std::size_t granted(std::size_t size) noexcept {
    // Every thread that calls has a team of its own, whose threads stay.
    thread_local std::size_t had = 1;
    thread_local Clock::time_point next_try{};
    size = std::min(size, static_cast<std::size_t>(limit_of_caller));
    if (size <= had) {
        return size;
    }
    if (next_try != Clock::time_point{} && Clock::now() < next_try) {
        return had;
    }
    had += more_threads(had, size - had);
    next_try = had < size ? Clock::now() + kNextTry : Clock::time_point{};
    return had;
}

#ifdef THALWEG_OWN_THREADS
Crew& crew_of_caller() {
    return of_this_thread<Crew>();
}
#endif
#endif

bool threads_are_explicit() noexcept {
    return explicit_threads.load(std::memory_order_relaxed) > 0;
}
}  // namespace parallel

}  // namespace thalweg
