// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Many elements made one: sums, products, largest and smallest elements.
//
// The order along a row is fixed, whatever the register width: 4 accumulators of 64 bytes each take turns
// (four, because an add takes four cycles and a core starts one or two each cycle), element i goes to running
// result i mod (4 * 64 bytes), and one tree combines them. Down a column it is a chain over the rows.
//
// error   sum: (n/lanes + 6) * eps * sum|x| along a row, (rows - 1) * eps * sum|x| down a column; product:
//         n * eps, relative; largest and smallest: exact, NaN if there is one
// source  order: docs/numerics.md
#pragma once

#include "kernels/array_ops.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Where a running result starts: what changes no other element.
template <class T, class Op>
inline constexpr T kFoldStart = T(0);
template <class T>
inline constexpr T kFoldStart<T, Multiply> = T(1);
template <class T>
inline constexpr T kFoldStart<T, Maximum> = T(-kInfinity);
template <class T>
inline constexpr T kFoldStart<T, Minimum> = T(kInfinity);

// Of single numbers, as the lanes do it.
template <class T>
[[gnu::always_inline]] inline T fold_two(Add, T a, T b) {
    return a + b;
}
template <class T>
[[gnu::always_inline]] inline T fold_two(Multiply, T a, T b) {
    return a * b;
}
template <class T>
[[gnu::always_inline]] inline T fold_two(Maximum, T a, T b) {
    return b > a || b != b ? b : a;
}
template <class T>
[[gnu::always_inline]] inline T fold_two(Minimum, T a, T b) {
    return b < a || b != b ? b : a;
}

// The running results of one row, fed with vectors in order.
template <class T, class Op>
class Running {
public:
    static constexpr std::size_t kLanes = 64 / sizeof(T);
    static constexpr std::size_t kVectors = 4 * kLanes / kWidth<T>;

    [[gnu::always_inline]] Running() {
        for (std::size_t v = 0; v < kVectors; ++v) {
            results_[v] = Vec<T>(kFoldStart<T, Op>);
        }
    }
    // Goes on from what store() left.
    [[gnu::always_inline]] explicit Running(const T* kept) {
        for (std::size_t v = 0; v < kVectors; ++v) {
            results_[v] = load_full(kept + v * kWidth<T>);
        }
    }
    [[gnu::always_inline]] void store(T* kept) const {
        for (std::size_t v = 0; v < kVectors; ++v) {
            store_full(kept + v * kWidth<T>, results_[v]);
        }
    }
    // Adds to the v-th group of lanes; v counts vectors from the start of the row, modulo kVectors.
    [[gnu::always_inline]] void add(std::size_t v, Vec<T> x) {
        results_[v] = Op::template of<T>(results_[v], x);
    }

    // ((acc0 + acc1) + (acc2 + acc3)), then halves onto halves.
    [[gnu::always_inline]] T total() const {
        constexpr std::size_t n = kVectors / 4;
        Vec<T> part[n];
        for (std::size_t v = 0; v < n; ++v) {
            part[v] = Op::template of<T>(Op::template of<T>(results_[v], results_[n + v]),
                                         Op::template of<T>(results_[2 * n + v], results_[3 * n + v]));
        }
        for (std::size_t half = n / 2; half > 0; half /= 2) {
            for (std::size_t v = 0; v < half; ++v) {
                part[v] = Op::template of<T>(part[v], part[v + half]);
            }
        }
        return fold_lanes<T>(part[0], [](T a, T b) THALWEG_INLINE_LAMBDA { return fold_two(Op{}, a, b); });
    }

private:
    Vec<T> results_[kVectors];
};

template <class T>
using RunningSums = Running<T, Add>;

// Adds n elements to the running results; only the last call for a row may have an n that is no multiple of
// 4 * 64 bytes.
template <class T, class Op>
THALWEG_ONE_COPY void fold_more(const T* x, std::size_t n, T* kept) {
    constexpr std::size_t w = kWidth<T>;
    using Results = Running<T, Op>;
    Results results(kept);
    std::size_t i = 0;
    for (; i + Results::kVectors * w <= n; i += Results::kVectors * w) {
        for (std::size_t v = 0; v < Results::kVectors; ++v) {
            results.add(v, load_full(x + i + v * w));
        }
    }
    results.store(kept);
    // In memory: which result comes next is known only while it runs.
    for (T* result = kept; i < n; result += w, i += w) {
        const Vec<T> more =
            n - i < w ? load_partial_over(x + i, n - i, Vec<T>(kFoldStart<T, Op>)) : load_full(x + i);
        store_full(result, Op::template of<T>(load_full(result), more));
    }
}

template <class T, class Op>
void fold_down(const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y) {
    for (std::size_t j = 0; j < cols; j += kWidth<T>) {
        const std::size_t lanes = cols - j < kWidth<T> ? cols - j : kWidth<T>;
        Vec<T> result = load_partial_or_full(y + j, lanes);
        for (std::size_t i = 0; i < rows; ++i) {
            result = Op::template of<T>(result, load_partial_or_full(x + i * ldx + j, lanes));
        }
        store_partial_or_full(y + j, result, lanes);
    }
}

}  // namespace

// kept: 4 * 64 bytes, as fold_start() makes them.
template <class T>
void fold_start(Fold fold, T* kept) {
    const T start = fold == Fold::kSum       ? kFoldStart<T, Add>
                    : fold == Fold::kProduct ? kFoldStart<T, Multiply>
                    : fold == Fold::kMaximum ? kFoldStart<T, Maximum>
                                             : kFoldStart<T, Minimum>;
    for (std::size_t i = 0; i < 256 / sizeof(T); ++i) {
        kept[i] = start;
    }
}

template <class T>
void fold(Fold fold, const T* x, std::size_t n, T* kept) {
    switch (fold) {
        case Fold::kSum:
            return fold_more<T, Add>(x, n, kept);
        case Fold::kProduct:
            return fold_more<T, Multiply>(x, n, kept);
        case Fold::kMaximum:
            return fold_more<T, Maximum>(x, n, kept);
        case Fold::kMinimum:
            return fold_more<T, Minimum>(x, n, kept);
    }
}

template <class T>
T folded(Fold fold, const T* kept) {
    switch (fold) {
        case Fold::kSum:
            return Running<T, Add>(kept).total();
        case Fold::kProduct:
            return Running<T, Multiply>(kept).total();
        case Fold::kMaximum:
            return Running<T, Maximum>(kept).total();
        default:
            return Running<T, Minimum>(kept).total();
    }
}

template <class T>
void fold_rows(Fold fold, const T* x, std::size_t ldx, std::size_t rows, std::size_t cols, T* y) {
    switch (fold) {
        case Fold::kSum:
            return fold_down<T, Add>(x, ldx, rows, cols, y);
        case Fold::kProduct:
            return fold_down<T, Multiply>(x, ldx, rows, cols, y);
        case Fold::kMaximum:
            return fold_down<T, Maximum>(x, ldx, rows, cols, y);
        case Fold::kMinimum:
            return fold_down<T, Minimum>(x, ldx, rows, cols, y);
    }
}

template <class T>
std::size_t count_nonzero(const T* x, std::size_t n) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < n; ++i) {
        count += static_cast<std::size_t>(x[i] == T(0) ? 0 : 1);
    }
    return count;
}

}  // namespace thalweg::kernels::THALWEG_ISA
