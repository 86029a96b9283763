// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/finite_differences.hpp is made of: f along a variable within its bounds, and blocks of
// variables on several threads. How quotients become a derivative: estimates.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/differentiate.hpp"
#include "thalweg/detail/estimates.hpp"
#include "thalweg/detail/evaluations.hpp"
#include "thalweg/detail/formula.hpp"
#include "thalweg/finite_differences.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// Splits [0, n) over threads: part(context, first, last) for blocks in ascending order, each by one thread.
// An exception ends its block; that of the lowest block is thrown when all have ended: the one that a serial
// loop would have met.
void for_blocks(std::size_t n, int threads, void* context,
                void (*part)(void* context, std::size_t first, std::size_t last));

template <class Body>
void for_blocks(std::size_t n, int threads, Body& body) {
    for_blocks(n, threads, &body, [](void* context, std::size_t first, std::size_t last) {
        (*static_cast<Body*>(context))(first, last);
    });
}

// A variable and what it may be moved to.
struct Place {
    const Plan& plan;
    std::size_t i;
    double x;
    double lower;
    double upper;

    Place(const Plan& of, std::size_t index, double at) noexcept
        : plan(of),
          i(index),
          x(at),
          lower(bound(of.lower, index, -kUnbounded)),
          upper(bound(of.upper, index, kUnbounded)) {}

    static double bound(std::span<const double> bounds, std::size_t index, double none) noexcept {
        return bounds.empty() ? none : bounds[index];
    }

    Room room() const noexcept { return {x - lower, upper - x}; }
    Line line() const noexcept { return {i, x, lower, upper, room(), 0x1p-48 * magnitude(x)}; }
    // x + s; where rounding led beyond a bound, the bound.
    double moved(double s) const {
        const double to = x + s;
        const double within = to < lower ? lower : (to > upper ? upper : to);
        check_moved(plan.op, i, x, magnitude(s), within, x - s);
        return within;
    }
    double width(double s) const noexcept { return plan.width(x, s); }
    double reach(double s) const noexcept {
        const double to = x + s;
        return to < lower ? lower - x : (to > upper ? upper - x : (plan.fixed ? s : to - x));
    }
};

// f along one variable of x, which is put back in the end.
template <class Function, class Point>
class VariableLine {
public:
    VariableLine(const Plan& plan, Function& f, Point& x, double& element, std::size_t i, double value)
        : place_(plan, i, element), f_(f), x_(x), restore_(element), element_(element), value_(value) {}

    // f(x + s), finite or not.
    double look(double s) { return static_cast<double>(wide(s)); }
    // As f returned it, finite.
    auto at(double s) {
        const auto result = wide(s);
        check_value(place_.plan.op, place_.i, place_.x, s, result);
        return result;
    }
    double width(double s) const { return place_.width(s); }
    double reach(double s) const { return place_.reach(s); }
    double position() const { return place_.x; }
    double value() const { return value_; }
    Line line() const { return place_.line(); }

private:
    auto wide(double s) {
        element_ = place_.moved(s);
        return call(f_, x_);
    }

    Place place_;
    Function& f_;
    Point& x_;
    Restore<double> restore_;
    double& element_;
    double value_;
};
template <class Function, class Point>
VariableLine(const Plan&, Function&, Point&, double&, std::size_t, double) -> VariableLine<Function, Point>;

// Whether the values above and below x speak against the step; value is f(x).
inline bool doubts(const Plan& plan, double value, const double* values) noexcept {
    double largest = magnitude(value);
    for (std::size_t k = 0; k < plan.order; ++k) {
        largest = magnitude(values[2 * k]) > largest ? magnitude(values[2 * k]) : largest;
    }
    return plan.suspect((values[0] - value) - (value - values[1]), largest);
}

// One entry whose first values say that the step does not suit f; value is f(x).
template <class Function, class Point>
Derivative doubted_entry(const Plan& plan, Function& f, Point& x, double& element, std::size_t i,
                         double value, const double* values) {
    VariableLine line(plan, f, x, element, i, value);
    Formula formula(plan, line.line(), value, plan.step(line.position(), i));
    for (std::size_t k = 0; k < 2 * plan.order; ++k) {
        formula.take(values[k]);
    }
    return answered(formula, [&](double s) { return line.look(s); });
}

// One entry of a gradient where nothing is asked but the entry; value is f(x) for one-sided methods, and for
// steps that f may speak against: then nothing is returned but all of it is in `doubted`. Moves are not
// bounded. A number is returned, because a Derivative in memory costs more than a cheap f.
template <class Function, class Point>
inline double plain_entry(const Plan& plan, Function& f, Point& x, double& element, std::size_t i,
                          double value, Derivative* doubted) {
    const double at = element;
    const double h = plan.step(at, i);
    if (plan.one_sided()) {
        const double s = plan.method == DifferenceMethod::kForward ? h : -h;
        const double to = at + s;
        check_moved(plan.op, i, at, h, to, at - s);
        const Restore<double> restore(element);
        element = to;
        const auto there = call(f, x);
        check_value(plan.op, i, at, s, there);
        return (static_cast<double>(there) - value) / (plan.fixed ? s : to - at);
    }
    if (plan.order == 1) {
        const auto sides = both_sides(plan.op, f, x, element, i, h);
        const double quotient = static_cast<double>(sides.above - sides.below) / plan.width(at, h);
        if (!(plan.bend > 0.0)) {
            return quotient;
        }
        const double values[] = {static_cast<double>(sides.above), static_cast<double>(sides.below)};
        if (!doubts(plan, value, values)) {
            return quotient;
        }
        *doubted = doubted_entry(plan, f, x, element, i, value, values);
        return doubted->value;
    }
    double quotients[3] = {};
    double values[6] = {};
    for (std::size_t k = 0; k < plan.order; ++k) {
        const double s = static_cast<double>(k + 1) * h;
        const auto sides = both_sides(plan.op, f, x, element, i, s);
        quotients[k] = static_cast<double>(sides.above - sides.below) / plan.width(at, s);
        values[2 * k] = static_cast<double>(sides.above);
        values[2 * k + 1] = static_cast<double>(sides.below);
    }
    if (doubts(plan, value, values)) {
        *doubted = doubted_entry(plan, f, x, element, i, value, values);
        return doubted->value;
    }
    return weighted(plan.order, quotients);
}

// One entry with whatever the options ask for.
template <class Function, class Point>
Derivative entry(const Plan& plan, Function& f, Point& x, double& element, std::size_t i, double value) {
    if (plan.plain()) {
        Derivative result;
        const double plain = plain_entry(plan, f, x, element, i, value, &result);
        if (result.evaluations == 0) {
            result = {.value = plain, .evaluations = plan.plain_evaluations()};
        }
        return result;
    }
    VariableLine line(plan, f, x, element, i, value);
    return answered(Formula(plan, line.line(), value, plan.step(line.position(), i)),
                    [&](double s) { return line.look(s); });
}

// f(x), checked where a formula needs it, 0 where nothing does.
template <class Function, class Point>
double value_at(const Plan& plan, Function& f, Point& x) {
    if (!plan.looks_at_value()) {
        return 0.0;
    }
    const auto value = static_cast<double>(call(f, x));
    if (plan.needs_value()) {
        check_value(plan.op, 0, 0.0, 0.0, value);
    }
    return value;
}

// Adds evaluations, estimates and doubts of the entries. Without entries all were plain, and none was
// doubted.
void gather(const Plan& plan, std::span<const Derivative> entries, GradientResult& result);

// f called by the threads of the options, each variable finished before its next one.
template <class Function, class Point>
GradientResult gradient_in_loop(const Plan& plan, const GradientOptions& options, Function& f,
                                const Point& x) {
    const std::size_t n = elements(plan.op, x).size();
    GradientResult result;
    result.gradient.resize(n);
    double value = 0.0;
    if (n != 0 && plan.looks_at_value()) {
        auto copy = own_copy(plan.op, x);
        value = value_at(plan, f, copy);
        result.evaluations = 1;
    }
    const bool plain = plan.plain();
    // Of plain entries, those that are doubted.
    std::vector<Derivative> derivatives(plain && !(plan.bend > 0.0) ? 0 : n);
    auto block = [&](std::size_t first, std::size_t last) {
        auto copy = own_copy(plan.op, x);
        const std::span<double> all = elements(plan.op, copy);
        double* const gradient = result.gradient.data();
        for (std::size_t i = first; plain && i < last; ++i) {
            gradient[i] =
                plain_entry(plan, f, copy, all[i], i, value, derivatives.empty() ? nullptr : &derivatives[i]);
        }
        for (std::size_t i = first; !plain && i < last; ++i) {
            derivatives[i] = entry(plan, f, copy, all[i], i, value);
            gradient[i] = derivatives[i].value;
        }
    };
    for_blocks(n, options.threads, block);
    gather(plan, {derivatives.data(), derivatives.size()}, result);
    return result;
}

// The same, bit for bit, by rounds of points: evaluations.hpp.
GradientResult gradient_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                  PointCaller& caller);
// A function of one number as one of a point; one of blocks of points is that already.
template <class Function>
class OfPoint {
    static constexpr bool kTakesPoints = kIsBlock<std::remove_cvref_t<Function>>;
    struct First {
        std::remove_reference_t<Function>& f;
        auto operator()(std::span<const double> x) const {
            static_assert(takes_number<Function, double>());
            return f(x[0]);
        }
    };

public:
    explicit OfPoint(std::remove_reference_t<Function>& f) : f_{f} {}
    auto& function() noexcept {
        if constexpr (kTakesPoints) {
            return f_.f;
        } else {
            return f_;
        }
    }
    static constexpr Grain grain() {
        return grain_of<std::conditional_t<kTakesPoints, Function, First>, std::vector<double>>();
    }

private:
    First f_;
};

/// throws   std::invalid_argument when the options ask for what op has not
void require_no_estimate(const char* op, const GradientOptions& options);

}  // namespace detail

template <class Function, Variables Point>
GradientResult numerical_gradient(Function&& f, const Point& x, const GradientOptions& options) {
    static_assert(std::is_same_v<detail::ElementOf<const Point>, double>,
                  "GradientOptions: x has elements of double");
    constexpr const char* kOp = "numerical_gradient";
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan = detail::make_plan(kOp, options, start, detail::grain_of<Function, Point>());
    if constexpr (!detail::kIsBlock<std::remove_cvref_t<Function>>) {
        if (options.evaluations == nullptr) {
            return detail::gradient_in_loop(plan, options, f, x);
        }
    }
    auto caller = detail::make_caller(kOp, f, x, 1);
    return detail::gradient_in_rounds(plan, options, start, caller);
}

template <class Function>
Derivative numerical_diff(Function&& f, double x, const GradientOptions& options) {
    constexpr const char* kOp = "numerical_diff";
    std::vector<double> point = {x};
    detail::OfPoint<Function> of_point{f};
    const detail::Plan plan = detail::make_plan(kOp, options, point, of_point.grain());
    if constexpr (!detail::kIsBlock<std::remove_cvref_t<Function>>) {
        if (options.evaluations == nullptr) {
            const double value = detail::value_at(plan, of_point.function(), point);
            Derivative result = detail::entry(plan, of_point.function(), point, point[0], 0, value);
            result.evaluations += plan.looks_at_value() ? 1U : 0U;
            return result;
        }
    }
    auto caller = detail::make_caller(kOp, of_point.function(), point, 1);
    const GradientResult found = detail::gradient_in_rounds(plan, options, point, caller);
    return {.value = found.gradient[0],
            .error_estimate = plan.estimate ? found.error_estimate[0] : 0.0,
            .evaluations = found.evaluations,
            .doubtful = !found.doubtful.empty()};
}

}  // namespace thalweg
THALWEG_END_PUBLIC
