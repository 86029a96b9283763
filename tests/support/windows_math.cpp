// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the tests' oracles call and mingw-w64's C library gets wrong. The library calls none of these.
#include <immintrin.h>
#include <quadmath.h>

// Rounded once. mingw-w64's round more than once: every thirtieth double is wrong where the sum cancels, and
// of exponentials from a float polynomial every fifth. For CPUs that have the instruction.
extern "C" [[gnu::target("fma")]] double fma(double a, double b, double c) {
    return _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
}

extern "C" [[gnu::target("fma")]] float fmaf(float a, float b, float c) {
    return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}

// mingw-w64's are the x87's instructions, which reduce angles with 66 bits of pi, and beyond 2^63 not at all.
// GCC's own in 113 bits have those of 2/pi for every long double.
extern "C" long double sinl(long double x) {
    return static_cast<long double>(sinq(x));
}

extern "C" long double cosl(long double x) {
    return static_cast<long double>(cosq(x));
}
