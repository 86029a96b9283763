// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Time on one thread is its processor time, which other programs do not spoil; on several it is the wall
// clock's, since the time of the calling thread says nothing about the others.
#pragma once

#include <time.h>

namespace thalweg::bench {

// Seconds on the wall, or of processor time spent by the calling thread.
inline double seconds_now(bool wall) {
    timespec now{};
    clock_gettime(wall ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace thalweg::bench
