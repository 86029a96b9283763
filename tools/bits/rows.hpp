// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What `thalweg selftest` computes: each row is one hash of results whose bits the library promises.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "thalweg/simd.hpp"

namespace thalweg::bits {

// Where the bits are the same.
enum class Levels {
    kAll,         // everywhere: only exact or correctly rounded steps
    kWithFma,     // avx2, avx512, neon64
    kWithoutFma,  // scalar, sse2
};

struct Row {
    std::string_view name;
    bool every_level;  // kAll, or one hash a class
    bool full;         // takes minutes: only when asked for
    std::uint64_t (*compute)();
};

// In the order of the table.
std::span<const Row> stream_rows();
std::span<const Row> product_rows();
std::span<const Row> operation_rows();
std::span<const Row> net_rows();
std::span<const Row> deep_net_rows();

struct Expected {
    std::string_view row;
    Levels levels;
    std::uint64_t hash;
};

// The committed hashes, table.inc.
std::span<const Expected> expected_hashes();

// The entry of a row at a level; nullptr where the table has none.
const Expected* find(std::span<const Expected> table, std::string_view row, SimdLevel level);

}  // namespace thalweg::bits
