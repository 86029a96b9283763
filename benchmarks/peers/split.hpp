// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Two threads for the libraries that offer plain functions and leave threads to their user.
#pragma once

#include <algorithm>
#include <cstddef>

namespace thalweg::bench::peers {

// Calls body(first, last) on each thread's share of [0, total), cut at multiples of unit.
template <class Body>
void split(std::size_t total, std::size_t unit, int threads, const Body& body) {
    if (threads <= 1) {
        body(std::size_t{0}, total);
        return;
    }
    const auto count = static_cast<std::size_t>(threads);
    const std::size_t units = (total + unit - 1) / unit;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int part = 0; part < threads; ++part) {
        const auto i = static_cast<std::size_t>(part);
        const std::size_t first = std::min(total, units * i / count * unit);
        const std::size_t last = std::min(total, units * (i + 1) / count * unit);
        if (first < last) {
            body(first, last);
        }
    }
}

}  // namespace thalweg::bench::peers
