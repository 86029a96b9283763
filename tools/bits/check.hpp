// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Rows against the table, at levels and numbers of threads; and the table anew.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bits/rows.hpp"
#include "thalweg/simd.hpp"

namespace thalweg::bits {

// What was found for a row.
struct Result {
    std::string_view row;
    std::optional<std::uint64_t> expected;  // none: the table lacks the row
    std::uint64_t found = 0;

    bool ok() const { return expected == found; }
};

// Rows in the order of the table. prefix: only those whose names begin so; full: the long ones as well.
std::vector<Row> rows_of(std::string_view prefix, bool full);

// At the level and number of threads in use.
Result check(const Row& row, std::span<const Expected> table);

// The text of table.inc, computed at all of these levels; complaint names a row that differs between levels
// which must agree, and the text is empty then.
// range    levels: some with and some without fma
std::string new_table(std::span<const Row> rows, std::span<const SimdLevel> levels, std::string& complaint);

// "0123456789abcdef"
std::string hash_text(std::uint64_t hash);

}  // namespace thalweg::bits
