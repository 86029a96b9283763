// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two settings of the library, level and number of threads: names, limits, and errors that list the
// choices.
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/error.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr SimdLevel kAllLevels[] = {SimdLevel::kScalar, SimdLevel::kSse2, SimdLevel::kAvx2,
                                    SimdLevel::kAvx512, SimdLevel::kNeon64};

bool contains(const std::vector<SimdLevel>& levels, SimdLevel level) {
    return std::find(levels.begin(), levels.end(), level) != levels.end();
}

}  // namespace

TEST_CASE("levels have names that lead back to them", "[levels]") {
    CHECK(name(SimdLevel::kScalar) == "scalar");
    CHECK(name(SimdLevel::kSse2) == "sse2");
    CHECK(name(SimdLevel::kAvx2) == "avx2");
    CHECK(name(SimdLevel::kAvx512) == "avx512");
    CHECK(name(SimdLevel::kNeon64) == "neon64");
    for (const SimdLevel level : kAllLevels) {
        CHECK(parse_level(name(level)) == level);
    }
    for (const char* const wrong : {"", "AVX2", "avx", "avx2 ", "avx5122"}) {
        CHECK_THROWS_AS(parse_level(wrong), SimdError);
        CHECK_THROWS_WITH(parse_level(wrong), ContainsSubstring("scalar") && ContainsSubstring(wrong));
    }
}

TEST_CASE("the scalar level is always there and last", "[levels]") {
    CHECK(built_levels().back() == SimdLevel::kScalar);
    CHECK(available_levels().back() == SimdLevel::kScalar);
    for (const SimdLevel level : available_levels()) {
        CHECK(contains(built_levels(), level));
    }
    CHECK(contains(available_levels(), active_level()));
}

TEST_CASE("a level that can run is used, another is refused and changes nothing", "[levels]") {
    const LevelScope restore;
    for (const SimdLevel level : kAllLevels) {
        if (contains(available_levels(), level)) {
            select_level(level);
            CHECK(active_level() == level);
            CHECK(&dispatch::active_table() == &dispatch::table(level));
        } else {
            const SimdLevel before = active_level();
            CHECK_THROWS_WITH(select_level(level),
                              ContainsSubstring(std::string(name(level))) && ContainsSubstring("scalar"));
            CHECK_THROWS_AS(dispatch::table(level), SimdError);
            CHECK(active_level() == before);
        }
    }
}

TEST_CASE("the levels with fma are the two classes of the documentation", "[levels]") {
    CHECK_FALSE(has_fma(SimdLevel::kScalar));
    CHECK_FALSE(has_fma(SimdLevel::kSse2));
    CHECK(has_fma(SimdLevel::kAvx2));
    CHECK(has_fma(SimdLevel::kAvx512));
    CHECK(has_fma(SimdLevel::kNeon64));
}

TEST_CASE("set_threads takes 1 to its limit, and 0 for the default", "[threads]") {
    set_threads(0);
    const int standard = threads();
    CHECK(standard >= 1);
    CHECK_THROWS_AS(set_threads(-1), std::invalid_argument);
    CHECK_THROWS_AS(set_threads(kMaxThreads + 1), std::invalid_argument);
    CHECK_THROWS_WITH(set_threads(-1), ContainsSubstring("-1"));
    CHECK(threads() == standard);
#ifdef _OPENMP
    for (const int n : {1, 3, kMaxThreads}) {
        set_threads(n);
        CHECK(threads() == n);
    }
#endif
    set_threads(0);
    CHECK(threads() == standard);
}
