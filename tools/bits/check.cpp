// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Computes rows, compares them, and writes the table.
#include "bits/check.hpp"

#include <array>
#include <cstdio>

namespace thalweg::bits {
namespace {

constexpr std::string_view kTableHead =
    "// SPDX-FileCopyrightText: the thalweg authors\n"
    "// SPDX-License-Identifier: MIT\n"
    "\n"
    "// The bits that are promised: row, levels, hash. Written by `thalweg selftest --print-table`; an entry "
    "that\n"
    "// changes is a change of behaviour, see docs/bits.md.\n"
    "// clang-format off\n";

std::string entry(std::string_view row, const char* levels, std::uint64_t hash) {
    return "{\"" + std::string(row) + "\", Levels::" + levels + ", 0x" + hash_text(hash) + "},\n";
}

// The level that computed a hash first, for each class.
struct Class {
    std::optional<std::uint64_t> hash;
    SimdLevel level{};

    // False when another level found something else before.
    bool agrees(std::uint64_t found, SimdLevel at) {
        if (!hash) {
            hash = found;
            level = at;
        }
        return *hash == found;
    }
};

}  // namespace

std::string hash_text(std::uint64_t hash) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

std::vector<Row> rows_of(std::string_view prefix, bool full) {
    std::vector<Row> result;
    for (const std::span<const Row> part :
         {stream_rows(), product_rows(), operation_rows(), net_rows(), deep_net_rows()}) {
        for (const Row& row : part) {
            if (row.name.starts_with(prefix) && (full || !row.full)) {
                result.push_back(row);
            }
        }
    }
    return result;
}

Result check(const Row& row, std::span<const Expected> table) {
    Result result;
    result.row = row.name;
    const Expected* const known = find(table, row.name, active_level());
    if (known != nullptr) {
        result.expected = known->hash;
    }
    result.found = row.compute();
    return result;
}

std::string new_table(std::span<const Row> rows, std::span<const SimdLevel> levels, std::string& complaint) {
    std::string text(kTableHead);
    for (const Row& row : rows) {
        // Of the levels without fma, and of those with it; of all in one where no level may differ.
        std::array<Class, 2> classes;
        for (const SimdLevel level : levels) {
            select_level(level);
            Class& own = classes[!row.every_level && has_fma(level) ? 1 : 0];
            const std::uint64_t found = row.compute();
            if (!own.agrees(found, level)) {
                complaint = std::string(row.name) + ": " + std::string(name(own.level)) + " computes " +
                            hash_text(*own.hash) + ", " + std::string(name(level)) + " " + hash_text(found);
                return "";
            }
        }
        if (row.every_level) {
            text += entry(row.name, "kAll", classes[0].hash.value());
        } else {
            text += entry(row.name, "kWithFma", classes[1].hash.value());
            text += entry(row.name, "kWithoutFma", classes[0].hash.value());
        }
    }
    return text;
}

}  // namespace thalweg::bits
