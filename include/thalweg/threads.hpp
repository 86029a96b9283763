// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How many threads the library uses. Results never depend on it.
#pragma once

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Sets the number of threads for every later call, in every thread of the process.
///
///     set_threads(2);
///     set_threads(0);  // the default again
///     threads() >= 1;  // true
///
/// range    n >= 1: exactly so many in every large call, also above the number of cores; n = 0: the default
///          again, which is OMP_NUM_THREADS or the number of CPUs that this process may use. Where the system
///          refuses threads, those that there are work
/// threads  calls that already run are not affected
/// throws   std::invalid_argument when n is negative or above kMaxThreads
void set_threads(int n);

/// Returns the number of threads that a large call would use now: 1 in a build without OpenMP, and in a
/// process forked from one that had threads.
int threads() noexcept;

/// The largest number set_threads() takes.
inline constexpr int kMaxThreads = 1024;

/// Limits the threads of every call that the calling thread makes while the object lives; other threads are
/// not affected. Where requests come in on many threads, each of them with a limit of 1 computes on its own
/// and no thread is created beside them.
///
///     set_threads(4);
///     const ThreadLimit limit(1);
///     threads();  // 1
///
/// threads  destroy it on the thread that made it, the last one made first
class ThreadLimit {
public:
    /// Begins; within another limit the lower one counts.
    /// range    n >= 1
    /// throws   std::invalid_argument when n is below 1
    explicit ThreadLimit(int n);
    /// Ends, and the limit before it counts again.
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit&) = delete;
    ThreadLimit& operator=(const ThreadLimit&) = delete;

private:
    int before_;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
