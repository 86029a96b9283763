// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What can only be tried before the library or OpenMP has done anything in a process.
//   fresh_process daemon      fork without any thread yet: the child may have a team, and trains with it
//   fresh_process omp         fork after an OpenMP region of the caller's own: the child must be serial
//   fresh_process no-threads  the system gives no thread, or one of two that are wanted: those that there are
//                             work (an OpenMP runtime that is refused a thread ends the process)
//   fresh_process limit       with OMP_THREAD_LIMIT=2: a team smaller than asked for does all the work
#include <omp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <system_error>
#include <thread>

#include "threads/process.hpp"
#include "threads/work.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test;

constexpr int kSkipped = 77;

int train_in_child(std::size_t team) {
    set_threads(3);
    const std::size_t callers = threads_calling_f(0);
    const std::vector<float> net = trained(1);
    set_threads(1);
    const bool same_bits = trained(1) == net;
    std::printf("child: %zu threads, %s bits\n", callers, same_bits ? "the same" : "other");
    return same_bits && callers == team ? 0 : 1;
}

int report(const std::string& ending) {
    std::printf("child: %s\n", ending.empty() ? "well" : ending.c_str());
    return ending.empty() ? 0 : 1;
}

int after_own_region() {
    int team = 0;
#pragma omp parallel num_threads(3) default(none) shared(team)
#pragma omp single
    team = omp_get_num_threads();
    std::printf("parent: a team of %d\n", team);
    return team == 3 ? report(in_child([] { return train_in_child(1); })) : 1;
}

// The limit counts the user's processes, and root's not at all.
void limit_processes(rlim_t n) {
    if (::getuid() == 0 && ::setuid(65534) != 0) {
        return;
    }
    rlimit limit{};
    ::getrlimit(RLIMIT_NPROC, &limit);
    limit.rlim_cur = n;
    ::setrlimit(RLIMIT_NPROC, &limit);
}

bool has_a_thread() {
    try {
        std::thread([] {}).join();
    } catch (const std::system_error&) {
        return false;
    }
    return true;
}

// In a process that may have so many threads more, set_threads(3) makes a team of `team`.
int train_with(std::size_t more, std::size_t team) {
    limit_processes(0);
    if (has_a_thread()) {
        return kSkipped;
    }
    constexpr rlim_t kMost = 10000;
    for (rlim_t n = 1; more > 0 && n < kMost && !has_a_thread(); ++n) {
        limit_processes(n);
    }
    return train_in_child(team);
}

int without_threads() {
    const std::string none = in_child([] { return train_with(0, 1); });
    if (none == "exit status " + std::to_string(kSkipped)) {
        std::puts("skipped: threads cannot be forbidden here");
        return kSkipped;
    }
    const std::string one = in_child([] { return train_with(1, 2); });
    return report(none) + report(one);
}

int within_limit() {
    const std::vector<float> expected = serially([] { return shared_work().run(); });
    const std::vector<float> net = serially([] { return trained(1); });
    set_threads(7);
    const std::size_t callers = threads_calling_f(0);
    const bool same_bits = shared_work().run() == expected && trained(1) == net;
    std::printf("%zu of 7 threads, %s bits\n", callers, same_bits ? "the same" : "other");
    return callers == 2 && same_bits ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "daemon") {
        return report(in_child([] { return train_in_child(3); }));
    }
    if (what == "omp") {
        return after_own_region();
    }
    if (what == "limit") {
        return within_limit();
    }
    return what == "no-threads" ? without_threads() : 2;
}
