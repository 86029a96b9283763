// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Rows of many classes, with lanes as classes: what softmax and its loss have in common. The sum has the
// order of reduce.hpp.
#pragma once

#include "kernels/quotient.hpp"
#include "kernels/reduce.hpp"
#include "kernels/shifted_exp.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// The largest element of a long row; with NaN in the row any will do.
template <class T>
[[gnu::always_inline]] inline T shift_of(const T* x, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kSteps = 4;  // independent, because a maximum takes longer than the next one waits
    const auto larger_of = [](T a, T b) { return a > b ? a : b; };
    T max = x[0];
    std::size_t i = 0;
    if (n >= kSteps * w) {
        Vec<T> best[kSteps];
        for (; i < kSteps; ++i) {
            best[i] = load_full(x + i * w);
        }
        for (i = kSteps * w; i + kSteps * w <= n; i += kSteps * w) {
#pragma GCC unroll 4
            for (std::size_t s = 0; s < kSteps; ++s) {
                best[s] = larger(load_full(x + i + s * w), best[s]);
            }
        }
        for (; i + w <= n; i += w) {
            best[0] = larger(load_full(x + i), best[0]);
        }
        max = fold_lanes<T>(larger(larger(best[0], best[1]), larger(best[2], best[3])), larger_of);
    }
    for (; i < n; ++i) {
        max = larger_of(x[i], max);
    }
    return max;
}

// Sum of the exponentials of a long row, and whether its quotients are ordinary.
template <class T>
struct RowSum {
    T sum;
    bool ordinary;
};

// e[j] = e^(x[j] - shift) of a long row, summed in the order of reduce.hpp. e may be x.
template <class T>
[[gnu::always_inline]] inline RowSum<T> exp_shifted(const T* x, T shift, T* e, std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t kSteps = RunningSums<T>::kVectors;
    const Vec<T> s(shift);
    const Vec<T> bound(kOrdinaryShift<T>);
    RunningSums<T> sums;
    bool ordinary = true;
    std::size_t i = 0;
    for (; i + kSteps * w <= n; i += kSteps * w) {
        Vec<T> d[kSteps];
        d[0] = load_full(x + i) - s;
        auto fits = d[0] >= bound;
#pragma GCC unroll 16
        for (std::size_t v = 1; v < kSteps; ++v) {
            d[v] = load_full(x + i + v * w) - s;
            fits = both(fits, d[v] >= bound);
        }
        if (all_lanes(fits)) {
#pragma GCC unroll 16
            for (std::size_t v = 0; v < kSteps; ++v) {
                const Vec<T> value = exp_ordinary(d[v]);
                store_full(e + i + v * w, value);
                sums.add(v, value);
            }
            continue;
        }
        ordinary = false;
        for (std::size_t v = 0; v < kSteps; ++v) {
            const Vec<T> value = exp_any(d[v]);
            store_full(e + i + v * w, value);
            sums.add(v, value);
        }
    }
    for (std::size_t v = 0; i < n; ++v, i += w) {
        const std::size_t lanes = n - i < w ? n - i : w;
        const Vec<T> d = (lanes == w ? load_full(x + i) : load_partial_over(x + i, lanes, s)) - s;
        ordinary = ordinary && all_lanes(d >= bound);
        const Vec<T> value = exp_any(d);
        if (lanes == w) {
            store_full(e + i, value);
            sums.add(v, value);
        } else {
            store_partial(e + i, value, lanes);
            sums.add(v, first_lanes(value, lanes));
        }
    }
    return {sums.total(), ordinary};
}

template <bool kOrdinary, class T>
[[gnu::always_inline]] inline void divide(const T* x, T divisor, T* y, std::size_t n) {
    const Divisor<T> d{Vec<T>(divisor)};
    map(x, y, n, [&](Vec<T> v) { return d.template quotient<kOrdinary>(v); });
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
