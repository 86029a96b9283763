// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Patterns of Jacobians, and their columns in groups that share no row: greedily, in the order of the columns
// and in that of their lengths, whichever takes fewer groups.
#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>

#include "thalweg/error.hpp"
#include "thalweg/jacobian.hpp"

namespace thalweg {
namespace {

constexpr const char* kOp = "SparsityPattern";
constexpr std::size_t kMostIndices = std::numeric_limits<std::uint32_t>::max();

[[noreturn]] void reject(const std::string& expected, const std::string& found) {
    throw ShapeError(std::string(kOp) + ": " + expected + ", found " + found);
}

void check_size(const char* what, std::size_t size) {
    if (size >= kMostIndices) {
        reject(std::string(what) + " must be below " + std::to_string(kMostIndices), std::to_string(size));
    }
}

// Which groups have a column in a row: one word a row, and more where 64 are not enough.
class RowGroups {
public:
    explicit RowGroups(std::size_t rows) : first_(rows), more_() {}

    std::uint64_t word(std::size_t row, std::size_t w) const noexcept {
        if (w == 0) {
            return first_[row];
        }
        return row < more_.size() && w - 1 < more_[row].size() ? more_[row][w - 1] : 0;
    }
    void add(std::size_t row, std::size_t group) {
        const std::uint64_t bit = std::uint64_t{1} << (group % 64);
        if (group < 64) {
            first_[row] |= bit;
            return;
        }
        more_.resize(first_.size());
        if (more_[row].size() < group / 64) {
            more_[row].resize(group / 64);
        }
        more_[row][group / 64 - 1] |= bit;
    }

private:
    std::vector<std::uint64_t> first_;
    std::vector<std::vector<std::uint64_t>> more_;
};

struct Groups {
    std::size_t count = 0;
    std::vector<std::uint32_t> of{};
};

// source: Curtis, Powell and Reid 1974
Groups group_columns(const SparsityPattern& pattern, std::span<const std::uint32_t> order) {
    const auto starts = pattern.column_starts();
    const auto entries = pattern.column_entries();
    const auto rows = pattern.rows();
    Groups groups;
    groups.of.resize(order.size());
    RowGroups taken(pattern.outputs());
    for (const std::uint32_t i : order) {
        std::size_t group = 0;
        for (std::size_t w = 0;; ++w) {
            std::uint64_t word = 0;
            for (std::size_t e = starts[i]; e < starts[i + 1]; ++e) {
                word |= taken.word(rows[entries[e]], w);
            }
            if (word != ~std::uint64_t{0}) {
                group = 64 * w + static_cast<std::size_t>(std::countr_one(word));
                break;
            }
        }
        for (std::size_t e = starts[i]; e < starts[i + 1]; ++e) {
            taken.add(rows[entries[e]], group);
        }
        groups.of[i] = static_cast<std::uint32_t>(group);
        groups.count = std::max(groups.count, group + 1);
    }
    return groups;
}

// Groups in the order of their lowest variable: an exception of the lowest group is that of the lowest one.
void renumber(Groups& groups) {
    std::vector<std::uint32_t> number(groups.count, std::numeric_limits<std::uint32_t>::max());
    std::uint32_t next = 0;
    for (std::uint32_t& group : groups.of) {
        std::uint32_t& own = number[group];
        own = own == std::numeric_limits<std::uint32_t>::max() ? next++ : own;
        group = own;
    }
}

}  // namespace

SparsityPattern::SparsityPattern(std::size_t outputs, std::size_t variables,
                                 std::span<const std::size_t> rows, std::span<const std::size_t> cols)
    : outputs_(outputs) {
    check_size("outputs", outputs);
    check_size("variables", variables);
    check_size("entries", rows.size());
    if (rows.size() != cols.size()) {
        reject("rows and cols must have the same size",
               std::to_string(rows.size()) + " and " + std::to_string(cols.size()));
    }
    rows_.reserve(rows.size());
    cols_.reserve(cols.size());
    for (std::size_t e = 0; e < rows.size(); ++e) {
        if (rows[e] >= outputs || cols[e] >= variables) {
            const bool row = rows[e] >= outputs;
            reject(std::string(row ? "rows[" : "cols[") + std::to_string(e) + "] must be below " +
                       std::to_string(row ? outputs : variables),
                   std::to_string(row ? rows[e] : cols[e]));
        }
        rows_.push_back(static_cast<std::uint32_t>(rows[e]));
        cols_.push_back(static_cast<std::uint32_t>(cols[e]));
    }
    group_of_.resize(variables);
    arrange();
}

SparsityPattern SparsityPattern::from_rows(std::size_t outputs, std::size_t variables,
                                           std::span<const std::size_t> starts,
                                           std::span<const std::size_t> cols) {
    check_size("outputs", outputs);
    if (starts.size() != outputs + 1) {
        reject("starts must have " + std::to_string(outputs + 1) + " elements, one more than outputs",
               std::to_string(starts.size()));
    }
    std::vector<std::size_t> rows(cols.size());
    for (std::size_t r = 0; r < outputs; ++r) {
        if (starts[r] > starts[r + 1] || starts[r + 1] > cols.size()) {
            reject("starts must ascend to " + std::to_string(cols.size()),
                   std::to_string(starts[r]) + " and " + std::to_string(starts[r + 1]) + " for row " +
                       std::to_string(r));
        }
        std::fill(rows.begin() + static_cast<std::ptrdiff_t>(starts[r]),
                  rows.begin() + static_cast<std::ptrdiff_t>(starts[r + 1]), r);
    }
    if (starts[0] != 0 || starts[outputs] != cols.size()) {
        reject("starts must ascend from 0 to " + std::to_string(cols.size()),
               std::to_string(starts[0]) + " to " + std::to_string(starts[outputs]));
    }
    return {outputs, variables, rows, cols};
}

SparsityPattern SparsityPattern::band(std::size_t size, std::size_t below, std::size_t above) {
    check_size("size", size);
    const std::size_t most = size == 0 ? 0 : size - 1;
    below = std::min(below, most);
    above = std::min(above, most);
    // Without the corners, where a diagonal is shorter.
    const std::size_t entries = size * (1 + below + above) - (below * (below + 1) + above * (above + 1)) / 2;
    check_size("entries", entries);
    std::vector<std::size_t> rows;
    std::vector<std::size_t> cols;
    rows.reserve(entries);
    cols.reserve(entries);
    for (std::size_t r = 0; r < size; ++r) {
        const std::size_t last = above < size - 1 - r ? r + above : size - 1;
        for (std::size_t i = r - std::min(below, r); i <= last; ++i) {
            rows.push_back(r);
            cols.push_back(i);
        }
    }
    return {size, size, rows, cols};
}

// Entries by columns, and columns in groups.
void SparsityPattern::arrange() {
    const std::size_t n = group_of_.size();
    column_starts_.assign(n + 1, 0);
    for (const std::uint32_t i : cols_) {
        ++column_starts_[i + 1];
    }
    std::partial_sum(column_starts_.begin(), column_starts_.end(), column_starts_.begin());
    column_entries_.resize(rows_.size());
    std::vector<std::size_t> next(column_starts_.begin(), column_starts_.end() - 1);
    for (std::size_t e = 0; e < rows_.size(); ++e) {
        column_entries_[next[cols_[e]]++] = static_cast<std::uint32_t>(e);
    }
    std::vector<std::uint32_t> seen(outputs_, std::numeric_limits<std::uint32_t>::max());
    for (std::uint32_t i = 0; i < n; ++i) {
        const auto first = column_entries_.begin() + static_cast<std::ptrdiff_t>(column_starts_[i]);
        const auto last = column_entries_.begin() + static_cast<std::ptrdiff_t>(column_starts_[i + 1]);
        for (auto e = first; e != last; ++e) {
            const std::uint32_t row = rows_[*e];
            if (seen[row] == i) {
                reject("each entry must be listed once",
                       "row " + std::to_string(row) + ", column " + std::to_string(i) + " twice");
            }
            seen[row] = i;
        }
    }
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    Groups groups = group_columns(*this, order);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return column_starts_[a + 1] - column_starts_[a] > column_starts_[b + 1] - column_starts_[b];
    });
    Groups longest_first = group_columns(*this, order);
    if (longest_first.count < groups.count) {
        groups = std::move(longest_first);
    }
    renumber(groups);
    group_of_ = std::move(groups.of);
    group_starts_.assign(groups.count + 1, 0);
    for (const std::uint32_t group : group_of_) {
        ++group_starts_[group + 1];
    }
    std::partial_sum(group_starts_.begin(), group_starts_.end(), group_starts_.begin());
    group_variables_.resize(n);
    next.assign(group_starts_.begin(), group_starts_.end() - 1);
    for (std::uint32_t i = 0; i < n; ++i) {
        group_variables_[next[group_of_[i]]++] = i;
    }
}

std::span<const std::uint32_t> SparsityPattern::rows() const noexcept {
    return rows_;
}

std::span<const std::uint32_t> SparsityPattern::cols() const noexcept {
    return cols_;
}

std::span<const std::uint32_t> SparsityPattern::group_of() const noexcept {
    return group_of_;
}

std::span<const std::size_t> SparsityPattern::column_starts() const noexcept {
    return column_starts_;
}

std::span<const std::uint32_t> SparsityPattern::column_entries() const noexcept {
    return column_entries_;
}

std::span<const std::size_t> SparsityPattern::group_starts() const noexcept {
    return group_starts_;
}

std::span<const std::uint32_t> SparsityPattern::group_variables() const noexcept {
    return group_variables_;
}

Matrix<double> SparsityPattern::dense(std::span<const double> values) const {
    if (values.size() != size()) {
        reject("values must have " + std::to_string(size()) + " elements", std::to_string(values.size()));
    }
    Matrix<double> result(outputs(), variables());
    for (std::size_t e = 0; e < values.size(); ++e) {
        result(rows_[e], cols_[e]) = values[e];
    }
    return result;
}

}  // namespace thalweg
