// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The committed table, and how an entry is found in it.
#include "bits/rows.hpp"

namespace thalweg::bits {
namespace {

constexpr Expected kExpected[] = {
#include "bits/table.inc"
};

}  // namespace

std::span<const Expected> expected_hashes() {
    return kExpected;
}

const Expected* find(std::span<const Expected> table, std::string_view row, SimdLevel level) {
    const Levels own = has_fma(level) ? Levels::kWithFma : Levels::kWithoutFma;
    for (const Expected& entry : table) {
        if (entry.row == row && (entry.levels == Levels::kAll || entry.levels == own)) {
            return &entry;
        }
    }
    return nullptr;
}

}  // namespace thalweg::bits
