// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The peak loops of each level: plain data and function pointers, as the kernel tables are, so that nothing
// inline is shared between objects of different instruction sets.
#pragma once

#include <cstddef>

namespace thalweg::bench {

struct PeakLoops {
    // Multiplies and adds in registers for so many rounds. The result depends on all of them.
    float (*f32)(std::size_t rounds);
    double (*f64)(std::size_t rounds);
    std::size_t f32_flop;  // per round; a multiplication and an addition count 1 each
    std::size_t f64_flop;
    // Move n floats with ordinary stores, and with stores past the caches (null where the level has none).
    void (*copy)(const float* x, float* y, std::size_t n);
    void (*stream)(const float* x, float* y, std::size_t n);
};

extern const PeakLoops peak_loops_scalar;
extern const PeakLoops peak_loops_sse2;
extern const PeakLoops peak_loops_avx2;
extern const PeakLoops peak_loops_avx512;
extern const PeakLoops peak_loops_neon64;

}  // namespace thalweg::bench
