// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A thread's own helpers, for team.hpp where an OpenMP runtime's wait badly. On Windows, which has no futex,
// libgomp's threads sleep whenever they wait, and to wake them takes longer than a training step.
#pragma once

#include <cstddef>
#include <memory>

#if defined(_OPENMP) && defined(_WIN32) && !defined(THALWEG_OWN_THREADS)
#define THALWEG_OWN_THREADS 1
#endif

namespace thalweg::parallel {

// The helpers stay until the crew ends. Who waits looks for a while, then sleeps.
class Crew {
public:
    // What each member does: call(body, number of the member, members).
    struct Work {
        void (*call)(const void* body, std::size_t index, std::size_t count);
        const void* body;
    };

    Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;
    ~Crew();
    // Has more helpers, where the system grants them, for a team of `size`. Returns how many a team can have,
    // the calling thread among them.
    std::size_t grow(std::size_t size) noexcept;
    // The calling thread, as number 0, and size - 1 helpers do the work; returns when all have. work.call
    // must not throw. Returns whether the time shows how teams fare now: not where a helper had to be woken,
    // which is slow and passes, unless that was so in the last run as well.
    // range    size: at most what grow() returned
    bool run(std::size_t size, Work work) noexcept;

    // Within run(): waits until all members have come here. Every member must come, as often as the others.
    static void meet() noexcept;
    // True within run().
    static bool at_work() noexcept;

private:
    struct Run;
    struct Helper;
    struct Members;
    static void serve(const std::shared_ptr<Run>& run, const std::shared_ptr<Helper>& self) noexcept;

    std::unique_ptr<Members> members_;
};

}  // namespace thalweg::parallel
