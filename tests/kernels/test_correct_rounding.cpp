// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The functions whose float results are correctly rounded: those bits for 2^22 patterns spread over all of
// them, for every pattern where sigmoid's lie near ties, and at every level. All 2^32 are the slow suite's
// (tools/ulp_sweep.cpp).
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/functions.hpp"
#include "support/levels.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// The float nearest to the true value. Long double has 40 bits beyond float's: only where it lies exactly
// between two floats could the bits that it lacks decide, and there the row says on which side the truth is.
float nearest(const Function<float>& function, float x) {
    const long double truth = function.truth(static_cast<long double>(x));
    const float y = static_cast<float>(truth);
    const long double got = static_cast<long double>(y);
    if (truth == got || !std::isfinite(y)) {
        return y;
    }
    const float other = std::nextafter(y, truth > got ? INFINITY : -INFINITY);
    const bool tie = truth - got == static_cast<long double>(other) - truth;
    if (!tie || function.owed.above == nullptr) {
        return y;
    }
    return function.owed.above(x) ? std::fmax(y, other) : std::fmin(y, other);
}

constexpr std::size_t kBlock = 4096;

// Patterns first, first + step, ..., `count` of them.
void check(const Function<float>& function, std::uint32_t first, std::uint32_t step, std::size_t count) {
    std::vector<float> x(kBlock);
    std::vector<float> want(kBlock);
    std::vector<float> got(kBlock);
    Failures failures;
    for (std::size_t done = 0; done < count; done += kBlock) {
        for (std::size_t i = 0; i < kBlock; ++i) {
            x[i] = std::bit_cast<float>(first + static_cast<std::uint32_t>(done + i) * step);
            want[i] = nearest(function, x[i]);
        }
        for (const SimdLevel level : available_levels()) {
            const auto& part = dispatch::part<float>(dispatch::table(level));
            (part.*function.slot)(x.data(), got.data(), kBlock);
            for (std::size_t i = 0; i < kBlock; ++i) {
                if (!same_bits(got[i], want[i])) {
                    failures.add("is " + text_of(got[i]) + ", expected " + text_of(want[i]), function.name,
                                 text_of(x[i]), name(level));
                }
            }
        }
    }
    REQUIRE(failures.text() == "");
}

}  // namespace

TEST_CASE("functions of float are correctly rounded where they say so", "[kernels][accuracy]") {
    if (!long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here");
        return;
    }
    for (const Function<float>& function : functions<float>()) {
        if (function.owed.promise == Promise::kRounded) {
            check(function, 0x155, 1U << 10U, std::size_t{1} << 22U);
        }
    }
}

TEST_CASE("sigmoid of small float arguments is on the right side of every tie", "[kernels][accuracy]") {
    if (!long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here");
        return;
    }
    const Function<float>& sigmoid_row = function<float>("sigmoid");
    // Ties are at multiples of a quarter of a unit of 1/2: numbers of few bits between 2^-25 and 2^-10.
    for (std::uint32_t exponent = 127 - 26; exponent < 127 - 9; ++exponent) {
        for (const std::uint32_t sign : {0U, 0x80000000U}) {
            check(sigmoid_row, sign | exponent << 23U, 1U << 9U, std::size_t{1} << 14U);
            check(sigmoid_row, sign | exponent << 23U, 1U, kBlock);
        }
    }
}
