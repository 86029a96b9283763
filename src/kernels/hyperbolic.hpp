// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// sinh x and cosh x - 1 together: what moving a number by +x and by -x does to e^x, without the cancellation
// that (e^x - e^-x) / 2 suffers near 0.
//
// error   up to |x| = 1 below 1 ULP for sinh and 2.5 for cosh - 1, beyond that 4 ULP; overflow beyond 709 as
//         in exp. Worst known
//         sinh    1.582 ULP at x = 0x1.6ec21d3d53148p+0 (got 0x1.f9bdf3daf57bcp+0, want 0x1.f9bdf3daf57bep+0)
//         cosh-1  2.839 ULP at x = 0x1.0eb63aacc735ap+0 (got 0x1.39f5c3ff779b8p-1, want 0x1.39f5c3ff779bbp-1)
// source  Taylor's series up to 1 (tools/coefficients/series.py; the first term left out is below 8e-18 of
//         the sum), exp_log.hpp beyond
#pragma once

#include "kernels/exp_log.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// (sinh(x) - x) / x^3 for |x| <= 1, given x^2.
template <class V>
[[gnu::always_inline]] inline V sinh_series(V square) {
    constexpr double kTail[] = {1.0 / 6,
                                1.0 / 120,
                                1.0 / 5040,
                                1.0 / 362880,
                                1.0 / 39916800,
                                1.0 / 6227020800.0,
                                1.0 / 1307674368000.0,
                                1.0 / 355687428096000.0};
    return polynomial(square, kTail);
}

// (cosh(x) - 1) / x^2.
template <class V>
[[gnu::always_inline]] inline V cosh_series(V square) {
    constexpr double kTail[] = {1.0 / 2,
                                1.0 / 24,
                                1.0 / 720,
                                1.0 / 40320,
                                1.0 / 3628800,
                                1.0 / 479001600,
                                1.0 / 87178291200.0,
                                1.0 / 20922789888000.0,
                                1.0 / 6402373705728000.0};
    return polynomial(square, kTail);
}

template <class V>
[[gnu::always_inline]] inline V sinh_to_one(V x) {
    const V square = x * x;
    return fma(x * square, sinh_series(square), x);
}

inline void sinh_cosh1(const double* x, double* sinh, double* cosh1, std::size_t n) {
    using V = Vec<double>;
    constexpr std::size_t w = kWidth<double>;
    for (std::size_t i = 0; i < n; i += w) {
        const std::size_t lanes = n - i < w ? n - i : w;
        const V v = load_partial_or_full(x + i, lanes);
        const V square = v * v;
        V s = sinh_to_one(v);
        V c = square * cosh_series(square);
        const auto large = square > V(1.0);
        if (any_lane(large)) {
            const V up = exp_double(v);
            const V down = exp_double(-v);
            s = choose(large, V(0.5) * (up - down), s);
            c = choose(large, V(0.5) * (up + down) - V(1.0), c);
        }
        store_partial_or_full(sinh + i, s, lanes);
        store_partial_or_full(cosh1 + i, c, lanes);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
