// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// More than gradients, by finite differences: directional derivatives, Jacobians, Hessians and their products
// with a vector.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "thalweg/finite_differences.hpp"

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
// all = x + s v
/// throws   DifferenceError when that is x
void move_along(const char* op, const Direction& direction, double s, std::span<double> all);
/// throws   std::invalid_argument when the options ask for what op has not
void require_central2(const char* op, const GradientOptions& options);
void require_plain(const char* op, const GradientOptions& options);

// The step such that x + h and x - h are exact.
inline double represented(const Plan& plan, double x) noexcept {
    const double h = plan.step(x);
    return plan.fixed ? h : (magnitude(x) + h) - magnitude(x);
}

// f along a direction; x is a copy that needs no putting back.
template <class F, class X>
class DirectionLine {
public:
    DirectionLine(const Plan& plan, F& f, X& x, const Direction& direction, double value)
        : plan_(plan), f_(f), x_(x), direction_(direction), value_(value) {}

    double at(double s) {
        move_along(plan_.op, direction_, s, elements(plan_.op, x_));
        const auto result = static_cast<double>(call(f_, x_));
        check_value(plan_.op, kScalar, 0.0, s, result);
        return result;
    }
    double width(double s) const { return 2.0 * s; }
    double reach(double s) const { return s; }
    double value() const { return value_; }

private:
    const Plan& plan_;
    F& f_;
    X& x_;
    const Direction& direction_;
    double value_;
};

// Calls f for y = f(x), whichever way it is written.
template <class F, class X>
void call_into(F& f, X& x, std::span<double> y) {
    if constexpr (std::is_invocable_v<F&, const X&, std::span<double>>) {
        f(std::as_const(x), y);
    } else {
        f(std::span<const double>(x.data(), x.size()), y);
    }
}

}  // namespace detail

/// The derivative of f at x along v: d/ds f(x + s v) at s = 0, with options.method.
/// shape    v: as long as x, not normalised; 0 for v = 0, without a call of f
/// units    a fixed step h is one of s; a relative one moves the largest element of v * s by
///          c * max(|x|, typical), |x| the largest of x
/// error    as GradientOptions; x + s v is rounded: about eps * sum |x_i df/dx_i| / h more
/// threads  serial
/// throws   ShapeError when v is not as long as x; else as numerical_gradient
template <class F, class X, class V>
requires Variables<X> && Variables<V> Derivative directional_derivative(F&& f, const X& x, const V& v,
                                                                        const GradientOptions& options = {}) {
    constexpr const char* kOp = "directional_derivative";
    const detail::Plan plan = detail::make_plan(kOp, options);
    const detail::Direction direction =
        detail::make_direction(kOp, detail::elements(kOp, x), detail::elements(kOp, v));
    if (direction.largest_v == 0.0) {
        return {};
    }
    auto copy = detail::own_copy(kOp, x);
    const bool forward = plan.method == DifferenceMethod::kForward;
    const double value = detail::value_at(plan, forward, f, copy);
    detail::DirectionLine line(plan, f, copy, direction, value);
    const double h = plan.fixed ? plan.h : plan.step(direction.largest_x) / direction.largest_v;
    Derivative result = detail::derivative(plan, h, line);
    result.evaluations += forward ? 1 : 0;
    return result;
}

/// The Jacobian of f: element (r, i) is the derivative of output r by variable i. f(x, y) writes its outputs
/// to y, a std::span<double>; x comes as it is or as a std::span<const double>.
/// shape    [outputs, x.size()]
/// range    options.method: any but kRidders; no error estimates
/// error    as GradientOptions
/// threads  options.threads, over the variables; the result does not depend on it
/// throws   as numerical_gradient
template <class F, class X>
requires Variables<X> Matrix<double> jacobian(F&& f, const X& x, std::size_t outputs,
                                              const GradientOptions& options = {}) {
    constexpr const char* kOp = "jacobian";
    detail::require_plain(kOp, options);
    const detail::Plan plan = detail::make_plan(kOp, options);
    const std::size_t n = detail::elements(kOp, x).size();
    Matrix<double> result(outputs, n);
    const bool forward = plan.method == DifferenceMethod::kForward;
    auto block = [&](std::size_t first, std::size_t last) {
        auto copy = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, copy);
        std::vector<double> base(outputs);
        if (forward) {
            detail::call_into(f, copy, base);
        }
        std::vector<double> above(outputs);
        std::vector<double> below(outputs);
        std::vector<double> quotients(4 * outputs);
        for (std::size_t i = first; i < last; ++i) {
            const detail::Restore<double> restore(all[i]);
            const double h = plan.step(restore.value());
            const auto evaluate = [&](double s, std::vector<double>& y) {
                const double at = restore.value();
                detail::check_moved(kOp, i, at, detail::magnitude(s), at + s, at - s);
                all[i] = at + s;
                detail::call_into(f, copy, y);
                for (const double value : y) {
                    detail::check_value(kOp, i, at, s, value);
                }
            };
            for (std::size_t k = 1; k <= plan.pairs; ++k) {
                const double s = static_cast<double>(k) * h;
                evaluate(s, above);
                if (!forward) {
                    evaluate(-s, below);
                }
                const double at = restore.value();
                const double width = forward ? (plan.fixed ? s : (at + s) - at) : plan.width(at, s);
                for (std::size_t r = 0; r < outputs; ++r) {
                    quotients[4 * r + k - 1] = (above[r] - (forward ? base[r] : below[r])) / width;
                }
            }
            for (std::size_t r = 0; r < outputs; ++r) {
                const double* const of_row = quotients.data() + 4 * r;
                result(r, i) = forward ? of_row[0] : detail::combine(plan, of_row, h, 0.0).value;
            }
        }
    };
    detail::for_blocks(n, options.threads, block);
    return result;
}

/// The matrix of second derivatives, symmetric to the bit: (f(x+h e_i) - 2 f(x) + f(x-h e_i)) / h^2 on the
/// diagonal, (f(++) - f(+-) - f(-+) + f(--)) / 4 h_i h_j elsewhere; 2 n^2 + 1 evaluations.
/// shape    [x.size(), x.size()]
/// range    options.method: kCentral2; a relative step is (48 noise)^(1/4) * max(|x|, typical); no error
///          estimates
/// error    h^2/12 * |f''''| + 4 * noise * |f| / h^2
/// threads  options.threads, over the elements; the result does not depend on it
/// throws   as numerical_gradient
template <class F, class X>
requires Variables<X> Matrix<double> hessian(F&& f, const X& x, const GradientOptions& options = {}) {
    constexpr const char* kOp = "hessian";
    detail::require_central2(kOp, options);
    const detail::Plan plan = detail::make_second_plan(kOp, options);
    const std::size_t n = detail::elements(kOp, x).size();
    Matrix<double> result(n, n);
    if (n == 0) {
        return result;
    }
    auto first_copy = detail::own_copy(kOp, x);
    const double value = detail::value_at(plan, true, f, first_copy);
    auto block = [&](std::size_t first, std::size_t last) {
        auto copy = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, copy);
        std::size_t i = 0;
        while ((i + 1) * (i + 2) / 2 <= first) {
            ++i;
        }
        // From the diagonal down: a variable that alone makes f not finite is named before any pair with it.
        std::size_t j = i - (first - i * (i + 1) / 2);
        for (std::size_t element = first; element < last; ++element) {
            const double h_i = detail::represented(plan, all[i]);
            const double h_j = detail::represented(plan, all[j]);
            if (i == j) {
                double sum = 0.0;
                for (const double s : {h_i, -h_i}) {
                    sum += detail::VariableLine(plan, f, copy, all[i], i, value).at(s) - value;
                }
                result(i, i) = sum / (h_i * h_i);
            } else {
                const detail::Restore<double> restore(all[i]);
                detail::check_moved(kOp, i, all[i], h_i, all[i] + h_i, all[i] - h_i);
                all[i] = restore.value() + h_i;
                const double above = detail::difference(kOp, f, copy, all[j], j, h_j);
                all[i] = restore.value() - h_i;
                const double below = detail::difference(kOp, f, copy, all[j], j, h_j);
                result(i, j) = (above - below) / (4.0 * h_i * h_j);
                result(j, i) = result(i, j);
            }
            j = j == 0 ? ++i : j - 1;
        }
    };
    detail::for_blocks(n * (n + 1) / 2, options.threads, block);
    return result;
}

/// The Hessian of f at x times v, without the Hessian: the difference of two gradients along v, each by
/// central differences, 4 n evaluations of f.
/// shape    v, result: as long as x; zeros for v = 0, without a call of f
/// range    as hessian; a fixed step h is used for the variables and along v
/// error    order h^2 and 4 * noise * |f| / h^2, as hessian
/// threads  options.threads, over the variables; the result does not depend on it
/// throws   ShapeError when v is not as long as x; else as numerical_gradient
template <class F, class X, class V>
requires Variables<X> && Variables<V> std::vector<double> hessian_vector_product(
    F&& f, const X& x, const V& v, const GradientOptions& options = {}) {
    constexpr const char* kOp = "hessian_vector_product";
    detail::require_central2(kOp, options);
    const detail::Plan plan = detail::make_second_plan(kOp, options);
    const detail::Direction direction =
        detail::make_direction(kOp, detail::elements(kOp, x), detail::elements(kOp, v));
    const std::size_t n = direction.base.size();
    std::vector<double> result(n);
    if (direction.largest_v == 0.0) {
        return result;
    }
    const double along = plan.fixed ? plan.h : plan.step(direction.largest_x) / direction.largest_v;
    auto block = [&](std::size_t first, std::size_t last) {
        auto copy = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, copy);
        for (const double s : {along, -along}) {
            detail::move_along(kOp, direction, s, all);
            for (std::size_t i = first; i < last; ++i) {
                const double h = detail::represented(plan, direction.base[i]);
                const double slope = detail::difference(kOp, f, copy, all[i], i, h) / plan.width(all[i], h);
                result[i] += s > 0.0 ? slope : -slope;
            }
        }
        for (std::size_t i = first; i < last; ++i) {
            result[i] /= 2.0 * along;
        }
    };
    detail::for_blocks(n, options.threads, block);
    return result;
}

}  // namespace thalweg
