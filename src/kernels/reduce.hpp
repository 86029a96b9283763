// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sums and largest elements.
//
// error   fold.hpp
// source  order: docs/numerics.md
#pragma once

#include "kernels/fold.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// The sum of f(i, x_i) over a row, where f sees vectors and may store what it computes; partial tells f how
// many lanes count. Lanes beyond n must come back as 0.
template <class T, class F>
[[gnu::always_inline]] inline T sum_of(std::size_t n, F f) {
    constexpr std::size_t w = kWidth<T>;
    RunningSums<T> sums;
    std::size_t i = 0;
    for (; i + RunningSums<T>::kVectors * w <= n; i += RunningSums<T>::kVectors * w) {
        for (std::size_t v = 0; v < RunningSums<T>::kVectors; ++v) {
            sums.add(v, f(i + v * w, w));
        }
    }
    for (std::size_t v = 0; i < n; ++v, i += w) {
        sums.add(v, f(i, n - i < w ? n - i : w));
    }
    return sums.total();
}

// The same for at most 64 bytes of elements: three of the four accumulators are zeros, which add nothing to
// sums that began at +0 and so are no -0.
template <class T>
[[gnu::always_inline]] inline T short_sum(const T* x, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kVectors = RunningSums<T>::kLanes / w;
    Vec<T> part[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
        const std::size_t at = v * w;
        part[v] =
            Vec<T>(T(0)) + (at < n ? load_partial_or_full(x + at, n - at < w ? n - at : w) : Vec<T>(T(0)));
    }
    for (std::size_t half = kVectors / 2; half > 0; half /= 2) {
        for (std::size_t v = 0; v < half; ++v) {
            part[v] = part[v] + part[v + half];
        }
    }
    return fold_lanes<T>(part[0], [](T a, T b) { return a + b; });
}

// NaN counts as largest, and the first of equals wins: a candidate replaces best only if this says so.
template <class T>
[[gnu::always_inline]] inline bool beats(T candidate, T best) {
    return candidate > best || (candidate != candidate && best == best);
}

// The largest of whole vectors, NaN if there is one.
template <class T>
T largest(const T* x, std::size_t vectors) {
    Vec<T> best = load_full(x);
    for (std::size_t v = 1; v < vectors; ++v) {
        const Vec<T> candidate = load_full(x + v * kWidth<T>);
        best = choose(candidate > best, candidate, choose(is_nan(candidate), candidate, best));
    }
    T lanes[kWidth<T>];
    store_full(lanes, best);
    T result = lanes[0];
    for (std::size_t l = 1; l < kWidth<T>; ++l) {
        result = beats(lanes[l], result) ? lanes[l] : result;
    }
    return result;
}

// Where value (or NaN, if that is what it is) first stands in whole vectors.
template <class T>
std::size_t first_of(const T* x, T value) {
    const Vec<T> wanted(value);
    const bool nan = value != value;
    std::size_t i = 0;
    for (;; i += kWidth<T>) {
        const Vec<T> v = load_full(x + i);
        if (nan ? any_lane(is_nan(v)) : any_lane(v == wanted)) {
            break;
        }
    }
    while (nan ? x[i] == x[i] : x[i] != value) {
        ++i;
    }
    return i;
}

// Row i's candidates of some columns, where they beat the best so far.
template <class T>
void improve(const T* candidates, std::size_t lanes, std::size_t i, T* best, std::size_t* y) {
    for (std::size_t l = 0; l < lanes; ++l) {
        if (beats(candidates[l], best[l])) {
            best[l] = candidates[l];
            y[l] = i;
        }
    }
}

}  // namespace

template <class T>
T sum(const T* x, std::size_t n) {
    if (n <= RunningSums<T>::kLanes) {
        return short_sum(x, n);
    }
    return sum_of<T>(n, [=](std::size_t i, std::size_t lanes) { return load_partial_or_full(x + i, lanes); });
}

// A call and the lanes that count take as long as a short row: here they are the same for all.
template <class T>
void sum_each(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y, std::size_t ldy) {
    if (cols > RunningSums<T>::kLanes) {
        for (std::size_t i = 0; i < rows; ++i) {
            y[i * ldy] = sum(x + i * ldx, cols);
        }
        return;
    }
    for (std::size_t i = 0; i < rows; ++i) {
        y[i * ldy] = short_sum(x + i * ldx, cols);
    }
}

template <class T>
void sum_rows(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y) {
    for (std::size_t j = 0; j < cols; ++j) {
        y[j] = T(0);
    }
    fold_down<T, Add>(x, ldx, rows, cols, y);
}

template <class T>
std::size_t argmax(const T* x, std::size_t n) {
    const std::size_t vectors = n >= 4 * kWidth<T> ? n / kWidth<T> : 0;
    std::size_t best = vectors == 0 ? 0 : first_of(x, largest(x, vectors));
    for (std::size_t i = vectors == 0 ? 1 : vectors * kWidth<T>; i < n; ++i) {
        best = beats(x[i], x[best]) ? i : best;
    }
    return best;
}

// One result a column: vectors of columns side by side; only where some lane improves are lanes looked at
// singly.
template <class T>
void argmax_rows(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, std::size_t* y) {
    for (std::size_t j = 0; j < cols; j += kWidth<T>) {
        const std::size_t lanes = cols - j < kWidth<T> ? cols - j : kWidth<T>;
        T best[kWidth<T>] = {};
        for (std::size_t l = 0; l < lanes; ++l) {
            best[l] = x[j + l];
            y[j + l] = 0;
        }
        for (std::size_t i = 1; i < rows; ++i) {
            const T* const p = x + i * ldx + j;
            const Vec<T> v = load_partial_or_full(p, lanes);
            const Vec<T> b = load_full(best);
            if (any_lane(v > b) || any_lane(is_nan(v))) {
                improve(p, lanes, i, best, y + j);
            }
        }
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
