// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Entries of formulas that ask for points when they have seen others: Ridders' method, estimates, bounds,
// steps that do not fit f or are made shorter. An entry's formula begins again in every round with the values
// that there are, and has its result in the round where none is missing.
#include <algorithm>

#include "differentiate/seam/columns.hpp"

namespace thalweg::detail {
namespace {

constexpr int kMostShrinks = 6;
constexpr double kShrink = 0.25;

}  // namespace

// The groups of a wave, until all their entries are settled; columns may know some steps beforehand.
void Columns::ask_groups(std::span<const std::size_t> groups, std::vector<Column>& columns) {
    for (;;) {
        begin_round();
        std::size_t first = 0;
        for (const std::size_t g : groups) {
            const std::size_t size = layout_.group(g).size();
            if (going_on(layout_.group(g)[0])) {
                ask(g, std::span(columns).subspan(first, size));
            }
            first += size;
        }
        if (points_.size() == 0) {
            return;
        }
        evaluate();
        for (Column& column : columns) {
            column.steps.all_known();
        }
    }
}

// Columns for all variables of a group.
void Columns::add_columns(std::size_t g, std::vector<Column>& columns) const {
    for (const std::uint32_t variable : layout_.group(g)) {
        columns.emplace_back();
        columns.back().variable = variable;
        columns.back().settled.resize(layout_.entries(variable));
    }
}

void Columns::asked_wave(std::size_t first, std::size_t last) {
    std::vector<Column> columns;
    std::vector<std::size_t> groups;
    for (std::size_t g = first; g < last; ++g) {
        groups.push_back(g);
        add_columns(g, columns);
    }
    ask_groups(groups, columns);
}

// Adds the points that a group's variables want: in each, every variable makes its next new step.
void Columns::ask(std::size_t g, std::span<Column> columns) {
    std::size_t most = 0;
    for (Column& column : columns) {
        if (!column.finished && going_on(column.variable)) {
            try {
                look(column);
            } catch (...) {
                column.steps.give_up();
                trouble(column.variable, std::current_exception());
            }
        }
        most = std::max(most, column.steps.size() - column.steps.known());
    }
    for (std::size_t t = 0; t < most; ++t) {
        const std::size_t point = wave_points_ + points_.size();
        points_.begin(layout_.group(g).data(), columns.size());
        for (Column& column : columns) {
            const std::size_t k = column.steps.known() + t;
            const double x = x_[column.variable];
            const bool moves = k < column.steps.size();
            points_.to.push_back(moves ? Place(plan_, column.variable, x).moved(column.steps[k]) : x);
            if (moves) {
                column.points.push_back(point);
            }
        }
    }
}

// Looks at each entry of a column that is not settled.
void Columns::look(Column& column) {
    const Place place(plan_, column.variable, x_[column.variable]);
    const double h = plan_.step(place.x, column.variable) * column.shorter;
    for (std::size_t c = 0; c < column.settled.size(); ++c) {
        if (column.settled[c] != 0) {
            continue;
        }
        const std::size_t row = layout_.row(column.variable, c);
        const double value = at_x_.empty() ? 0.0 : at_x_[row];
        Formula formula(plan_, place.line(), value, h);
        Reply said = reply(formula, column.steps, throws(), [&](std::size_t k) -> std::optional<double> {
            const std::size_t point = column.points[k];
            return states_[point] == State::kDone ? std::optional(this->value(point, row)) : std::nullopt;
        });
        if (plan_.needs_value() && !is_finite(value)) {
            said = Reply::kFailed;
        }
        if (said == Reply::kResult) {
            settle(column, c, formula.result());
        } else if (said == Reply::kFailed && begin_again(column)) {
            look(column);
            return;
        } else if (said == Reply::kFailed) {
            skip(layout_.entry(column.variable, c));
            column.settled[c] = 1;
        }
    }
    column.finished = std::all_of(column.settled.begin(), column.settled.end(),
                                  [](std::uint8_t settled) { return settled != 0; });
    for (std::size_t k = column.steps.known(); k < column.steps.size(); ++k) {
        place.moved(column.steps[k]);  // or it throws, for this variable
    }
}

// With a shorter step, if there may be one.
bool Columns::begin_again(Column& column) {
    const double x = x_[column.variable];
    const double h = plan_.step(x, column.variable) * column.shorter * kShrink;
    const bool lost = equal(x + h, x) || equal(x - h, x);
    if (seam_.on_failure() != OnFailure::kShrink || column.shrinks == kMostShrinks || lost) {
        return false;
    }
    if (column.shrinks++ == 0) {
        entries_.shrunk.push_back(column.variable);
    }
    column.shorter *= kShrink;
    column.steps.clear();
    column.points.clear();
    for (std::size_t c = 0; c < column.settled.size(); ++c) {
        column.settled[c] = 0;
        std::erase(entries_.doubtful, layout_.entry(column.variable, c));
        std::erase(entries_.skipped, layout_.entry(column.variable, c));
    }
    return true;
}

void Columns::settle(Column& column, std::size_t c, const Derivative& result) {
    const std::size_t entry = layout_.entry(column.variable, c);
    entries_.values[entry] = result.value;
    if (entries_.errors != nullptr) {
        entries_.errors[entry] = result.error_estimate;
    }
    if (result.doubtful) {
        entries_.doubtful.push_back(entry);
    }
    column.settled[c] = 1;
}

}  // namespace thalweg::detail
