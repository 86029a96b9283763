// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// exp, log and sigmoid of float: the bits of the correctly rounded result for 2^22 bit patterns spread over
// all of them, for every pattern where results lie near ties, and at every level. All 2^32 are the slow
// suite's (tools/ulp_sweep.cpp).
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/accuracy.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// The float nearest to the true value. Long double has 40 bits beyond float's: only where it lies exactly
// between two floats could the bits that it lacks decide, and there `above` says on which side the truth is.
float nearest(long double truth, bool above) {
    const float y = static_cast<float>(truth);
    const long double got = static_cast<long double>(y);
    if (truth == got || !std::isfinite(y)) {
        return y;
    }
    const float other = std::nextafter(y, truth > got ? INFINITY : -INFINITY);
    const bool tie = truth - got == static_cast<long double>(other) - truth;
    if (!tie) {
        return y;
    }
    return above ? std::fmax(y, other) : std::fmin(y, other);
}

struct Function {
    const char* name;
    Unary<float> kernels::Kernels<float>::*slot;
    long double (*truth)(long double);
    // The sign of the first term that long double may drop: exp's series 1 + x + x^2/2 comes from below,
    // sigmoid's 1/2 + x/4 - x^3/48 from the side of 1/2. log has no ties near 1: log(1 + t) = t - t^2/2.
    bool (*above)(float x);
};

const Function kFunctions[] = {
    {"exp", &kernels::Kernels<float>::exp, true_exp, [](float) { return true; }},
    {"log", &kernels::Kernels<float>::log, true_log, [](float) { return false; }},
    {"sigmoid", &kernels::Kernels<float>::sigmoid, true_sigmoid, [](float x) { return x < 0; }},
};

constexpr std::size_t kBlock = 4096;

// Patterns first, first + step, ..., `count` of them.
void check(const Function& function, std::uint32_t first, std::uint32_t step, std::size_t count) {
    std::vector<float> x(kBlock);
    std::vector<float> want(kBlock);
    std::vector<float> got(kBlock);
    Failures failures;
    for (std::size_t done = 0; done < count; done += kBlock) {
        for (std::size_t i = 0; i < kBlock; ++i) {
            x[i] = std::bit_cast<float>(first + static_cast<std::uint32_t>(done + i) * step);
            want[i] = nearest(function.truth(static_cast<long double>(x[i])), function.above(x[i]));
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

TEST_CASE("exp, log and sigmoid of float are correctly rounded", "[kernels][accuracy]") {
    if (!long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here");
        return;
    }
    for (const Function& function : kFunctions) {
        check(function, 0x155, 1U << 10U, std::size_t{1} << 22U);
    }
}

TEST_CASE("sigmoid of small float arguments is on the right side of every tie", "[kernels][accuracy]") {
    if (!long_double_is_extended()) {
        WARN("skipped: long double is no wider than double here");
        return;
    }
    // Ties are at multiples of a quarter of a unit of 1/2: numbers of few bits between 2^-25 and 2^-10.
    for (std::uint32_t exponent = 127 - 26; exponent < 127 - 9; ++exponent) {
        for (const std::uint32_t sign : {0U, 0x80000000U}) {
            check(kFunctions[2], sign | exponent << 23U, 1U << 9U, std::size_t{1} << 14U);
            check(kFunctions[2], sign | exponent << 23U, 1U, kBlock);
        }
    }
}
