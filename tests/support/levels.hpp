// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The same test at every level this machine can run, and with several numbers of threads.
#pragma once

#include <cstdlib>
#include <vector>

#include "dispatch/dispatch.hpp"
#include "support/catch.hpp"
#include "support/inputs.hpp"
#include "support/oracle.hpp"
#include "thalweg/simd.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::test {

inline Rounding rounding_of(bool fma) {
    return fma ? Rounding::kFma : Rounding::kMulAdd;
}

// body(table) for the kernel table of each level; the level in use stays.
template <class Body>
void each_table(const Body& body) {
    for (const SimdLevel level : available_levels()) {
        INFO("level " << name(level) << ", THALWEG_TEST_SEED=" << test_seed());
        body(dispatch::table(level));
    }
}

// Puts the level in use back.
class LevelScope {
public:
    LevelScope() : before_(active_level()) {}
    LevelScope(const LevelScope&) = delete;
    LevelScope& operator=(const LevelScope&) = delete;
    ~LevelScope() { select_level(before_); }

private:
    SimdLevel before_;
};

// body(rounding) with each level in use: with one alone where THALWEG_SIMD names it, as the test set-ups of
// single levels do.
template <class Body>
void each_level(const Body& body) {
    const LevelScope restore;
    const std::vector<SimdLevel> one = {active_level()};
    for (const SimdLevel level : std::getenv("THALWEG_SIMD") != nullptr ? one : available_levels()) {
        INFO("level " << name(level) << ", THALWEG_TEST_SEED=" << test_seed());
        select_level(level);
        body(rounding_of(has_fma(level)));
    }
}

// Uses n threads until the end of the block, then the default number.
class ThreadScope {
public:
    explicit ThreadScope(int n) { set_threads(n); }
    ThreadScope(const ThreadScope&) = delete;
    ThreadScope& operator=(const ThreadScope&) = delete;
    ~ThreadScope() { set_threads(0); }
};

// More and fewer than this machine's cores, and numbers that divide nothing.
inline constexpr int kThreadCounts[] = {1, 2, 3, 7};

}  // namespace thalweg::test
