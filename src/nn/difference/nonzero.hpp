// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// An input that is 0 moves nothing.
#pragma once

#include <algorithm>
#include <cstddef>

namespace thalweg::nn {

// Zeros come in runs: a branch for each would be predicted wrongly more often than one for eight.
inline constexpr std::size_t kZerosAtOnce = 8;
template <class T>
bool all_zero(const T* first, const T* last) {
    bool nonzero = false;
    for (; first != last; ++first) {
        nonzero |= *first != T(0);
    }
    return !nonzero;
}

// body(i, x[i]) for every input that is not zero, ascending.
template <class T, class Body>
void each_nonzero(const T* x, std::size_t n, const Body& body) {
    for (std::size_t i = 0; i < n; i += kZerosAtOnce) {
        const std::size_t end = std::min(i + kZerosAtOnce, n);
        if (all_zero(x + i, x + end)) {
            continue;
        }
        for (std::size_t k = i; k < end; ++k) {
            if (x[k] != T(0)) {
                body(k, static_cast<double>(x[k]));
            }
        }
    }
}

}  // namespace thalweg::nn
