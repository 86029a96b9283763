// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two settings of the library, level and number of threads: names, limits, and errors that list the
// choices.
#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/error.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// Every level that has a name, built or not.
std::vector<SimdLevel> all_levels() {
    std::vector<SimdLevel> levels;
    for (int i = 0; name(static_cast<SimdLevel>(i)) != "unknown"; ++i) {
        levels.push_back(static_cast<SimdLevel>(i));
    }
    return levels;
}

bool contains(const std::vector<SimdLevel>& levels, SimdLevel level) {
    return std::find(levels.begin(), levels.end(), level) != levels.end();
}

// Sets THALWEG_SIMD_HIDE until the end of the block. hidden_too(level): what it says, and this level.
class HideScope {
public:
    explicit HideScope(const std::string& value) {
        const char* const before = std::getenv(kVariable);
        was_set_ = before != nullptr;
        before_ = was_set_ ? before : "";
        set(value);
    }
    HideScope(const HideScope&) = delete;
    HideScope& operator=(const HideScope&) = delete;
    ~HideScope() {
        if (was_set_) {
            set(before_);
            return;
        }
#ifdef _WIN32
        set("");  // which removes it
#else
        unsetenv(kVariable);
#endif
    }

private:
    static constexpr const char* kVariable = "THALWEG_SIMD_HIDE";
    static void set(const std::string& value) {
#ifdef _WIN32
        _putenv_s(kVariable, value.c_str());
#else
        setenv(kVariable, value.c_str(), 1);
#endif
    }
    bool was_set_ = false;
    std::string before_;
};

std::string hidden_too(SimdLevel level) {
    const char* const before = std::getenv("THALWEG_SIMD_HIDE");
    const std::string others = before == nullptr ? "" : before;
    return others + (others.empty() ? "" : ",") + std::string(name(level));
}

}  // namespace

TEST_CASE("levels have names that lead back to them", "[levels]") {
    CHECK(name(SimdLevel::kScalar) == "scalar");
    CHECK(name(SimdLevel::kSse2) == "sse2");
    CHECK(name(SimdLevel::kAvx2) == "avx2");
    CHECK(name(SimdLevel::kAvx512) == "avx512");
    CHECK(name(SimdLevel::kNeon64) == "neon64");
    CHECK(all_levels().size() >= 5);
    for (const SimdLevel level : all_levels()) {
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
    for (const SimdLevel level : all_levels()) {
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

TEST_CASE("a hidden level is treated as one that the CPU lacks", "[levels]") {
    const LevelScope restore;
    const std::vector<SimdLevel> before = available_levels();
    for (const SimdLevel level : before) {
        if (level == SimdLevel::kScalar) {
            continue;
        }
        const HideScope hide(hidden_too(level));
        std::vector<SimdLevel> left = before;
        left.erase(std::find(left.begin(), left.end(), level));
        CHECK(available_levels() == left);
        CHECK(contains(built_levels(), level));
        CHECK(why_unavailable(level) == "hidden by THALWEG_SIMD_HIDE");
        CHECK(why_unavailable(left.front()).empty());
        CHECK_THROWS_AS(select_level(level), SimdError);
        CHECK_THROWS_WITH(select_level(level), ContainsSubstring("\"" + std::string(name(level)) + "\"") &&
                                                   ContainsSubstring("THALWEG_SIMD_HIDE"));
        CHECK_THROWS_AS(dispatch::table(level), SimdError);
    }
    CHECK(available_levels() == before);
}

TEST_CASE("several levels are hidden at once, down to scalar", "[levels]") {
    std::string every;
    for (const SimdLevel level : all_levels()) {
        if (level != SimdLevel::kScalar) {
            every += (every.empty() ? "" : ",") + std::string(name(level));
        }
    }
    const HideScope hide(every);
    CHECK(available_levels() == std::vector<SimdLevel>{SimdLevel::kScalar});
}

TEST_CASE("hiding what is no level, or scalar, is refused by whoever looks for levels", "[levels]") {
    const LevelScope restore;
    for (const char* const wrong :
         {"avx", "avx2,avx512,", ",avx2", "AVX2", "avx2 ", "avx2, avx512", "avx2;avx512"}) {
        const HideScope hide(wrong);
        CHECK_THROWS_WITH(available_levels(), ContainsSubstring("THALWEG_SIMD_HIDE") &&
                                                  ContainsSubstring("is no level") &&
                                                  ContainsSubstring("built:") && ContainsSubstring("scalar"));
        CHECK_THROWS_AS(why_unavailable(SimdLevel::kScalar), SimdError);
        CHECK_THROWS_AS(select_level(SimdLevel::kScalar), SimdError);
    }
    {
        const HideScope hide("avx2,scalar");
        CHECK_THROWS_WITH(available_levels(), ContainsSubstring("\"scalar\" cannot be hidden"));
        CHECK_THROWS_AS(select_level(SimdLevel::kScalar), SimdError);
    }
    const HideScope nothing("");
    CHECK(contains(available_levels(), SimdLevel::kScalar));
}

TEST_CASE("a level that is not built says so", "[levels]") {
    for (const SimdLevel level : all_levels()) {
        if (!contains(built_levels(), level)) {
            CHECK(why_unavailable(level) == "not built into this library");
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
