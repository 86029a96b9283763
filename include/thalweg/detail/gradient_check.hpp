// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/gradient_check.hpp is made of: differences that know their error, and the record of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/derivatives.hpp"
#include "thalweg/gradient_check.hpp"
#include "thalweg/random.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// A difference, and how far it may be off.
struct Judged {
    double difference;
    double error;
};
// From f at x - 2h, x - h, x, x + h, x + 2h. The error adds what h against 2h shows, what the two sides show
// (a kink at x leaves both central quotients equal and wrong), and rounding.
Judged judge(const double (&f)[5], double width, double width2, double rounding) noexcept;

// What a difference says about an analytic entry, with errors relative to the entry.
struct Weighed {
    GradientVerdict verdict;
    double error;
    double doubt;
};

class CheckRecord {
public:
    CheckRecord(const CheckOptions& options, double least_scale) noexcept;
    Weighed weigh(double analytic, const Judged& judged) const noexcept;
    void add(std::size_t index, double analytic, const Judged& judged) noexcept;
    GradientCheck result;

private:
    double rank_ = -1.0;
    double least_scale_;
};

/// throws   std::invalid_argument, ShapeError
Plan check_plan(const CheckOptions& options, std::span<const double> x, std::size_t analytic_size,
                Grain grain);
double largest_entry(std::span<const double> analytic) noexcept;
double root_mean_square(std::span<const double> analytic) noexcept;
double sum_of_products(std::span<const double> a, std::span<const double> b) noexcept;
double sum_of_magnitudes(std::span<const double> a, std::span<const double> b) noexcept;
// Indices to check, ascending.
std::vector<std::size_t> chosen_entries(const CheckOptions& options, std::size_t size);
// Directions of length 1, uniformly distributed; one after the other.
class Directions {
public:
    Directions(std::uint32_t seed, std::size_t size);
    std::span<const double> next();

private:
    Rng rng_;
    std::vector<double> v_;
};

template <class Line>
Judged judged_difference(const Plan& plan, double h, Line& line, double more_rounding) {
    double f[5];
    double largest = 0.0;
    // In the order of a plain central difference: an error names the step that was asked for.
    for (const int k : {1, -1, 2, -2}) {
        f[2 + k] = line.at(static_cast<double>(k) * h);
    }
    f[2] = line.value();
    for (const double value : f) {
        largest = magnitude(value) > largest ? magnitude(value) : largest;
    }
    return judge(f, line.width(h), line.width(2.0 * h), (plan.rounding(largest) + more_rounding) / h);
}

// A difference, tried at much smaller steps where it seems to convict the analytic gradient.
template <class Line>
void add_entry(CheckRecord& record, const Plan& plan, double h, Line& line, std::size_t index,
               double analytic, double more_rounding) {
    Judged judged = judged_difference(plan, h, line, more_rounding);
    record.result.evaluations += 4;
    if (is_finite(analytic) && record.weigh(analytic, judged).verdict == GradientVerdict::kDiffers) {
        Plan tried = plan;
        tried.estimate = true;
        tried.pairs = plan.order + 1;
        const Derivative again =
            answered(Formula(tried, line.line(), line.value(), h), [&](double s) { return line.look(s); });
        record.result.evaluations += again.evaluations;
        if (!again.doubtful) {
            judged = {again.value, again.error_estimate};
        } else {
            const double apart = magnitude(analytic - judged.difference);
            judged.error += again.error_estimate > apart ? again.error_estimate : apart;
        }
    }
    record.add(index, analytic, judged);
}

}  // namespace detail

template <class Function, Variables Point, Variables Gradient>
GradientCheck check_gradient(Function&& f, const Point& x, const Gradient& analytic,
                             const CheckOptions& options) {
    constexpr const char* kOp = "check_gradient";
    auto copy = detail::own_copy(kOp, x);
    const std::span<double> all = detail::elements(kOp, copy);
    const std::span<const double> claimed = detail::elements(kOp, analytic);
    const detail::Plan plan =
        detail::check_plan(options, all, claimed.size(), detail::grain_of<Function, Point>());
    if (all.empty()) {
        return detail::CheckRecord(options, 0.0).result;
    }
    const auto value = static_cast<double>(detail::call(f, copy));
    detail::check_value(kOp, 0, 0.0, 0.0, value);
    if (options.directions == 0) {
        detail::CheckRecord record(options, options.floor * detail::largest_entry(claimed));
        for (const std::size_t i : detail::chosen_entries(options, all.size())) {
            detail::VariableLine line(plan, f, copy, all[i], i, value);
            detail::add_entry(record, plan, plan.step(all[i], i), line, i, claimed[i], 0.0);
        }
        record.result.evaluations += 1;
        return record.result;
    }
    detail::CheckRecord record(options, detail::root_mean_square(claimed));
    detail::Directions directions(options.seed, all.size());
    const auto base_copy = copy;
    const std::span<const double> base = detail::elements(kOp, base_copy);
    // Every element of x + s v is rounded once: f is evaluated next to the line, not on it.
    const double off_line = 0x1p-53 * detail::sum_of_magnitudes(claimed, base);
    for (std::size_t k = 0; k < options.directions; ++k) {
        const detail::Direction direction = detail::make_direction(kOp, base, directions.next());
        detail::DirectionLine line(plan, f, copy, direction, value);
        const double h = detail::step_along(plan, direction);
        detail::add_entry(record, plan, h, line, k, detail::sum_of_products(claimed, direction.v), off_line);
    }
    record.result.evaluations += 1;
    return record.result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
