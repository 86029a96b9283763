// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The table is complete, the hash is the documented one, and whatever differs from the table is reported.
#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "bits/check.hpp"
#include "bits/hash.hpp"
#include "cli/cli.hpp"
#include "cli/selftest.hpp"
#include "support/catch.hpp"
#include "support/float_modes.hpp"
#include "support/levels.hpp"
#include "thalweg/ops.hpp"

namespace {

using namespace thalweg;
using bits::Expected;
using bits::Levels;

std::vector<Expected> table() {
    const auto all = bits::expected_hashes();
    return {all.begin(), all.end()};
}

TEST_CASE("the table has each row once for every level, and no other", "[bits]") {
    std::set<std::string_view> names;
    for (const bits::Row& row : bits::rows_of("", true)) {
        INFO(row.name);
        CHECK(names.insert(row.name).second);
        const std::vector<Expected> all = table();
        std::vector<Levels> found;
        for (const Expected& entry : all) {
            if (entry.row == row.name) {
                found.push_back(entry.levels);
            }
        }
        const std::vector<Levels> wanted = row.every_level
                                               ? std::vector<Levels>{Levels::kAll}
                                               : std::vector<Levels>{Levels::kWithFma, Levels::kWithoutFma};
        CHECK(found == wanted);
    }
    for (const Expected& entry : table()) {
        INFO(entry.row);
        CHECK(names.count(entry.row) == 1);
    }
}

// Training on pixels leaves out zeros, and has the bits of training on numbers.
TEST_CASE("the rows of both ways to train agree", "[bits]") {
    for (const SimdLevel level : {SimdLevel::kAvx2, SimdLevel::kScalar}) {
        for (const std::string type : {"f32", "f64"}) {
            const Expected* const pixels =
                bits::find(bits::expected_hashes(), "training/pixels/" + type, level);
            const Expected* const dense =
                bits::find(bits::expected_hashes(), "training/dense/" + type, level);
            REQUIRE(pixels != nullptr);
            REQUIRE(dense != nullptr);
            CHECK(pixels->hash == dense->hash);
        }
    }
}

// Rounding and flushing of the calling thread are no business of the table's.
TEST_CASE("every row has its bits in every direction of rounding, and flushed", "[bits]") {
    for (const test::FloatMode& mode : test::float_modes()) {
        if (!mode.flush && mode.direction == FE_UPWARD) {
            continue;  // tried with flushing
        }
        for (const bits::Row& row : bits::rows_of("", false)) {
            const bits::Result result = [&] {
                const test::FloatModeScope set(mode);
                return bits::check(row, bits::expected_hashes());
            }();
            INFO(mode.name << ": " << row.name);
            CHECK(result.ok());
        }
    }
}

TEST_CASE("an entry that is wrong or missing is reported, and the status is 1", "[bits]") {
    const test::LevelScope restore;
    const test::ThreadScope default_again(0);
    cli::SelftestCommand command;
    command.rows = "sums/f32";
    std::vector<Expected> changed = table();
    CHECK(cli::run_selftest(command, changed) == cli::kDone);
    const auto entry = std::find_if(changed.begin(), changed.end(),
                                    [](const Expected& one) { return one.row == "sums/f32"; });
    REQUIRE(entry != changed.end());
    entry->hash ^= 1;
    CHECK(cli::run_selftest(command, changed) == cli::kBitsDiffer);
    command.json = true;
    CHECK(cli::run_selftest(command, changed) == cli::kBitsDiffer);
    changed.erase(entry);
    CHECK(cli::run_selftest(command, changed) == cli::kBitsDiffer);

    const bits::Row row = bits::rows_of("sums/f32", false).front();
    CHECK(!bits::check(row, changed).expected.has_value());
    CHECK(bits::check(row, bits::expected_hashes()).ok());
}

// The last bit of one element changes the hash, and so does the order.
TEST_CASE("the hash sees every bit and every place", "[bits]") {
    const auto hash_of = [](std::initializer_list<double> values) {
        bits::Hash hash;
        for (const double value : values) {
            hash.add(value);
        }
        return hash.value();
    };
    CHECK(hash_of({1.0, 2.0}) != hash_of({2.0, 1.0}));
    CHECK(hash_of({0.0}) != hash_of({0.0, 0.0}));
    CHECK(hash_of({0.0}) != hash_of({-0.0}));
    CHECK(hash_of({1.0}) != hash_of({1.0 + std::numeric_limits<double>::epsilon()}));
    CHECK(hash_of({}) == 0);
    // docs/bits.md: computed there by hand.
    CHECK(bits::mixed(1) == 0x5692161d100b05e5U);
    CHECK(hash_of({1.0}) == bits::mixed(0x3ff0000000000000U) + 0x9e3779b97f4a7c15U);
}

TEST_CASE("any NaN is any NaN to the hash", "[bits]") {
    const float quiet = std::numeric_limits<float>::quiet_NaN();
    CHECK(bits::word(-quiet) == 0x7fc00000U);
    CHECK(bits::word(std::bit_cast<float>(0x7fa12345U)) == 0x7fc00000U);
    CHECK(bits::word(std::bit_cast<double>(0xfff0000000000001U)) == 0x7ff8000000000000U);
    CHECK(bits::word(std::numeric_limits<double>::infinity()) == 0x7ff0000000000000U);
    CHECK(bits::hash_of_result(7, -quiet) == bits::hash_of_result(7, quiet));
}

std::uint64_t level_itself() {
    return static_cast<std::uint64_t>(active_level());
}

TEST_CASE("no table is written when levels differ that must agree", "[bits]") {
    const std::vector<SimdLevel> levels = available_levels();
    if (levels.size() < 2) {
        return;
    }
    const test::LevelScope restore;
    std::string complaint;
    const bits::Row different{"different", true, false, level_itself};
    CHECK(bits::new_table(std::vector<bits::Row>{different}, levels, complaint).empty());
    CHECK_THAT(complaint, ContainsSubstring("different: "));
    CHECK_THAT(complaint, ContainsSubstring(std::string(name(levels[1]))));
}

}  // namespace
