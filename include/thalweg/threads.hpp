// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How many threads the library's parallel loops use. Results never depend on it.
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
/// range    n >= 1: exactly so many wherever a loop is worth splitting, also above the number of cores;
///          n = 0: back to the default, which is OMP_NUM_THREADS or the CPUs this process may use
/// threads  safe to call from any thread; calls that already run are not affected
/// throws   std::invalid_argument when n is negative or above kMaxThreads
void set_threads(int n);

/// The number of threads a large enough call would use now. 1 in a build without OpenMP, and in the child of
/// a fork() of a process that had threads: they stay with the parent.
int threads() noexcept;

/// The largest number set_threads() takes.
inline constexpr int kMaxThreads = 1024;

}  // namespace thalweg
THALWEG_END_PUBLIC
