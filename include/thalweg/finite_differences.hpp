// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Finite differences for any function of many variables: higher orders, forward differences, Ridders' method,
// relative steps, error estimates, threads; Jacobians, Hessians, directional derivatives. Start reading at
// GradientOptions; the formulas and where the steps come from: docs/numerics.md.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The formula. Each line: evaluations a variable, truncation error.
enum class DifferenceMethod {
    kForward,   ///< 1 and one for all: h/2 f''
    kCentral2,  ///< 2: h^2/6 f'''
    kCentral4,  ///< 4, at h and 2h: h^4/30 f^(5)
    kCentral6,  ///< 6, at h, 2h, 3h: h^6/140 f^(7)
    kRidders,   ///< up to 20: central differences with ever smaller steps, extrapolated to h = 0
};

/// How to differentiate.
struct GradientOptions {
    /// The formula.
    DifferenceMethod method = DifferenceMethod::kCentral2;
    /// The step of every variable, with the divisor 2h exactly: {.h = 1e-4} is the book's. Unset: for each
    /// variable the step that balances truncation and rounding, c * max(|x|, typical), where c is
    /// cbrt(3 noise) for kCentral2; the divisor is then the distance of the two points that x + h and x - h
    /// rounded to. For kRidders it is the first, largest step.
    std::optional<double> h = std::nullopt;
    /// What counts as a change of a variable that is near 0. Above 0.
    double typical = 1.0;
    /// Relative error of f: 2^-52 for a good function in double, 2^-23 for one computed in float.
    double noise = 0x1p-52;
    /// Estimate the error of each entry; costs one more pair of evaluations a variable. kRidders always does.
    bool estimate_error = false;
    /// 1: serial. 0: the library's default, n: exactly n threads, for an f that several threads may call at
    /// once. Each thread has its own copy of x; results do not depend on the number.
    int threads = 1;
};

/// A derivative and what is known about it.
struct Derivative {
    double value = 0.0;           ///< the derivative
    double error_estimate = 0.0;  ///< truncation seen by the next order, and rounding; 0 when not asked for
    std::size_t evaluations = 0;  ///< calls of f
};

/// A gradient and what is known about it.
struct GradientResult {
    std::vector<double> gradient;        ///< one entry a variable
    std::vector<double> error_estimate;  ///< one a variable; empty when not asked for
    std::size_t evaluations = 0;         ///< calls of f
};

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
template <class F, class X>
class VariableLine {
public:
    VariableLine(const Plan& plan, F& f, X& x, double& place, std::size_t i, double value)
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
    F& f_;
    X& x_;
    Restore<double> restore_;
    double& place_;
    std::size_t i_;
    double value_;
};

// f(x), checked; 0 when the method has no use for it.
template <class F, class X>
double value_at(const Plan& plan, bool wanted, F& f, X& x) {
    if (!wanted) {
        return 0.0;
    }
    const auto value = static_cast<double>(call(f, x));
    check_value(plan.op, 0, 0.0, 0.0, value);
    return value;
}

}  // namespace detail

/// The gradient of f at x by the method, the step and the number of threads that the options say. x is
/// copied, once a thread; f takes it, or a std::span<const double> of its elements.
///
///     const auto f = [](std::span<const double> x) { return std::exp(x[0]) * x[1]; };
///     const std::vector<double> x = {0.0, 2.0};
///     GradientOptions options;
///     options.method = DifferenceMethod::kCentral6;
///     options.estimate_error = true;
///     const GradientResult result = numerical_gradient(f, x, options);
///     result.gradient[0];                // 2.000000000000
///     result.error_estimate[0] < 1e-12;  // true
///
/// shape    result: x.size(); empty for an empty x
/// error    error_estimate, when asked for; see DifferenceMethod
/// threads  options.threads, over the variables; the result does not depend on it
/// throws   std::invalid_argument for an option; ShapeError for a view with gaps; DifferenceError when a step
///          is lost in x or f is not finite; what f throws, for the lowest variable where it does
/// source   Fornberg 1988 (weights); Ridders 1982
template <class F, class X>
requires Variables<X> GradientResult numerical_gradient(F&& f, const X& x, const GradientOptions& options) {
    static_assert(std::is_same_v<detail::ElementOf<const X>, double>,
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
