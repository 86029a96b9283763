// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Gradients and Jacobians by rounds of points: what the templates hand over when they know how to call f.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>
#include <utility>

#include "differentiate/seam/columns.hpp"
#include "differentiate/text.hpp"
#include "io/crc32.hpp"
#include "thalweg/jacobian.hpp"

namespace thalweg::detail {
namespace {

const char* name(DifferenceMethod method) noexcept {
    switch (method) {
        case DifferenceMethod::kForward:
            return "kForward";
        case DifferenceMethod::kCentral4:
            return "kCentral4";
        case DifferenceMethod::kCentral6:
            return "kCentral6";
        case DifferenceMethod::kRidders:
            return "kRidders";
        case DifferenceMethod::kBackward:
            return "kBackward";
        default:
            return "kCentral2";
    }
}

// A Jacobian's evaluations are counted beforehand: one step is taken for all outputs, unless estimates say
// whom it does not fit.
Plan without_looks(Plan plan) noexcept {
    plan.bend = plan.estimate ? plan.bend : 0.0;
    return plan;
}

// Groups of one variable each.
struct Singles {
    std::vector<std::size_t> starts;
    std::vector<std::uint32_t> variables;

    explicit Singles(std::size_t n) : starts(n + 1), variables(n) {
        std::iota(starts.begin(), starts.end(), std::size_t{0});
        std::iota(variables.begin(), variables.end(), 0U);
    }
};

// What a GradientResult and a JacobianResult say beside values and estimates.
template <class Result>
void tell(Result& result, const Seam& seam, Entries& entries) {
    result.evaluations = seam.evaluations();
    result.doubtful = std::move(entries.doubtful);
    result.skipped = std::move(entries.skipped);
    result.shrunk = std::move(entries.shrunk);
}

std::string pattern_text(const SparsityPattern& pattern) {
    const std::span<const std::uint32_t> groups = pattern.group_of();
    const std::vector<double> numbers(groups.begin(), groups.end());
    return std::to_string(pattern.size()) + " entries, groups " + fingerprint(numbers);
}

// Variable i belongs to every output that changes with it.
void note_changes(std::size_t i, const double* values, const std::vector<double>& at_base,
                  std::vector<std::vector<std::size_t>>& found) {
    for (std::size_t r = 0; r < at_base.size(); ++r) {
        if (!equal(values[r], at_base[r])) {
            found[r].push_back(i);
        }
    }
}

// x with every variable moved by a share of its step that differs from its neighbours': a product is not to
// vanish because both factors do. Then each variable by its step more.
void probe_at(const Plan& plan, int place, std::span<const double> x, std::span<const std::uint32_t> all,
              Seam& seam, std::vector<std::vector<std::size_t>>& found) {
    constexpr double kShares[] = {0.5, 0.5772156649015329};
    std::vector<double> base(x.begin(), x.end());
    const auto step = [&](std::size_t i) {
        const Room room = Place(plan, i, x[i]).room();
        return std::min(plan.step(x[i], i), 0.5 * std::max(room.above, room.below));
    };
    const auto moved = [&](std::size_t i, double s) {
        const Place at(plan, i, x[i]);
        const Room room = at.room();
        const double side = room.above >= room.below ? 1.0 : -1.0;
        return at.moved(side * s);
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double share = kShares[place] + 0.25 * static_cast<double>(i % 7) / 7.0;
        base[i] = moved(i, share * step(i));
    }
    const std::size_t outputs = found.size();
    Points points{x};
    const std::size_t at_once = std::max<std::size_t>((std::size_t{1} << 20) / (x.size() + outputs + 1), 1);
    std::vector<double> at_base;
    std::vector<double> values;
    std::vector<State> states;
    for (std::size_t first = 0; first < x.size(); first += at_once) {
        const std::size_t last = std::min(first + at_once, x.size());
        points.clear();
        for (std::size_t i = first; i < last + (at_base.empty() ? 1 : 0); ++i) {
            points.begin(all.data(), all.size());
            points.to.insert(points.to.end(), base.begin(), base.end());
            if (i < last) {
                points.to[points.to.size() - x.size() + i] = moved(i, 2.0 * step(i));
            }
        }
        values.resize(points.size() * outputs);
        states.resize(points.size());
        seam.evaluate(points, values, states);
        if (seam.failure()) {
            std::rethrow_exception(seam.failure());
        }
        if (at_base.empty()) {
            at_base.assign(values.end() - static_cast<std::ptrdiff_t>(outputs), values.end());
        }
        for (std::size_t i = first; i < last; ++i) {
            note_changes(i, values.data() + (i - first) * outputs, at_base, found);
        }
    }
}

}  // namespace

std::string fingerprint(std::span<const double> values) {
    char text[16];
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(values.data());
    std::snprintf(text, sizeof text, "%08x",
                  static_cast<unsigned>(io::crc32(0, {bytes, values.size_bytes()})));
    return values.empty() ? "none" : text;
}

std::string method_text(const Plan& plan, const GradientOptions& options) {
    const Evaluations* const how = options.evaluations;
    if (how == nullptr || (how->journal.empty() && how->server == nullptr)) {
        return {};
    }
    std::string text = name(plan.method);
    text += plan.fixed ? ", h = " + (plan.h_each.empty() ? number_text(plan.h) : fingerprint(plan.h_each))
                       : ", steps for noise " + number_text(plan.noise) + " and typical " +
                             (plan.typical_each.empty() ? number_text(plan.typical)
                                                        : fingerprint(plan.typical_each));
    text += plan.estimate ? ", with estimates" : "";
    text += ", lower " + fingerprint(plan.lower) + ", upper " + fingerprint(plan.upper);
    return text;
}

GradientResult gradient_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                  PointCaller& caller) {
    GradientResult result;
    result.gradient.resize(x.size());
    result.error_estimate.resize(plan.estimate ? x.size() : 0);
    if (x.empty()) {
        return result;
    }
    const Singles singles(x.size());
    const Layout layout{x.size(), 1, singles.starts, singles.variables};
    Entries entries{result.gradient.data(), plan.estimate ? result.error_estimate.data() : nullptr};
    Seam seam({plan.op, 1, options.threads, options.evaluations, method_text(plan, options)}, x, caller);
    Columns(plan, x, layout, seam, entries).run();
    tell(result, seam, entries);
    return result;
}

Matrix<double> jacobian_in_rounds(const Plan& asked, const GradientOptions& options,
                                  std::span<const double> x, std::size_t outputs, PointCaller& caller) {
    Matrix<double> result(outputs, x.size());
    const Plan plan = without_looks(asked);
    if (x.empty() || outputs == 0) {
        return result;
    }
    const Singles singles(x.size());
    const Layout layout{x.size(), outputs, singles.starts, singles.variables};
    Entries entries{result.data(), nullptr};
    Seam seam({plan.op, outputs, options.threads, options.evaluations, method_text(plan, options)}, x,
              caller);
    Columns(plan, x, layout, seam, entries).run();
    return result;
}

JacobianResult jacobian_in_rounds(const Plan& asked, const GradientOptions& options,
                                  std::span<const double> x, const SparsityPattern& pattern,
                                  PointCaller& caller) {
    const Plan plan = without_looks(asked);
    if (pattern.variables() != x.size()) {
        throw ShapeError(std::string(plan.op) + ": the pattern must have as many variables as x, which has " +
                         std::to_string(x.size()) + ", found " + std::to_string(pattern.variables()));
    }
    JacobianResult result;
    result.values.resize(pattern.size());
    result.error_estimate.resize(plan.estimate ? pattern.size() : 0);
    if (pattern.size() == 0) {
        return result;
    }
    const Layout layout{x.size(),
                        pattern.outputs(),
                        pattern.group_starts(),
                        pattern.group_variables(),
                        pattern.column_starts(),
                        pattern.column_entries(),
                        pattern.rows()};
    Entries entries{result.values.data(), plan.estimate ? result.error_estimate.data() : nullptr};
    const std::string method = method_text(plan, options);
    const std::string text = method.empty() ? "" : pattern_text(pattern);
    Seam seam({plan.op, pattern.outputs(), options.threads, options.evaluations, method, text}, x, caller);
    Columns(plan, x, layout, seam, entries).run();
    tell(result, seam, entries);
    return result;
}

// Rows of the variables that each output changed with.
SparsityPattern probe_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                std::size_t outputs, PointCaller& caller) {
    Seam seam({plan.op, outputs, options.threads, options.evaluations, method_text(plan, options)}, x,
              caller);
    std::vector<std::uint32_t> all(x.size());
    std::iota(all.begin(), all.end(), 0U);
    std::vector<std::vector<std::size_t>> found(outputs);
    seam.expect(2 * x.size() + 2);
    for (const int place : {0, 1}) {
        probe_at(plan, place, x, all, seam, found);
    }
    std::vector<std::size_t> rows;
    std::vector<std::size_t> cols;
    for (std::size_t r = 0; r < outputs; ++r) {
        std::sort(found[r].begin(), found[r].end());
        found[r].erase(std::unique(found[r].begin(), found[r].end()), found[r].end());
        rows.insert(rows.end(), found[r].size(), r);
        cols.insert(cols.end(), found[r].begin(), found[r].end());
    }
    return {outputs, x.size(), rows, cols};
}

}  // namespace thalweg::detail
