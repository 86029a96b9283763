// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What this machine can do at best, measured here and now: the denominators of every "of_..." counter.
#pragma once

#include <cstddef>

#include "thalweg/simd.hpp"

namespace thalweg::bench {

// FLOP/s of a level's multiply-add loop on so many threads, for float (element_bytes 4) or double (8). The
// first call with the same arguments measures (about 3 ms), later ones remember.
double peak_flops(SimdLevel level, std::size_t element_bytes, int threads);

// Bytes/s to and from memory, counted as STREAM counts (reads and writes the program asks for): memcpy, and
// a[i] = b[i] + s * c[i]. The arrays hold 32 MiB each: where the last cache is larger than that, its speed
// instead.
struct Bandwidth {
    double copy;
    double triad;
};
Bandwidth bandwidth(int threads);

}  // namespace thalweg::bench
