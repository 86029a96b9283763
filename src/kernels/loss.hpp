// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's cross-entropy terms, -log(y + 1e-7), in double for both element types.
//
// error   the sum y + 1e-7 one rounding, log below 1 ULP
// source  Deep Learning from Scratch 4.2.4
#pragma once

#include "kernels/exp_log.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr double kBookEpsilon = 1e-7;

// log(x + 1e-7) of kWidth<double> elements, of which `lanes` count.
template <class T>
[[gnu::always_inline]] inline Vec<double> book_logs(const T* x, std::size_t lanes) {
    if (lanes == kWidth<double>) {
        return log_double(load_as_doubles(x) + Vec<double>(kBookEpsilon));
    }
    T values[kWidth<double>] = {};
    for (std::size_t l = 0; l < lanes; ++l) {
        values[l] = x[l];
    }
    return log_double(load_as_doubles(values) + Vec<double>(kBookEpsilon));
}

}  // namespace

template <class T>
void log_loss(const T* x, double* y, std::size_t n) {
    for (std::size_t i = 0; i < n; i += kWidth<double>) {
        const std::size_t lanes = n - i < kWidth<double> ? n - i : kWidth<double>;
        const Vec<double> value = negated(book_logs(x + i, lanes));
        lanes == kWidth<double> ? store_full(y + i, value) : store_partial(y + i, value, lanes);
    }
}

template <class T>
double soft_log_loss(const T* x, const T* t, std::size_t n) {
    double total = 0.0;
    for (std::size_t i = 0; i < n; i += kWidth<double>) {
        const std::size_t lanes = n - i < kWidth<double> ? n - i : kWidth<double>;
        double logs[kWidth<double>];
        store_full(logs, book_logs(x + i, lanes));
        for (std::size_t l = 0; l < lanes; ++l) {
            if constexpr (kHasFma) {
                total = fused(static_cast<double>(t[i + l]), logs[l], total);
            } else {
                const double product = static_cast<double>(t[i + l]) * logs[l];
                total = total + product;
            }
        }
    }
    return -total;
}

}  // namespace thalweg::kernels::THALWEG_ISA
