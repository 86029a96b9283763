// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/gradient_check.hpp is made of: the analytic gradient, and how f is called.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/finite_differences.hpp"
#include "thalweg/gradient_check.hpp"
#include "thalweg/matrix_view.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

/// throws   std::invalid_argument, ShapeError
Plan check_plan(const char* op, const CheckOptions& options, std::span<const double> x, Grain grain);
void check_analytic_size(const char* op, std::size_t size, std::size_t analytic_size);
void check_analytic_shape(const char* op, std::size_t size, std::size_t cols);
void require_entries(const char* op, const CheckOptions& options);
// By rounds of points, evaluations.hpp. analytic: [outputs, variables].
GradientCheck check_in_rounds(const Plan& plan, const CheckOptions& options, std::span<const double> x,
                              const MatrixView<const double>& analytic, PointCaller& caller);

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

}  // namespace detail

template <class Function, Variables Point, class Gradient>
GradientCheck check_gradient(Function&& f, const Point& x, const Gradient& analytic,
                             const CheckOptions& options) {
    constexpr const char* kOp = "check_gradient";
    const std::span<const double> base = detail::elements(kOp, x);
    const std::vector<double> claimed = detail::claimed_gradient(kOp, analytic, x);
    const detail::Plan plan = detail::check_plan(kOp, options, base, detail::grain_of<Function, Point>());
    detail::check_analytic_size(kOp, base.size(), claimed.size());
    auto caller = detail::make_caller(kOp, f, x, 1);
    return detail::check_in_rounds(plan, options, base,
                                   MatrixView<const double>(claimed.data(), 1, claimed.size()), caller);
}

template <class Function, Variables Point>
GradientCheck check_jacobian(Function&& f, const Point& x, const MatrixView<const double>& analytic,
                             const CheckOptions& options) {
    constexpr const char* kOp = "check_jacobian";
    detail::require_entries(kOp, options);
    const std::span<const double> base = detail::elements(kOp, x);
    const detail::Plan plan = detail::check_plan(kOp, options, base, detail::Grain::kDouble);
    detail::check_analytic_shape(kOp, base.size(), analytic.cols());
    auto caller = detail::make_caller(kOp, f, x, analytic.rows());
    return detail::check_in_rounds(plan, options, base, analytic, caller);
}

}  // namespace thalweg
THALWEG_END_PUBLIC
