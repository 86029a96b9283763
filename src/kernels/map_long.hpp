// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// map() and in_double() for long functions: with one copy of f instead of two or four. Five functions at
// every level would otherwise be a third larger; what it costs is not to be measured beside f itself.
#pragma once

#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// y[i] = f(x[i]), as map(): each vector asks whether it is whole.
template <class T, class F>
[[gnu::always_inline]] inline void map_long(const T* x, T* y, std::size_t n, F f) {
#pragma GCC unroll 1
    for (std::size_t i = 0; i < n; i += kWidth<T>) {
        const std::size_t lanes = n - i < kWidth<T> ? n - i : kWidth<T>;
        store_partial_or_full(y + i, f(load_partial_or_full(x + i, lanes)), lanes);
    }
}

// y[i] = f(x[i]) in double, rounded once, for one vector of floats.
template <class F>
THALWEG_ONE_COPY void round_lanes(const float* x, float* y, F f) {
    double lanes[kWidth<float>];
#pragma GCC unroll 1
    for (std::size_t i = 0; i < kWidth<float>; i += kWidth<double>) {
        store_full(lanes + i, f(load_as_doubles(x + i)));
    }
    for (std::size_t i = 0; i < kWidth<float>; ++i) {
        y[i] = static_cast<float>(lanes[i]);
    }
}
// As in_double(), with one copy of a long f that is called through memory.
template <class F>
[[gnu::always_inline]] inline Vec<float> in_double_apart(Vec<float> x, F f) {
    float lanes[kWidth<float>];
    store_full(lanes, x);
    round_lanes(lanes, lanes, f);
    return load_full(lanes);
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
