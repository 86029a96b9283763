// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Finite differences of any function of many variables: higher orders, one-sided differences, Ridders'
// method, relative steps, bounds, error estimates, threads. Formulas, and where the steps come from:
// docs/numerics.md.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/differentiate.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

struct Evaluations;  // evaluations.hpp

/// The formula. Each line: evaluations a variable, truncation error.
enum class DifferenceMethod {
    kForward,   ///< 1 and one for all: h/2 f''
    kCentral2,  ///< 2: h^2/6 f'''
    kCentral4,  ///< 4, at h and 2h: h^4/30 f^(5)
    kCentral6,  ///< 6, at h, 2h, 3h: h^6/140 f^(7)
    /// Up to 20: central differences with ever smaller steps, extrapolated to h = 0. Where that is doubtful,
    /// once more with another first step.
    kRidders,
    kBackward,  ///< 1 and one for all, at x - h: h/2 f''
};

/// How to differentiate.
struct GradientOptions {
    /// The formula.
    DifferenceMethod method = DifferenceMethod::kCentral2;
    /// The step of every variable, with the divisor 2h exactly: {.h = 1e-4} is the book's. Unset: for each
    /// variable the step that balances truncation and rounding, c * max(|x|, typical), where c is
    /// cbrt(3 noise) for kCentral2; the divisor is then the distance of the two points that x + h and x - h
    /// rounded to. For kRidders it is the first, largest step. Central methods look whether f's values bear
    /// that step out, and look for another where they do not; the others do where an estimate is asked for.
    std::optional<double> h = std::nullopt;
    /// What counts as a change of a variable that is near 0. Above 0.
    double typical = 1.0;
    /// Relative error of f: 2^-52 for a good function in double, 2^-23 for one computed in float. An f that
    /// returns float counts as 2^-23, one that returns an integer as rounded to whole numbers.
    double noise = 0x1p-52;
    /// Estimates the error of each entry, and tries the result at steps far below h: up to 18 evaluations a
    /// variable more, and as many again with 26 where the default step is doubted. kRidders always does.
    bool estimate_error = false;
    /// 1: serial. 0: the library's default, n: exactly n threads, for an f that several threads may call at
    /// once. Each thread has its own copy of x; results do not depend on the number.
    int threads = 1;
    /// Where f is defined, as long as x; empty, or an infinity: no bound. x lies within, and f is called
    /// nowhere else: near a bound with a formula of the same order that is one-sided or shifted, and where
    /// both bounds are near with a smaller step.
    std::span<const double> lower = {};
    std::span<const double> upper = {};  ///< see lower
    /// A step for each variable, as long as x, instead of h: in units of each.
    std::span<const double> h_each = {};
    /// What counts as a change of each variable, as long as x, instead of typical.
    std::span<const double> typical_each = {};
    /// How f is called where a plain loop is not enough: failures, a journal, progress, other processes.
    Evaluations* evaluations = nullptr;
};

/// A derivative and what is known about it.
struct Derivative {
    double value = 0.0;           ///< the derivative
    double error_estimate = 0.0;  ///< truncation seen by the next order, and rounding; 0 when not asked for
    std::size_t evaluations = 0;  ///< calls of f
    /// Whether steps far below h contradict the value: h is too long for f, f has more noise than the options
    /// say, or x is at a kink. False when no estimate was asked for.
    bool doubtful = false;
};

/// A gradient and what is known about it.
struct GradientResult {
    std::vector<double> gradient{};        ///< one entry a variable
    std::vector<double> error_estimate{};  ///< one a variable; empty when not asked for
    std::size_t evaluations = 0;           ///< calls of f
    std::vector<std::size_t>
        doubtful{};                      ///< the variables whose entry is doubtful, ascending; see Derivative
    std::vector<std::size_t> skipped{};  ///< entries that are NaN because an evaluation failed, ascending
    std::vector<std::size_t> shrunk{};   ///< variables whose step was made shorter for that, ascending
};

/// Computes the gradient of f at x by the method, the step and the number of threads of the options. x is
/// copied, once a thread; f takes it, or a std::span<const double> of its elements.
///
///     const auto f = [](std::span<const double> x) { return std::exp(x[0]) * x[1]; };
///     const std::vector<double> x = {0.0, 2.0};
///     GradientOptions options;
///     options.method = DifferenceMethod::kCentral6;
///     options.estimate_error = true;
///     const GradientResult result = numerical_gradient(f, x, options);
///     result.gradient[0];                // 2.000000000000
///     result.error_estimate[0] < 1e-11;  // true
///     result.doubtful.empty();           // true
///
/// shape    result: x.size(); empty for an empty x
/// error    the truncation of DifferenceMethod, and noise * |f| / h; error_estimate, when asked for, and
///          doubtful where that cannot be made
/// threads  options.threads, each with some of the variables
/// throws   std::invalid_argument for an option; DifferenceError when a step is lost in x, f is not finite
///          or x is not within the bounds; what f throws, for the lowest variable where it does
/// source   Fornberg 1988 (weights); Ridders 1982
template <class Function, Variables Point>
GradientResult numerical_gradient(Function&& f, const Point& x, const GradientOptions& options);

/// Computes the derivative of a function of one number by the method and the step of the options.
///
///     const auto f = [](double x) { return std::sqrt(x); };
///     const std::vector<double> zero = {0.0};
///     numerical_diff(f, 4.0, {.method = DifferenceMethod::kCentral4}).value;  // 0.25000000000
///     numerical_diff(f, 4.0, {.estimate_error = true, .lower = zero}).doubtful;  // false
///
/// shape    spans of the options: empty, or of one element
/// error    as GradientOptions
/// threads  serial
/// throws   as numerical_gradient
template <class Function>
Derivative numerical_diff(Function&& f, double x, const GradientOptions& options);

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/estimates.hpp"  // and, at its end, the template's body
