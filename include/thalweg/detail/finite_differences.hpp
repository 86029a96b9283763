// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/finite_differences.hpp is made of: a plan for all variables, and the quotients of one.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/differentiate.hpp"
#include "thalweg/finite_differences.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// What is the same for all variables.
struct Plan {
    const char* op;
    DifferenceMethod method;
    bool estimate;
    bool fixed;
    double h;       // the fixed step
    double factor;  // or this times max(|x|, typical)
    double typical;
    double noise;
    std::size_t pairs;  // central: evaluated at h, ..., pairs * h

    double step(double x) const noexcept {
        return fixed ? h : factor * (magnitude(x) > typical ? magnitude(x) : typical);
    }
    // The distance between x + s and x - s: as rounded for relative steps, the book's 2h for a fixed one.
    double width(double x, double s) const noexcept { return fixed ? 2.0 * s : (x + s) - (x - s); }
};

/// throws   std::invalid_argument for h, typical, noise or threads
Plan make_plan(const char* op, const GradientOptions& options);
// Second differences: the balance is at the fourth root of the noise.
Plan make_second_plan(const char* op, const GradientOptions& options);

// Central quotients at h, 2h, ... combined to the highest order they give, or the one below with the
// difference of the two as its error. largest: of |f|.
Derivative combine(const Plan& plan, const double* quotients, double h, double largest) noexcept;
// Forward quotients at h and, when an error is wanted, 2h.
Derivative combine_forward(const Plan& plan, const double* quotients, double h, double largest) noexcept;

// Neville's table of Ridders' method: central quotients with steps h, h/2, h/4, ...
class RiddersTable {
public:
    // True while a smaller step may help.
    bool add(double quotient, double h, double rounding) noexcept;
    Derivative result() const noexcept { return best_; }

private:
    static constexpr int kRows = 10;
    double last_[kRows] = {};
    int rows_ = 0;
    Derivative best_;
};

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

// The derivative of g at 0: at(s) = f(x + s), width(s) as in Plan, value() = f(x). The largest |f| is taken
// along for the estimate of rounding.
template <class Line>
Derivative derivative(const Plan& plan, double h, Line& line) {
    double largest = 0.0;
    const auto seen = [&](double value) {
        largest = magnitude(value) > largest ? magnitude(value) : largest;
        return value;
    };
    const auto pair = [&](double s) {
        const double above = seen(line.at(s));
        return (above - seen(line.at(-s))) / line.width(s);
    };
    if (plan.method == DifferenceMethod::kCentral2 && !plan.estimate) {
        return {pair(h), 0.0, 2};
    }
    if (plan.method == DifferenceMethod::kRidders) {
        RiddersTable table;
        std::size_t evaluations = 2;
        double s = h;
        while (table.add(pair(s), s, plan.noise * largest)) {
            s *= 0.5;
            evaluations += 2;
        }
        Derivative result = table.result();
        result.evaluations = evaluations;
        return result;
    }
    double quotients[4] = {};
    if (plan.method == DifferenceMethod::kForward) {
        const double base = seen(line.value());
        const std::size_t count = plan.estimate ? 2 : 1;
        for (std::size_t k = 1; k <= count; ++k) {
            const double s = static_cast<double>(k) * h;
            quotients[k - 1] = (seen(line.at(s)) - base) / line.reach(s);
        }
        Derivative result = combine_forward(plan, quotients, h, largest);
        result.evaluations = count;
        return result;
    }
    for (std::size_t k = 1; k <= plan.pairs; ++k) {
        quotients[k - 1] = pair(static_cast<double>(k) * h);
    }
    Derivative result = combine(plan, quotients, h, largest);
    result.evaluations = 2 * plan.pairs;
    return result;
}

// f along one variable of x, which is put back in the end.
template <class Function, class Point>
class VariableLine {
public:
    VariableLine(const Plan& plan, Function& f, Point& x, double& place, std::size_t i, double value)
        : plan_(plan), f_(f), x_(x), restore_(place), place_(place), i_(i), value_(value) {}

    double at(double s) {
        const double base = restore_.value();
        const double to = base + s;
        check_moved(plan_.op, i_, base, magnitude(s), to, base - s);
        place_ = to;
        const auto result = static_cast<double>(call(f_, x_));
        check_value(plan_.op, i_, base, s, result);
        return result;
    }
    double width(double s) const { return plan_.width(restore_.value(), s); }
    double reach(double s) const { return plan_.fixed ? s : (restore_.value() + s) - restore_.value(); }
    double value() const { return value_; }

private:
    const Plan& plan_;
    Function& f_;
    Point& x_;
    Restore<double> restore_;
    double& place_;
    std::size_t i_;
    double value_;
};

// f(x), checked; 0 when the method has no use for it.
template <class Function, class Point>
double value_at(const Plan& plan, bool wanted, Function& f, Point& x) {
    if (!wanted) {
        return 0.0;
    }
    const auto value = static_cast<double>(call(f, x));
    check_value(plan.op, 0, 0.0, 0.0, value);
    return value;
}

}  // namespace detail

template <class Function, Variables Point>
GradientResult numerical_gradient(Function&& f, const Point& x, const GradientOptions& options) {
    static_assert(std::is_same_v<detail::ElementOf<const Point>, double>,
                  "GradientOptions: x has elements of double");
    constexpr const char* kOp = "numerical_gradient";
    const detail::Plan plan = detail::make_plan(kOp, options);
    const bool forward = plan.method == DifferenceMethod::kForward;
    const std::size_t n = detail::elements(kOp, x).size();
    GradientResult result;
    result.gradient.resize(n);
    result.error_estimate.resize(plan.estimate ? n : 0);
    if (n == 0) {
        return result;
    }
    std::vector<std::size_t> evaluations(n);
    double value = 0.0;
    if (forward) {
        auto copy = detail::own_copy(kOp, x);
        value = detail::value_at(plan, true, f, copy);
    }
    auto block = [&](std::size_t first, std::size_t last) {
        auto copy = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, copy);
        for (std::size_t i = first; i < last; ++i) {
            detail::VariableLine line(plan, f, copy, all[i], i, value);
            const Derivative d = detail::derivative(plan, plan.step(all[i]), line);
            result.gradient[i] = d.value;
            evaluations[i] = d.evaluations;
            if (plan.estimate) {
                result.error_estimate[i] = d.error_estimate;
            }
        }
    };
    detail::for_blocks(n, options.threads, block);
    result.evaluations = forward ? 1 : 0;
    for (const std::size_t count : evaluations) {
        result.evaluations += count;
    }
    return result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
