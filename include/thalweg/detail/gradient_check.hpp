// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/gradient_check.hpp is made of: differences that know their error, and the record of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/derivatives.hpp"
#include "thalweg/gradient_check.hpp"
#include "thalweg/matrix_view.hpp"
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
    void add(std::size_t index, double analytic, const Judged& judged);
    GradientCheck result;

private:
    double rank_ = -1.0;
    double least_scale_;
};

/// throws   std::invalid_argument, ShapeError
Plan check_plan(const char* op, const CheckOptions& options, std::span<const double> x, Grain grain);
void check_analytic_size(const char* op, std::size_t size, std::size_t analytic_size);
void check_analytic_shape(const char* op, std::size_t size, std::size_t cols);
void require_entries(const char* op, const CheckOptions& options);
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
        f[2 + k] = static_cast<double>(line.at(static_cast<double>(k) * h));
    }
    f[2] = static_cast<double>(line.value());
    for (const double value : f) {
        largest = magnitude(value) > largest ? magnitude(value) : largest;
    }
    return judge(f, line.width(h), line.width(2.0 * h), (plan.rounding(largest) + more_rounding) / h);
}

// A difference that was judged, and how often f was called for it.
struct Compared {
    Judged judged{};
    std::size_t evaluations = 0;
};

// A difference, tried at much smaller steps where it seems to convict the analytic gradient.
template <class Line>
Compared compared(const CheckRecord& record, const Plan& plan, double h, Line& line, double analytic,
                  double more_rounding) {
    Compared found;
    const bool bounded = plan.bounded();
    if (!bounded) {
        found = {judged_difference(plan, h, line, more_rounding), 4};
        if (!is_finite(analytic) ||
            record.weigh(analytic, found.judged).verdict != GradientVerdict::kDiffers) {
            return found;
        }
    }
    Plan tried = plan;
    tried.estimate = true;
    tried.pairs = plan.order + 1;
    const Derivative again =
        answered(Formula(tried, line.line(), line.value(), h), [&](double s) { return line.look(s); });
    found.evaluations += again.evaluations;
    if (bounded || !again.doubtful) {
        found.judged = {again.value, again.error_estimate + more_rounding / h};
    }
    if (again.doubtful) {
        const double apart = magnitude(analytic - found.judged.difference);
        found.judged.error += again.error_estimate > apart ? again.error_estimate : apart;
    }
    return found;
}

// The analytic gradient: as it is given, or what a function of x returns or writes.
template <class Gradient, class Point>
auto claimed_gradient(const char* op, const Gradient& analytic, const Point& x) {
    const std::span<const double> all = elements(op, x);
    if constexpr (Variables<Gradient>) {
        const auto from = elements(op, analytic);
        return std::vector<double>(from.begin(), from.end());
    } else if constexpr (std::is_invocable_v<const Gradient&, const Point&, std::span<double>>) {
        std::vector<double> result(all.size());
        analytic(x, std::span<double>(result));
        return result;
    } else if constexpr (std::is_invocable_v<const Gradient&, std::span<const double>, std::span<double>>) {
        std::vector<double> result(all.size());
        analytic(all, std::span<double>(result));
        return result;
    } else if constexpr (std::is_invocable_v<const Gradient&, const Point&>) {
        return claimed_gradient(op, analytic(x), x);
    } else {
        static_assert(
            std::is_invocable_v<const Gradient&, std::span<const double>>,
            "check_gradient: analytic is a gradient, or a function of x that returns or writes one");
        return claimed_gradient(op, analytic(all), x);
    }
}

// What f wrote, by the step that it was called at.
class KeptOutputs {
public:
    // nullptr where f was not called at s.
    const double* find(double s) const noexcept;
    // Room for what f writes at s; what was kept before stays where it is.
    std::span<double> add(double s, std::size_t outputs);
    std::size_t size() const noexcept { return steps_.size(); }

private:
    std::vector<double> steps_{};
    std::vector<std::vector<double>> outputs_{};
};

// One output of f along a variable; what f wrote is kept for the other outputs.
template <class Function, class Point>
class OutputLine {
public:
    OutputLine(const Plan& plan, Function& f, Point& x, double& element, std::size_t i,
               std::span<const double> at_x)
        : place_(plan, i, element), f_(f), x_(x), restore_(element), element_(element), at_x_(at_x) {}

    void choose(std::size_t output) noexcept { output_ = output; }
    double look(double s) {
        const double* outputs = kept_.find(s);
        if (outputs == nullptr) {
            element_ = place_.moved(s);
            const std::span<double> all = kept_.add(s, at_x_.size());
            outputs_of(place_.plan.op, f_, x_, all);
            outputs = all.data();
        }
        return outputs[output_];
    }
    double at(double s) {
        const double result = look(s);
        check_value(place_.plan.op, place_.i, place_.x, s, result);
        return result;
    }
    double width(double s) const { return place_.width(s); }
    double value() const { return at_x_[output_]; }
    Line line() const { return place_.line(); }
    std::size_t evaluations() const noexcept { return kept_.size(); }

private:
    Place place_;
    Function& f_;
    Point& x_;
    Restore<double> restore_;
    double& element_;
    std::span<const double> at_x_;
    std::size_t output_ = 0;
    KeptOutputs kept_{};
};

}  // namespace detail

template <class Function, Variables Point, class Gradient>
GradientCheck check_gradient(Function&& f, const Point& x, const Gradient& analytic,
                             const CheckOptions& options) {
    constexpr const char* kOp = "check_gradient";
    auto copy = detail::own_copy(kOp, x);
    const std::span<const double> base = detail::elements(kOp, x);
    const std::vector<double> entries = detail::claimed_gradient(kOp, analytic, x);
    const std::span<const double> claimed(entries.data(), entries.size());
    const detail::Plan plan = detail::check_plan(kOp, options, base, detail::grain_of<Function, Point>());
    detail::check_analytic_size(kOp, base.size(), claimed.size());
    const bool along = options.directions > 0;
    detail::CheckRecord record(
        options, along ? detail::root_mean_square(claimed) : options.floor * detail::largest_entry(claimed));
    if (base.empty()) {
        return record.result;
    }
    const auto value = static_cast<double>(detail::call(f, copy));
    detail::check_value(kOp, 0, 0.0, 0.0, value);
    const std::vector<std::size_t> chosen = detail::chosen_entries(options, base.size());
    // Every element of x + s v is rounded once: f is evaluated next to the line, not on it.
    const double off_line = 0x1p-53 * detail::sum_of_magnitudes(claimed, base);
    const std::size_t count = along ? options.directions : chosen.size();
    std::vector<double> expected(count);
    std::vector<detail::Compared> found(count);
    auto block = [&](std::size_t first, std::size_t last) {
        auto own = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, own);
        detail::Directions directions(options.seed, all.size());
        for (std::size_t k = 0; along && k < first; ++k) {
            directions.next();
        }
        for (std::size_t k = first; k < last; ++k) {
            if (along) {
                const detail::Direction direction = detail::make_direction(kOp, base, directions.next());
                detail::DirectionLine line(plan, f, own, direction, value);
                expected[k] = detail::sum_of_products(claimed, direction.v);
                found[k] = detail::compared(record, plan, detail::step_along(plan, direction), line,
                                            expected[k], off_line);
            } else {
                const std::size_t i = chosen[k];
                detail::VariableLine line(plan, f, own, all[i], i, value);
                expected[k] = claimed[i];
                found[k] = detail::compared(record, plan, plan.step(all[i], i), line, expected[k], 0.0);
            }
        }
    };
    detail::for_blocks(count, options.threads, block);
    for (std::size_t k = 0; k < count; ++k) {
        record.add(along ? k : chosen[k], expected[k], found[k].judged);
        record.result.evaluations += found[k].evaluations;
    }
    record.result.evaluations += 1;
    return record.result;
}

template <class Function, Variables Point>
GradientCheck check_jacobian(Function&& f, const Point& x, const MatrixView<const double>& analytic,
                             const CheckOptions& options) {
    constexpr const char* kOp = "check_jacobian";
    detail::require_entries(kOp, options);
    auto copy = detail::own_copy(kOp, x);
    const std::span<const double> base = detail::elements(kOp, x);
    const detail::Plan plan = detail::check_plan(kOp, options, base, detail::Grain::kDouble);
    detail::check_analytic_shape(kOp, base.size(), analytic.cols());
    const std::size_t rows = analytic.rows();
    double largest = 0.0;
    for (std::size_t r = 0; r < rows; ++r) {
        const double in_row = detail::largest_entry({analytic.row(r).data(), analytic.cols()});
        largest = in_row > largest ? in_row : largest;
    }
    detail::CheckRecord record(options, options.floor * largest);
    if (base.empty() || rows == 0) {
        return record.result;
    }
    std::vector<double> outputs(rows);
    const std::span<double> at_x(outputs.data(), rows);
    detail::outputs_of(kOp, f, copy, at_x);
    for (const double value : at_x) {
        detail::check_value(kOp, 0, 0.0, 0.0, value);
    }
    const std::vector<std::size_t> chosen = detail::chosen_entries(options, base.size());
    std::vector<detail::Compared> found(chosen.size() * rows);
    std::vector<std::size_t> evaluations(chosen.size());
    auto block = [&](std::size_t first, std::size_t last) {
        auto own = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, own);
        for (std::size_t k = first; k < last; ++k) {
            const std::size_t i = chosen[k];
            const double h = plan.step(all[i], i);
            detail::OutputLine line(plan, f, own, all[i], i, at_x);
            for (std::size_t r = 0; r < rows; ++r) {
                line.choose(r);
                found[k * rows + r] = detail::compared(record, plan, h, line, analytic(r, i), 0.0);
            }
            evaluations[k] = line.evaluations();
        }
    };
    detail::for_blocks(chosen.size(), options.threads, block);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t k = 0; k < chosen.size(); ++k) {
            record.add(r * base.size() + chosen[k], analytic(r, chosen[k]), found[k * rows + r].judged);
        }
    }
    for (const std::size_t count : evaluations) {
        record.result.evaluations += count;
    }
    record.result.evaluations += 1;
    return record.result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
