// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How elementwise operations walk over views: one long run where nothing has gaps, row by row elsewhere.
#pragma once

#include <cstdint>

#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::ops {

using parallel::kArithmeticGrain;
using parallel::kMathGrain;

// Calls body(i, j, n) for runs of n elements that begin at (i, j) and together cover rows x cols.
template <class Body>
void for_each_run(std::size_t rows, std::size_t cols, bool contiguous, std::size_t grain, const Body& body) {
    constexpr std::size_t kLine = 64;  // elements: cuts between threads fall on cache lines
    const std::size_t team = parallel::team_size(rows * cols, grain);
    if (team == 1 && contiguous) {
        // Short arrays are many, and their time is counted in tens of nanoseconds: no shares, no divisions.
        if (rows * cols > 0) {
            const core::FloatControlScope standard;
            body(std::size_t{0}, std::size_t{0}, rows * cols);
        }
        return;
    }
    parallel::run(team, [&](parallel::Part part) {
        if (contiguous) {
            const auto [first, last] = part.share(rows * cols, kLine);
            if (first < last) {
                body(std::size_t{0}, first, last - first);
            }
            return;
        }
        const auto [first, last] = part.share(cols == 0 ? 0 : rows, 1);
        for (std::size_t i = first; i < last; ++i) {
            body(i, std::size_t{0}, cols);
        }
    });
}

template <class T>
T* at(MatrixView<T> view, std::size_t i, std::size_t j) noexcept {
    return view.data() + i * view.ld() + j;
}

// Whether x and out are, at a glance, two arrays of one shape without gaps that are the same or lie apart:
// what nearly every call is, and then there is nothing that core/shape_check could find.
template <class T>
bool plainly_fit(const MatrixView<const T>& x, const MatrixView<T>& out) noexcept {
    const auto x_first = reinterpret_cast<std::uintptr_t>(x.data());
    const auto out_first = reinterpret_cast<std::uintptr_t>(out.data());
    const std::size_t distance = x_first < out_first ? out_first - x_first : x_first - out_first;
    return x.rows() == out.rows() && x.cols() == out.cols() && x.ld() == x.cols() && out.ld() == out.cols() &&
           (distance == 0 || distance >= x.size() * sizeof(T));
}

// out = kernel(x) for one of the table's unary slots; grain: kMathGrain, or kArithmeticGrain for what takes
// an instruction or two. The views are passed by reference: a copy would load whole registers from words that
// were stored a moment ago, and such a load waits until the stores have reached the cache.
template <class T>
void unary(const char* op, void (*kernels::Kernels<T>::*slot)(const T*, T*, std::size_t),
           const MatrixView<const T>& x, const MatrixView<T>& out, std::size_t grain) {
    if (!plainly_fit(x, out)) {
        check::shape(op, "out", out, x.rows(), x.cols());
        check::overlap(op, "out", out, "x", x, check::Alias::kSame);
    }
    const auto kernel = dispatch::active<T>().*slot;
    for_each_run(x.rows(), x.cols(), x.contiguous() && out.contiguous(), grain,
                 [&](std::size_t i, std::size_t j, std::size_t n) { kernel(at(x, i, j), at(out, i, j), n); });
}

}  // namespace thalweg::ops
