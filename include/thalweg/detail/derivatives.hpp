// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/derivatives.hpp is made of: a line through x, columns of a Jacobian, elements of a Hessian.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/detail/finite_differences.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// Along v: x, v and the step in units of v. The largest element of v stands for its size.
struct Direction {
    std::span<const double> base;
    std::span<const double> v;
    double largest_x;
    double largest_v;
};
/// throws   ShapeError unless v is as long as x; DifferenceError when either is not finite
Direction make_direction(const char* op, std::span<const double> x, std::span<const double> v);
// The step in s: the largest element's, or where each variable has its own the one that is reached first.
double step_along(const Plan& plan, const Direction& direction) noexcept;
// How far x + s v and x - s v stay within the bounds.
Room room_along(const Plan& plan, const Direction& direction) noexcept;
// all = x + s v, put back on the bounds where rounding led across them
/// throws   DifferenceError when that is x, or not finite
void move_along(const Plan& plan, const Direction& direction, double s, std::span<double> all);
// What a formula may do along it.
Line line_along(const Plan& plan, const Direction& direction) noexcept;
[[noreturn]] void throw_bad_value_along(const char* op, double s, double value);
/// throws   std::invalid_argument when the options ask for what op has not
void require_central2(const char* op, const GradientOptions& options);
void require_central2_only(const char* op, const GradientOptions& options);

// The step such that x + h and x - h are exact.
inline double represented(const Plan& plan, double x, std::size_t i) noexcept {
    const double h = plan.step(x, i);
    return plan.fixed ? h : (magnitude(x) + h) - magnitude(x);
}

// The second derivative along a line as questions and answers, as a Formula.
class SecondFormula {
public:
    static constexpr std::size_t kMost = 9;

    // value: f(x).
    /// throws   DifferenceError when the bounds leave no room
    SecondFormula(const Plan& plan, const Line& line, double value);
    // The steps s for which f(x + s) is wanted, in this order; all at once.
    std::span<const double> wanted() const noexcept { return {wanted_, count_}; }
    Derivative result(std::span<const double> values) const noexcept;

private:
    double quotient(const double* values, double h) const noexcept;

    const Plan& plan_;
    double value_;
    double h_;
    bool central_;
    std::size_t count_ = 0;
    double wanted_[kMost] = {};
};

// By rounds of points, evaluations.hpp. h: the step along the direction.
Derivative second_in_rounds(const Plan& plan, const GradientOptions& options, double x, PointCaller& caller);
Derivative direction_in_rounds(const Plan& plan, const GradientOptions& options, const Direction& direction,
                               double h, PointCaller& caller);
Matrix<double> hessian_in_rounds(const Plan& plan, const GradientOptions& options, std::span<const double> x,
                                 PointCaller& caller);
std::vector<double> product_in_rounds(const Plan& plan, const GradientOptions& options,
                                      const Direction& direction, double h, PointCaller& caller);

}  // namespace detail

template <class Function, Variables Point, Variables Vector>
Derivative directional_derivative(Function&& f, const Point& x, const Vector& v,
                                  const GradientOptions& options) {
    constexpr const char* kOp = "directional_derivative";
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan = detail::make_plan(kOp, options, start, detail::grain_of<Function, Point>());
    const detail::Direction direction = detail::make_direction(kOp, start, detail::elements(kOp, v));
    if (detail::equal(direction.largest_v, 0.0)) {
        return {};
    }
    auto caller = detail::make_caller(kOp, f, x, 1);
    return detail::direction_in_rounds(plan, options, direction, detail::step_along(plan, direction), caller);
}

template <class Function>
Derivative second_derivative(Function&& f, double x, const GradientOptions& options) {
    constexpr const char* kOp = "second_derivative";
    detail::require_central2_only(kOp, options);
    const std::vector<double> point = {x};
    detail::OfPoint<Function> of_point{f};
    const detail::Plan plan = detail::make_second_plan(kOp, options, point, of_point.grain());
    auto caller = detail::make_caller(kOp, of_point.function(), point, 1);
    return detail::second_in_rounds(plan, options, x, caller);
}

template <class Function, Variables Point>
Matrix<double> hessian(Function&& f, const Point& x, const GradientOptions& options) {
    constexpr const char* kOp = "hessian";
    detail::require_central2(kOp, options);
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan =
        detail::make_second_plan(kOp, options, start, detail::grain_of<Function, Point>());
    auto caller = detail::make_caller(kOp, f, x, 1);
    return detail::hessian_in_rounds(plan, options, start, caller);
}

template <class Function, Variables Point, Variables Vector>
std::vector<double> hessian_vector_product(Function&& f, const Point& x, const Vector& v,
                                           const GradientOptions& options) {
    constexpr const char* kOp = "hessian_vector_product";
    detail::require_central2(kOp, options);
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan =
        detail::make_second_plan(kOp, options, start, detail::grain_of<Function, Point>());
    const detail::Direction direction = detail::make_direction(kOp, start, detail::elements(kOp, v));
    if (detail::equal(direction.largest_v, 0.0)) {
        return std::vector<double>(start.size());
    }
    auto caller = detail::make_caller(kOp, f, x, 1);
    return detail::product_in_rounds(plan, options, direction, detail::step_along(plan, direction), caller);
}

}  // namespace thalweg
THALWEG_END_PUBLIC
