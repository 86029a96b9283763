// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// sin and cos of angles next to multiples of pi/2, where the digits of the reduction are seen.
#include <cmath>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/functions.hpp"
#include "support/levels.hpp"

using namespace thalweg;
using namespace thalweg::test;

TEST_CASE("sin and cos next to multiples of pi/2", "[kernels][sin_cos]") {
    if (!long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here");
        return;
    }
    // The nearest of all doubles, and of those up to 2^21 (by continued fractions): 2^-61 to 2^-54.
    // 2^-31.
    const double near[] = {
        0x1.6ac5b262ca1ffp+849, 0x1.6c6cbc45dc8dep+5,   0x1.39c6fd67805a7p+18, 0x1.9eb7148f354d6p+20,
        0x1.921fb54442d18p+0,   0x1.921fb54442d18p+20,  0x1.ffffffffffffdp+20, 0x1p+21,
        0x1.0000000000001p+21,  0x1.fffffffffffffp+1023};
    std::vector<double> x;
    for (const double value : near) {
        for (const double sign : {1.0, -1.0}) {
            x.push_back(sign * value);
            x.push_back(sign * std::nextafter(value, 0.0));
        }
    }
    // Not std::sin() and std::cos() side by side, of which compilers make one call of another function.
    const auto true_sine = function<double>("sin").truth;
    const auto true_cosine = function<double>("cos").truth;
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        std::vector<double> sine(x.size());
        std::vector<double> cosine(x.size());
        table.f64.sin(x.data(), sine.data(), x.size());
        table.f64.cos(x.data(), cosine.data(), x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            const long double value = static_cast<long double>(x[i]);
            failures.expect(ulp_error(sine[i], true_sine(value)) <= 0.55, table.name, "sin", text_of(x[i]));
            failures.expect(ulp_error(cosine[i], true_cosine(value)) <= 0.55, table.name, "cos",
                            text_of(x[i]));
        }
        // Below 2^-60: only a reduction with 120 bits of 2/pi has any digit of it.
        const double hardest = 0x1.6ac5b262ca1ffp+849;
        double y = 0.0;
        table.f64.cos(&hardest, &y, 1);
        failures.expect(std::fabs(y) < 0x1p-60 && y != 0.0, table.name, "hardest");
        REQUIRE(failures.text() == "");
    });
}

// Where a vector is computed in the slow way whole, a zero in it is, too.
TEST_CASE("sin(-0) is -0 whatever stands beside it", "[kernels][sin_cos]") {
    each_table([&](const kernels::KernelTable& table) {
        Failures failures;
        for (std::size_t k = 0; k < 40; ++k) {
            std::vector<float> x(40, -0.0F);
            x[k] = 1e10F;
            std::vector<float> y(x.size());
            table.f32.sin(x.data(), y.data(), x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                failures.expect((y[i] == 0.0F && std::signbit(y[i])) == (i != k), table.name, "at", i, k);
            }
        }
        REQUIRE(failures.text() == "");
    });
}
