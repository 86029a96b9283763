// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Adam's update in one loop. As a program of arrays (array.hpp) it takes sixteen steps, whose calls and loads
// of what is kept cost as much as a root and two quotients do: 1.7 times as long from the first cache, 1.8
// times from the third (Zen 3).
//
// error   one rounding an operation, as the lines of arrays in thalweg/optimizer.hpp
// bound   the unit for roots and quotients; from the third cache, three arrays read and written
// source  Deep Learning from Scratch, chapter 6
#pragma once

#include "kernels/table.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Vectors from i on: whole ones up to n, or one of n - i lanes. The block is a copy, which no store can
// reach.
template <class T, bool kDividesRoot, bool kPartial>
[[gnu::always_inline]] inline std::size_t adam_vectors(AdamBlock<T> b, std::size_t i) {
    const Vec<T> lr(b.lr);
    const Vec<T> take(b.take);
    const Vec<T> take_2(b.take_2);
    const Vec<T> epsilon(b.epsilon);
    const Vec<T> divisor(b.divisor);
    const std::size_t left = b.n - i;
    const auto load = [=](const T* x)
                          THALWEG_INLINE_LAMBDA { return kPartial ? load_partial(x, left) : load_full(x); };
    const auto store = [=](T* x, Vec<T> v) THALWEG_INLINE_LAMBDA {
        if constexpr (kPartial) {
            store_partial(x, v, left);
        } else {
            store_full(x, v);
        }
    };
    for (; kPartial ? i < b.n : i + kWidth<T> <= b.n; i += kWidth<T>) {
        const Vec<T> g = load(b.g + i);
        Vec<T> first = load(b.first + i);
        Vec<T> second = load(b.second + i);
        first = (g - first) * take + first;
        second = (g * g - second) * take_2 + second;
        store(b.first + i, first);
        store(b.second + i, second);
        Vec<T> root = square_root(second);
        if constexpr (kDividesRoot) {
            root = divide(root, divisor);
        }
        store(b.p + i, load(b.p + i) - divide(first * lr, root + epsilon));
    }
    return i;
}

template <class T, bool kDividesRoot>
void adam_loop(const AdamBlock<T>& b) {
    const std::size_t whole = adam_vectors<T, kDividesRoot, false>(b, 0);
    if constexpr (kSeveralLanes<T>) {
        adam_vectors<T, kDividesRoot, true>(b, whole);
    }
}

}  // namespace

template <class T>
void adam(const AdamBlock<T>& b) {
    // Nothing is divided by a divisor of 1.
    if (b.divisor == T(1)) {
        adam_loop<T, false>(b);
    } else {
        adam_loop<T, true>(b);
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
