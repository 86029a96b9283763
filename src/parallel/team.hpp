// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The only file with OpenMP in it: splits work into parts that different threads own. Which thread does a
// part, and how many there are, never changes a result: a part is a block of whole outputs, and every thread
// computes it under the standard FloatControl.
#pragma once

#include <chrono>
#include <cstddef>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/float_control.hpp"
#include "parallel/crew.hpp"
#include "thalweg/threads.hpp"

#if defined(_OPENMP) && defined(__ELF__) && defined(__GNUC__)
// ThreadSanitizer's; null in a program without it.
extern "C" {
[[gnu::weak]] void __tsan_acquire(void* address);  // NOLINT: its names
[[gnu::weak]] void __tsan_release(void* address);  // NOLINT: its names
}
#define THALWEG_TELLS_TSAN 1
#endif

namespace thalweg::parallel {

// ThreadSanitizer does not see in which order an OpenMP runtime lets threads run, and would report races that
// are none: what was done before happened_before(x) is done for whoever calls happens_after(x) then.
inline void happened_before([[maybe_unused]] const void* x) noexcept {
#ifdef THALWEG_TELLS_TSAN
    if (__tsan_release != nullptr) {
        __tsan_release(const_cast<void*>(x));
    }
#endif
}
inline void happens_after([[maybe_unused]] const void* x) noexcept {
#ifdef THALWEG_TELLS_TSAN
    if (__tsan_acquire != nullptr) {
        __tsan_acquire(const_cast<void*>(x));
    }
#endif
}

// True when set_threads() fixed the number; then it is really run, whatever the machine has.
bool threads_are_explicit() noexcept;

// Other programs, or a thread pool beside ours, may hold the CPU that one of our threads needs; the others
// then wait at the end of every region for as long as the scheduler pleases: 30 us of work were seen to take
// 14 ms. So every region reports how long its first thread worked and how long it waited for the others, at
// the start (libgomp waits there for those that are not back from the last region) as at the end, and after a
// slow wait the default team stays serial for as long as was lost, and longer each time that happens again at
// once. A number of threads given explicitly is run all the same.
using Clock = std::chrono::steady_clock;
void report_wait(std::size_t size, Clock::duration worked, Clock::duration waited) noexcept;
bool serial_for_now() noexcept;

// True where a team must not be begun: in the caller's own parallel region, whose threads are at work
// already, and in a child of fork(), whose OpenMP runtime would wait for threads that only its parent has.
bool must_stay_serial() noexcept;

// How many of `size` threads this caller's team can have, itself among them, and may have by its ThreadLimit.
// An OpenMP runtime that is refused a thread (a limit of processes, a container's limit, no memory for a
// stack) ends the whole program, so
// threads are tried before a team grows: once for each caller and size, some 20 us a thread.
std::size_t granted(std::size_t size) noexcept;

#ifdef THALWEG_OWN_THREADS
// The calling thread's, which granted() has made.
Crew& crew_of_caller();
#endif

// What the parts of a region share: how long the first one waited at meeting points.
struct Region {
    Clock::duration waited{};
};

// One part of the work: number `index` of `count`.
struct Part {
    std::size_t index;
    std::size_t count;
    Region* region = nullptr;  // of run()
    // Of a team that goes on in other processes: this one's number, and how many there are.
    std::size_t process = 0;
    std::size_t processes = 1;

    // The same part, of this process's team alone.
    Part within_process() const noexcept { return {index, count, region}; }
    // This part's share of [0, total), cut at multiples of `unit`.
    struct Range {
        std::size_t first;
        std::size_t last;
    };
    Range share(std::size_t total, std::size_t unit) const noexcept {
        const std::size_t units = (total + unit - 1) / unit;
        const std::size_t begin = units * process / processes;
        const std::size_t own = units * (process + 1) / processes - begin;
        const std::size_t first = (begin + own * index / count) * unit;
        const std::size_t last = (begin + own * (index + 1) / count) * unit;
        return {first < total ? first : total, last < total ? last : total};
    }
};

// How many threads to use for `work` units when one thread should have at least `grain` of them: one below
// that.
inline std::size_t team_size(std::size_t work, std::size_t grain) noexcept {
#ifdef _OPENMP
    if (work < 2 * grain || must_stay_serial()) {
        return 1;
    }
    const auto wanted = static_cast<std::size_t>(threads());
    if (threads_are_explicit()) {
        return wanted;
    }
    const std::size_t useful = work / grain;
    const std::size_t size = wanted < useful ? wanted : useful;
    return size > 1 && serial_for_now() ? 1 : size;
#else
    (void)work;
    (void)grain;
    return 1;
#endif
}

// Calls body(Part) once for each part of a team of `size`, or of fewer where a team must not be or cannot be
// had; returns when all have ended. body must not throw. For parts that are somebody else's business, like
// the calls of a user's function: nothing is concluded from the waits, and a thread's FloatControl is what it
// is. Returns whether its time shows how teams fare now.
template <class Body>
bool run_unwatched(std::size_t size, const Body& body) noexcept {
#ifdef _OPENMP
    const std::size_t team = size > 1 && !must_stay_serial() ? granted(size) : 1;
    if (team > 1) {
#ifdef THALWEG_OWN_THREADS
        return crew_of_caller().run(team, {[](const void* work, std::size_t index, std::size_t count) {
                                               (*static_cast<const Body*>(work))(Part{index, count});
                                           },
                                           &body});
#else
        happened_before(&body);
        // clang-format off
#pragma omp parallel num_threads(static_cast<int>(team)) default(none) shared(body)
        // clang-format on
        {
            happens_after(&body);
            body(Part{static_cast<std::size_t>(omp_get_thread_num()),
                      static_cast<std::size_t>(omp_get_num_threads())});
            happened_before(&body);
        }
        happens_after(&body);
        return true;
#endif
    }
#endif
    (void)size;
    body(Part{0, 1});
    return true;
}

// Does one part; only the first thread looks at the clock.
template <class Body>
Clock::duration timed(Part part, const Body& body) noexcept {
    const bool first = part.index == 0;
    const Clock::time_point begin = first ? Clock::now() : Clock::time_point{};
    {
        const core::FloatControlScope standard;
        body(part);
    }
    return first ? Clock::now() - begin : Clock::duration{};
}

// Within a region of run(): waits until all of its parts have come here. Every part must come, as often as
// the others.
inline void meet([[maybe_unused]] Part part) noexcept {
#ifdef _OPENMP
    // Alone, the barrier would be that of the caller's region.
    if (part.count > 1) {
        const bool first = part.index == 0;
        const Clock::time_point begin = first ? Clock::now() : Clock::time_point{};
#ifdef THALWEG_OWN_THREADS
        Crew::meet();
#else
        happened_before(part.region);
#pragma omp barrier
        happens_after(part.region);
#endif
        if (first) {
            part.region->waited += Clock::now() - begin;
        }
    }
#endif
}

// Calls body(Part) once for each part of a team of `size`; returns when all have ended. body must not throw.
template <class Body>
void run(std::size_t size, const Body& body) noexcept {
    if (size <= 1) {
        const core::FloatControlScope standard;
        body(Part{0, 1});
        return;
    }
    const Clock::time_point begin = Clock::now();
    Region region;
    Clock::duration worked{};
    const bool telling = run_unwatched(size, [&](Part part) {
        part.region = &region;
        const Clock::duration time = timed(part, body);
        if (part.index == 0) {
            worked = time - region.waited;
        }
    });
    if (telling) {
        report_wait(size, worked, Clock::now() - begin - worked);
    }
}

}  // namespace thalweg::parallel
