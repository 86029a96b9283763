// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// power against the truth, and C99's table of special values for pow.
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/functions.hpp"
#include "support/levels.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// Half around 1, where a small logarithm is multiplied, half any bits, of both signs.
template <class T>
std::vector<T> bases(std::size_t count) {
    Source source(31);
    std::vector<T> x;
    for (std::size_t i = 0; i < count / 4; ++i) {
        x.push_back(static_cast<T>(source.uniform(0.9, 1.1)));
        x.push_back(static_cast<T>(source.uniform(-4.0, 4.0)));
        x.push_back(std::bit_cast<T>(static_cast<BitsOf<T>>(source.next())));
        x.push_back(std::fabs(std::bit_cast<T>(static_cast<BitsOf<T>>(source.next()))));
    }
    return x;
}

}  // namespace

TEMPLATE_TEST_CASE("power keeps its budget", "[kernels][power]", float, double) {
    using T = TestType;
    if (sizeof(T) == sizeof(double) && !long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here");
        return;
    }
    const double most = sizeof(T) == sizeof(float) ? 0.51 : 1.0;
    const std::vector<T> x = bases<T>(20000);
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (const double number : {3.0, 4.0, 0.5, -0.5, 0.1, -1.7, 12.25, 300.0, -1000.5, 1e-5, -3e9}) {
            const T p = static_cast<T>(number);
            std::vector<T> y(x.size());
            dispatch::part<T>(table).power(p, x.data(), y.data(), x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                const long double truth =
                    std::pow(static_cast<long double>(x[i]), static_cast<long double>(p));
                const double error = ulp_error(y[i], truth);
                if (!(error <= most)) {
                    failures.add("is " + text_of(y[i]) + ", wrong by " + text_of(error) + " ULP", table.name,
                                 text_of(x[i]), "^", text_of(p));
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("power of 1, 2 and -1 rounds once", "[kernels][power]", float, double) {
    using T = TestType;
    const std::vector<T> x = bases<T>(4000);
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (const int p : {1, 2, -1}) {
            std::vector<T> expected;
            for (const T value : x) {
                expected.push_back(p == 1 ? value : p == 2 ? value * value : T(1) / value);
            }
            std::vector<T> y(x.size());
            dispatch::part<T>(table).power(static_cast<T>(p), x.data(), y.data(), x.size());
            failures.compare(y, expected, "exponent", p);
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("power at special values is C99's pow", "[kernels][power]", float, double) {
    using T = TestType;
    using Limits = std::numeric_limits<T>;
    constexpr T inf = Limits::infinity();
    constexpr T nan = Limits::quiet_NaN();
    const T x[] = {
        0, -T(0), 1, -1, inf, -inf, nan, T(0.5), T(-0.5), 2, -2, Limits::denorm_min(), -Limits::max()};
    // Odd, even, fractions, and numbers too large to be odd.
    const T p[] = {0,       -T(0),  1,       2,   -1,   3,   -3,      4,        -4,          T(0.5),
                   T(-0.5), T(2.5), T(-2.5), inf, -inf, nan, T(1e30), T(-1e30), T(16777215), T(-16777215)};
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (const T exponent : p) {
            for (const T base : x) {
                // What is not 0, 1, Inf or NaN is for the test above.
                const T expected = std::pow(base, exponent);
                const bool special =
                    expected == T(0) || std::fabs(expected) == T(1) || !std::isfinite(expected);
                std::vector<T> y(19, base);
                dispatch::part<T>(table).power(exponent, y.data(), y.data(), y.size());
                if (special) {
                    failures.compare(y, std::vector<T>(19, expected), text_of(base), "^", text_of(exponent));
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}
