// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Waves of groups, and the entries of formulas whose points are known beforehand.
#include "differentiate/seam/columns.hpp"

#include <algorithm>
#include <utility>

namespace thalweg::detail {
namespace {

// What is computed before anything of it is used: enough work for many threads, little enough to stay near.
constexpr std::size_t kWavePoints = std::size_t{1} << 14;
constexpr std::size_t kWaveValues = std::size_t{1} << 22;
constexpr std::size_t kWavePointsAlone = std::size_t{1} << 10;
constexpr std::size_t kWaveValuesAlone = std::size_t{1} << 16;

}  // namespace

Columns::Columns(const Plan& plan, std::span<const double> x, const Layout& layout, Seam& seam,
                 Entries& entries)
    : plan_(plan),
      x_(x),
      layout_(layout),
      seam_(seam),
      entries_(entries),
      points_{x},
      wants_x_(plan.looks_at_value()) {}

void Columns::run() {
    // Points of an estimate are counted when they are asked for: they depend on values.
    const bool plain = plan_.plain();
    for (std::size_t p = 0; p < plain_points(); ++p) {
        factors_.push_back(plain_factor(p));
    }
    const std::size_t points = plain ? plain_points() : 2 * Stencil::kMost + 2 * Trials::kCount;
    if (plain) {
        seam_.expect(layout_.groups() * points + (wants_x_ ? 1 : 0));
    }
    const std::size_t values = seam_.alone() ? kWaveValuesAlone : kWaveValues;
    const std::size_t most = std::min(seam_.alone() ? kWavePointsAlone : kWavePoints,
                                      values / std::max<std::size_t>(layout_.outputs, 1));
    const std::size_t groups = std::max<std::size_t>(most / points, 1);
    for (std::size_t g = 0; g < layout_.groups() && !trouble_; g += groups) {
        const std::size_t last = std::min(layout_.groups(), g + groups);
        begin_wave();
        if (plain) {
            plain_wave(g, last);
        } else {
            asked_wave(g, last);
        }
    }
    if (trouble_) {
        std::rethrow_exception(trouble_);
    }
    for (std::vector<std::size_t>* list : {&entries_.doubtful, &entries_.skipped, &entries_.shrunk}) {
        std::sort(list->begin(), list->end());
    }
}

void Columns::trouble(std::size_t variable, const std::exception_ptr& what) noexcept {
    if (variable < trouble_at_) {
        trouble_at_ = variable;
        trouble_ = what;
    }
}

void Columns::skip(std::size_t entry) {
    entries_.values[entry] = kSkipped;
    if (entries_.errors != nullptr) {
        entries_.errors[entry] = kSkipped;
    }
    entries_.skipped.push_back(entry);
}

void Columns::begin_wave() noexcept {
    wave_points_ = 0;
    states_.clear();
}

void Columns::begin_round() {
    points_.clear();
    if (wants_x_ && at_x_.empty()) {
        points_.begin(nullptr, 0);
    }
}

// Room for so many values; the first ones stay. Nothing is cleared: f writes to all of it.
void Columns::grow(std::size_t size, std::size_t kept) {
    if (size > room_) {
        room_ = std::max(size, kept == 0 ? 0 : 2 * room_);
        std::unique_ptr<double[]> wider(new double[room_]);
        std::copy_n(values_.get(), kept, wider.get());
        values_ = std::move(wider);
    }
}

// The values of the round's points, behind those of the wave.
void Columns::evaluate() {
    const std::size_t base = wave_points_;
    const std::size_t outputs = layout_.outputs;
    wave_points_ += points_.size();
    grow(wave_points_ * outputs, base * outputs);
    states_.resize(wave_points_);
    const std::span<double> values(values_.get() + base * outputs, points_.size() * outputs);
    seam_.evaluate(points_, values, std::span(states_).subspan(base));
    if (wants_x_ && at_x_.empty()) {
        if (states_[base] == State::kFailed) {
            std::rethrow_exception(seam_.failure());
        }
        at_x_.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(outputs));
        check_value_at_x();
    }
    if (throws() && seam_.failure()) {
        const auto failed =
            std::find(states_.begin() + static_cast<std::ptrdiff_t>(base), states_.end(), State::kFailed);
        const auto k = static_cast<std::size_t>(failed - states_.begin()) - base;
        trouble(points_.points[k].variables[0], seam_.failure());
    }
}

void Columns::check_value_at_x() const {
    for (std::size_t r = 0; throws() && plan_.needs_value() && r < at_x_.size(); ++r) {
        check_value(plan_.op, 0, 0.0, 0.0, at_x_[r]);
    }
}

// What the step of a variable is multiplied by in point p of its group.
double Columns::plain_factor(std::size_t p) const noexcept {
    if (plan_.one_sided()) {
        return plan_.method == DifferenceMethod::kForward ? 1.0 : -1.0;
    }
    const auto k = static_cast<double>(p / 2 + 1);
    return p % 2 == 0 ? k : -k;
}

void Columns::plain_wave(std::size_t first, std::size_t last) {
    begin_round();
    const std::size_t before = points_.size();
    const std::size_t per_group = plain_points();
    points_.points.resize(before + (last - first) * per_group);
    points_.to.resize((layout_.group_starts[last] - layout_.group_starts[first]) * per_group);
    std::size_t asked = first;
    for (; asked < last && !trouble_; ++asked) {
        plain_ask(asked, before + (asked - first) * per_group,
                  (layout_.group_starts[asked] - layout_.group_starts[first]) * per_group);
    }
    points_.points.resize(before + (asked - first) * per_group);
    evaluate();
    const bool quotients = per_group <= 2 && plan_.bend == 0.0 &&
                           std::all_of(states_.begin() + static_cast<std::ptrdiff_t>(before), states_.end(),
                                       [](State state) { return state == State::kDone; });
    std::vector<std::size_t> again;
    for (std::size_t g = first; g < asked && going_on(layout_.group(g)[0]); ++g) {
        const std::size_t point = before + (g - first) * per_group;
        if (!(quotients ? plain_quotients(g, point) : plain_group(g, point))) {
            again.push_back(g);
        }
    }
    if (!again.empty()) {
        plain_again(again, first, before);
    }
}

// The group's points from `point` on, with values from `to` on.
void Columns::plain_ask(std::size_t g, std::size_t point, std::size_t to) {
    const auto variables = layout_.group(g);
    const std::size_t size = variables.size();
    const std::size_t per_group = factors_.size();
    double* const values = points_.to.data() + to;
    bool moved = true;
    for (std::size_t p = 0; p < per_group; ++p) {
        points_.points[point + p] = {variables.data(), size, to + p * size};
    }
    for (std::size_t c = 0; c < size; ++c) {
        const double x = x_[variables[c]];
        const double h = plan_.step(x, variables[c]);
        for (std::size_t p = 0; p < per_group; ++p) {
            const double there = x + factors_[p] * h;
            moved = moved && is_finite(there) && !equal(there, x);
            values[p * size + c] = there;
        }
        // Whoever asks to one side alone is told as well where there is no other one.
        const double other = x - factors_[0] * h;
        moved = moved && is_finite(other) && !equal(other, x);
    }
    if (!moved) {
        plain_blame(g);
    }
}

// A variable of the group cannot be moved.
void Columns::plain_blame(std::size_t g) {
    for (const std::uint32_t i : layout_.group(g)) {
        for (const double factor : factors_) {
            try {
                Place(plan_, i, x_[i]).moved(factor * plan_.step(x_[i], i));
            } catch (...) {
                trouble(i, std::current_exception());
            }
        }
    }
}

// How far apart the points of quotient k are. Plain plans have no bounds.
double Columns::plain_width(std::size_t variable, std::size_t k) const noexcept {
    const double x = x_[variable];
    const double h = plan_.step(x, variable);
    if (plan_.one_sided()) {
        const double s = factors_[0] * h;
        return plan_.fixed ? s : (x + s) - x;
    }
    return plan_.width(x, static_cast<double>(k + 1) * h);
}

// plain_group() where a formula is one quotient, and nothing is asked of f but that it is finite.
bool Columns::plain_quotients(std::size_t g, std::size_t point) {
    const double* const values = values_.get() + point * layout_.outputs;
    const double* const others = plan_.one_sided() ? at_x_.data() : values + layout_.outputs;
    double* const out = entries_.values;
    const bool whole = layout_.column_starts.empty();
    bool finite = true;
    for (const std::uint32_t i : layout_.group(g)) {
        const double width = plain_width(i, 0);
        const std::size_t first = whole ? 0 : layout_.column_starts[i];
        const std::size_t last = whole ? layout_.outputs : layout_.column_starts[i + 1];
        for (std::size_t c = first; c < last; ++c) {
            const std::size_t entry = whole ? c * layout_.variables + i : layout_.column_entries[c];
            const std::size_t row = whole ? c : layout_.entry_rows[entry];
            const double result = (values[row] - others[row]) / width;
            out[entry] = result;
            finite = finite && is_finite(result);
        }
    }
    return finite;
}

// The entries of a group, unless its formulas have to be asked: where an evaluation failed, or where the
// steps do not fit f.
bool Columns::plain_group(std::size_t g, std::size_t point) {
    const std::size_t per_group = plain_points();
    for (std::size_t p = 0; p < per_group; ++p) {
        if (states_[point + p] != State::kDone) {
            return false;
        }
    }
    for (const std::uint32_t i : layout_.group(g)) {
        double widths[3] = {};
        for (std::size_t k = 0; k < (plan_.one_sided() ? 1 : plan_.order); ++k) {
            widths[k] = plain_width(i, k);
        }
        const std::size_t entries = layout_.entries(i);
        bool fits = true;
        for (std::size_t c = 0; c < entries; ++c) {
            const std::size_t entry = layout_.entry(i, c);
            const std::size_t row = layout_.column_starts.empty() ? c : layout_.entry_rows[entry];
            const double result = plain_entry(row, point, widths);
            entries_.values[entry] = result;
            fits = fits && is_finite(result) && !(plan_.bend > 0.0 && suspect(at_x_[row], row, point));
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

double Columns::plain_entry(std::size_t row, std::size_t point, const double* widths) const noexcept {
    if (plan_.one_sided()) {
        return (value(point, row) - at_x_[row]) / widths[0];
    }
    double quotients[3];
    for (std::size_t k = 0; k < plan_.order; ++k) {
        quotients[k] = (value(point + 2 * k, row) - value(point + 2 * k + 1, row)) / widths[k];
    }
    return plan_.order == 1 ? quotients[0] : weighted(plan_.order, quotients);
}

// As plain_entry() of finite_differences.hpp.
bool Columns::suspect(double value_at_x, std::size_t row, std::size_t point) const noexcept {
    if (plan_.one_sided()) {
        return false;  // there is no value on the other side
    }
    double largest = magnitude(value_at_x);
    for (std::size_t k = 0; k < plan_.order; ++k) {
        largest = std::max(largest, magnitude(value(point + 2 * k, row)));
    }
    const double turn = (value(point, row) - value_at_x) - (value_at_x - value(point + 1, row));
    return plan_.suspect(turn, largest);
}

// Groups that were evaluated, once more by their formulas, which know those values.
void Columns::plain_again(std::span<const std::size_t> groups, std::size_t first, std::size_t before) {
    std::vector<Column> columns;
    for (const std::size_t g : groups) {
        const std::size_t start = columns.size();
        add_columns(g, columns);
        for (Column& column : std::span(columns).subspan(start)) {
            for (std::size_t p = 0; p < plain_points(); ++p) {
                column.steps.find(factors_[p] * plan_.step(x_[column.variable], column.variable));
                column.points.push_back(before + (g - first) * plain_points() + p);
            }
            column.steps.all_known();
        }
    }
    ask_groups(groups, columns);
}

}  // namespace thalweg::detail
