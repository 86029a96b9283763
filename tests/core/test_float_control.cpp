// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The scope under which everything computes: what it sets, what it puts back.
#include <cfenv>
#include <limits>
#include <stdexcept>

#include "core/float_control.hpp"
#include "support/catch.hpp"
#include "support/float_modes.hpp"

namespace {

using namespace thalweg;
using core::FloatControl;
using core::FloatControlScope;

volatile double one = 1.0;
volatile double tiny = 0x1p-60;
volatile double smallest = std::numeric_limits<double>::denorm_min();

// As the standard has it: neither direction, and subnormals count.
bool computes_standard() {
    return one + tiny == 1.0 && one - tiny == 1.0 && smallest * one != 0.0;
}

TEST_CASE("is_standard() is right in every mode", "[float_control]") {
    CHECK(FloatControl::is_standard());
    for (const test::FloatMode& mode : test::float_modes()) {
        INFO(mode.name);
        const test::FloatModeScope set(mode);
        CHECK(!FloatControl::is_standard());
        CHECK(!(FloatControl::current() == FloatControl::standard()));
    }
    CHECK(FloatControl::is_standard());
}

TEST_CASE("a scope computes the standard way and puts the mode back", "[float_control]") {
    for (const test::FloatMode& mode : test::float_modes()) {
        INFO(mode.name);
        const test::FloatModeScope set(mode);
        const std::uint64_t before = test::float_word();
        CHECK(!computes_standard());
        {
            const FloatControlScope standard;
            CHECK(computes_standard());
            {
                const FloatControlScope again;
                CHECK(computes_standard());
            }
            CHECK(computes_standard());
        }
        CHECK(test::float_word() == before);
        CHECK_THROWS_AS(
            [] {
                const FloatControlScope standard;
                throw std::runtime_error("out of the scope");
            }(),
            std::runtime_error);
        CHECK(test::float_word() == before);
    }
}

TEST_CASE("a scope can be that of another thread", "[float_control]") {
    FloatControl upward = FloatControl::standard();
    {
        const test::FloatModeScope set({"upward", FE_UPWARD, false});
        upward = FloatControl::current();
    }
    {
        const FloatControlScope scope(upward);
        CHECK(one + tiny > 1.0);
    }
    CHECK(computes_standard());
}

TEST_CASE("flags that were raised stay raised", "[float_control]") {
    const test::FloatModeScope set({"upward", FE_UPWARD, false});
    std::feclearexcept(FE_ALL_EXCEPT);
    {
        const FloatControlScope standard;
        one = one / (smallest - smallest);
    }
    CHECK(std::fetestexcept(FE_DIVBYZERO) != 0);
    one = 1.0;
}

#if defined(__GLIBC__) && defined(__SSE2__)
TEST_CASE("a scope masks traps that were set by <fenv.h>", "[float_control]") {
    constexpr int kTraps = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW;
    std::feclearexcept(FE_ALL_EXCEPT);
    REQUIRE(feenableexcept(kTraps) != -1);
    {
        const FloatControlScope standard;  // a trap would end the program here
        one = one / (smallest - smallest);
        one = smallest * 0.5;
    }
    CHECK(fegetexcept() == kTraps);
    fedisableexcept(FE_ALL_EXCEPT);
    std::feclearexcept(FE_ALL_EXCEPT);
    one = 1.0;
}
#endif

}  // namespace
