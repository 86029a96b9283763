// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Entries of a Jacobian, or of a gradient, which is one row of one: variables in groups that are moved
// together, points asked for in rounds until every entry has what its formula wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "differentiate/seam/asked_steps.hpp"
#include "differentiate/seam/seam.hpp"
#include "thalweg/finite_differences.hpp"

namespace thalweg::detail {

// Which entries there are. Without column_starts every output depends on every variable, and an entry's
// number is that of a matrix by rows.
struct Layout {
    std::size_t variables;
    std::size_t outputs;
    std::span<const std::size_t> group_starts;
    std::span<const std::uint32_t> group_variables;
    std::span<const std::size_t> column_starts{};
    std::span<const std::uint32_t> column_entries{};
    std::span<const std::uint32_t> entry_rows{};

    std::size_t groups() const noexcept { return group_starts.size() - 1; }
    std::span<const std::uint32_t> group(std::size_t g) const noexcept {
        return group_variables.subspan(group_starts[g], group_starts[g + 1] - group_starts[g]);
    }
    std::size_t entries(std::size_t variable) const noexcept {
        return column_starts.empty() ? outputs : column_starts[variable + 1] - column_starts[variable];
    }
    std::size_t entry(std::size_t variable, std::size_t c) const noexcept {
        return column_starts.empty() ? c * variables + variable : column_entries[column_starts[variable] + c];
    }
    std::size_t row(std::size_t variable, std::size_t c) const noexcept {
        return column_starts.empty() ? c : entry_rows[entry(variable, c)];
    }
};

// Where results go.
struct Entries {
    double* values;
    double* errors;  // null: not asked for
    std::vector<std::size_t> doubtful{};
    std::vector<std::size_t> skipped{};
    std::vector<std::size_t> shrunk{};
};

// What makes two calls want other points, for a journal; empty without one.
std::string method_text(const Plan& plan, const GradientOptions& options);
std::string fingerprint(std::span<const double> values);

class Columns {
public:
    Columns(const Plan& plan, std::span<const double> x, const Layout& layout, Seam& seam, Entries& entries);
    // Fills all entries.
    /// throws   what belongs to the lowest variable for which something went wrong
    void run();

private:
    struct Column {
        std::uint32_t variable = 0;
        bool finished = false;
        int shrinks = 0;
        double shorter = 1.0;
        AskedSteps steps{};
        std::vector<std::size_t> points{};  // of the wave, one a step
        std::vector<std::uint8_t> settled{};
    };

    bool throws() const noexcept { return seam_.on_failure() == OnFailure::kThrow; }
    bool going_on(std::size_t variable) const noexcept { return variable < trouble_at_; }
    void trouble(std::size_t variable, const std::exception_ptr& what) noexcept;
    void skip(std::size_t entry);
    void begin_wave() noexcept;
    void begin_round();
    void evaluate();
    void grow(std::size_t size, std::size_t kept);
    void check_value_at_x() const;
    double value(std::size_t point, std::size_t row) const noexcept {
        return values_[point * layout_.outputs + row];
    }

    std::size_t plain_points() const noexcept { return plan_.one_sided() ? 1 : 2 * plan_.order; }
    double plain_factor(std::size_t p) const noexcept;
    void plain_wave(std::size_t first, std::size_t last);
    void plain_ask(std::size_t g, std::size_t point, std::size_t to);
    void plain_blame(std::size_t g);
    bool plain_group(std::size_t g, std::size_t point);
    bool plain_quotients(std::size_t g, std::size_t point);
    double plain_width(std::size_t variable, std::size_t k) const noexcept;
    double plain_entry(std::size_t row, std::size_t point, const double* widths) const noexcept;
    bool suspect(double value, std::size_t row, std::size_t point) const noexcept;
    void plain_again(std::span<const std::size_t> groups, std::size_t first, std::size_t before);

    void asked_wave(std::size_t first, std::size_t last);
    void ask_groups(std::span<const std::size_t> groups, std::vector<Column>& columns);
    void add_columns(std::size_t g, std::vector<Column>& columns) const;
    void ask(std::size_t g, std::span<Column> columns);
    void look(Column& column);
    bool begin_again(Column& column);
    void settle(Column& column, std::size_t c, const Derivative& result);

    const Plan& plan_;
    std::span<const double> x_;
    const Layout& layout_;
    Seam& seam_;
    Entries& entries_;
    Points points_;
    std::unique_ptr<double[]> values_{};  // of all points of the wave
    std::size_t room_ = 0;
    std::vector<State> states_{};
    std::vector<double> factors_{};  // of a plain plan: what a step is multiplied by, point after point
    std::vector<double> at_x_{};
    bool wants_x_;
    std::size_t wave_points_ = 0;
    std::size_t trouble_at_ = static_cast<std::size_t>(-1);
    std::exception_ptr trouble_{};
};

}  // namespace thalweg::detail
