// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What this machine can do at best, as loops to be timed next to the candidates of a contest.
#pragma once

#include <cstddef>
#include <functional>

#include "thalweg/simd.hpp"

namespace thalweg::bench {

// A short run of a level's multiply-adds in registers, for float (element_bytes 4) or double (8).
struct PeakBurst {
    std::function<void()> run;
    double flop;
};
PeakBurst peak_burst(SimdLevel level, std::size_t element_bytes);

// Moves n floats with the widest registers of the best level here: with ordinary stores, or with stores that
// go past the caches and are complete on return. Null where there is no such store.
using CopyLoop = void (*)(const float* x, float* y, std::size_t n);
CopyLoop copy_loop(bool streaming);

// FLOP/s of the bursts on one thread, the faster quartile of several; measured at each call (about 3 ms).
double peak_flops(SimdLevel level, std::size_t element_bytes);

}  // namespace thalweg::bench
