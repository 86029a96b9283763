// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// fma() and fmaf() that round once. mingw-w64's round more than once: every thirtieth double is wrong where
// the sum cancels, and of exponentials from a float polynomial every fifth. The tests' plain loops call them,
// for CPUs that have the instruction; the library calls neither.
#include <immintrin.h>

extern "C" [[gnu::target("fma")]] double fma(double a, double b, double c) {
    return _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
}

extern "C" [[gnu::target("fma")]] float fmaf(float a, float b, float c) {
    return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}
