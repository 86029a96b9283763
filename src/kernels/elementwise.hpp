// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Elementwise kernels: exp, log and plain arithmetic over contiguous elements.
//
// shape   x, y: n contiguous elements; y may be x
// error   exp, log: float correctly rounded, double below 1 ULP (budgets: tests/functions.inc).
//         add, scale: one rounding; axpy: one rounding with fma, two without
// source  Deep Learning from Scratch, chapter 3
#pragma once

#include "kernels/exp_float.hpp"
#include "kernels/exp_log.hpp"
#include "kernels/log_float.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// exp and log for either element type; float: exp_float.hpp, log_float.hpp.
[[gnu::always_inline]] inline Vec<double> exp_lanes(Vec<double> x) {
    return exp_double(x);
}
[[gnu::always_inline]] inline Vec<double> log_lanes(Vec<double> x) {
    return log_double(x);
}

}  // namespace

template <class T>
void exp(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(float)) {
        exp_floats<kLookupFloats>(x, y, n);
    } else {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return exp_lanes(v); });
    }
}

template <class T>
void log(const T* x, T* y, std::size_t n) {
    if constexpr (sizeof(T) == sizeof(float)) {
        log_floats<kLogTable>(x, y, n);
    } else {
        map(x, y, n, [](Vec<double> v) THALWEG_INLINE_LAMBDA { return log_lanes(v); });
    }
}

template <class T>
void add(const T* x1, const T* x2, T* y, std::size_t n) {
    map2(x1, x2, y, n, [](Vec<T> a, Vec<T> b) { return a + b; });
}

template <class T>
void axpy(T a, const T* x, T* y, std::size_t n) {
    const Vec<T> factor(a);
    map2(x, y, y, n, [=](Vec<T> v, Vec<T> sum) { return fma(factor, v, sum); });
}

template <class T>
void scale(T a, const T* x, T* y, std::size_t n) {
    const Vec<T> factor(a);
    map(x, y, n, [=](Vec<T> v) { return factor * v; });
}

}  // namespace thalweg::kernels::THALWEG_ISA
