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
template <class Function, class Point>
class DirectionLine {
public:
    DirectionLine(const Plan& plan, Function& f, Point& x, const Direction& direction, double value)
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
    Function& f_;
    Point& x_;
    const Direction& direction_;
    double value_;
};

// Calls f for y = f(x), whichever way it is written.
template <class Function, class Point>
void call_into(Function& f, Point& x, std::span<double> y) {
    if constexpr (std::is_invocable_v<Function&, const Point&, std::span<double>>) {
        f(std::as_const(x), y);
    } else {
        static_assert(std::is_invocable_v<Function&, std::span<const double>, std::span<double>>,
                      "jacobian: f takes x and a std::span<double> for its outputs");
        f(std::span<const double>(x.data(), x.size()), y);
    }
}

// Columns of a Jacobian, on a copy of x of its own.
template <class Function, class Point>
class Columns {
public:
    Columns(const Plan& plan, Function& f, const Point& x, Matrix<double>& result)
        : plan_(plan),
          f_(f),
          x_(own_copy(plan.op, x)),
          all_(elements(plan.op, x_)),
          result_(result),
          forward_(plan.method == DifferenceMethod::kForward),
          above_(result.rows()),
          below_(result.rows()),
          quotients_(kStride * result.rows()) {
        if (forward_) {
            call_into(f_, x_, below_);
            for (const double value : below_) {
                check_value(plan_.op, 0, 0.0, 0.0, value);
            }
        }
    }

    void column(std::size_t i) {
        const Restore<double> restore(all_[i]);
        const double at = restore.value();
        const double h = plan_.step(at);
        for (std::size_t k = 1; k <= plan_.pairs; ++k) {
            const double s = static_cast<double>(k) * h;
            evaluate(i, at, s, above_);
            if (!forward_) {
                evaluate(i, at, -s, below_);
            }
            const double reach = plan_.fixed ? s : (at + s) - at;
            const double width = forward_ ? reach : plan_.width(at, s);
            for (std::size_t r = 0; r < above_.size(); ++r) {
                quotients_[kStride * r + k - 1] = (above_[r] - below_[r]) / width;
            }
        }
        for (std::size_t r = 0; r < above_.size(); ++r) {
            const double* const of_row = quotients_.data() + kStride * r;
            result_(r, i) = forward_ ? of_row[0] : combine(plan_, of_row, h, 0.0).value;
        }
    }

private:
    static constexpr std::size_t kStride = 4;

    void evaluate(std::size_t i, double at, double s, std::vector<double>& y) {
        check_moved(plan_.op, i, at, magnitude(s), at + s, at - s);
        all_[i] = at + s;
        call_into(f_, x_, y);
        for (const double value : y) {
            check_value(plan_.op, i, at, s, value);
        }
    }

    const Plan& plan_;
    Function& f_;
    decltype(own_copy("", std::declval<const Point&>())) x_;
    std::span<double> all_;
    Matrix<double>& result_;
    bool forward_;
    std::vector<double> above_;
    std::vector<double> below_;  // forward: f(x), for all columns
    std::vector<double> quotients_;
};

// Elements of a Hessian, on a copy of x of its own.
template <class Function, class Point>
class SecondDifferences {
public:
    SecondDifferences(const Plan& plan, Function& f, const Point& x, double value)
        : plan_(plan), f_(f), x_(own_copy(plan.op, x)), all_(elements(plan.op, x_)), value_(value) {}

    double diagonal(std::size_t i) {
        const double h = represented(plan_, all_[i]);
        double sum = 0.0;
        for (const double s : {h, -h}) {
            sum += VariableLine(plan_, f_, x_, all_[i], i, value_).at(s) - value_;
        }
        return sum / (h * h);
    }

    double mixed(std::size_t i, std::size_t j) {
        const Restore<double> restore(all_[i]);
        const double at = restore.value();
        const double h_i = represented(plan_, at);
        const double h_j = represented(plan_, all_[j]);
        check_moved(plan_.op, i, at, h_i, at + h_i, at - h_i);
        all_[i] = at + h_i;
        const double above = difference(plan_.op, f_, x_, all_[j], j, h_j);
        all_[i] = at - h_i;
        const double below = difference(plan_.op, f_, x_, all_[j], j, h_j);
        return (above - below) / (4.0 * h_i * h_j);
    }

private:
    const Plan& plan_;
    Function& f_;
    decltype(own_copy("", std::declval<const Point&>())) x_;
    std::span<double> all_;
    double value_;
};

}  // namespace detail

template <class Function, Variables Point, Variables Vector>
Derivative directional_derivative(Function&& f, const Point& x, const Vector& v,
                                  const GradientOptions& options) {
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

template <class Function, Variables Point>
Matrix<double> jacobian(Function&& f, const Point& x, std::size_t outputs, const GradientOptions& options) {
    constexpr const char* kOp = "jacobian";
    detail::require_plain(kOp, options);
    const detail::Plan plan = detail::make_plan(kOp, options);
    const std::size_t n = detail::elements(kOp, x).size();
    Matrix<double> result(outputs, n);
    auto block = [&](std::size_t first, std::size_t last) {
        detail::Columns columns(plan, f, x, result);
        for (std::size_t i = first; i < last; ++i) {
            columns.column(i);
        }
    };
    detail::for_blocks(n, options.threads, block);
    return result;
}

template <class Function, Variables Point>
Matrix<double> hessian(Function&& f, const Point& x, const GradientOptions& options) {
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
        detail::SecondDifferences differences(plan, f, x, value);
        std::size_t i = 0;
        while ((i + 1) * (i + 2) / 2 <= first) {
            ++i;
        }
        // From the diagonal down: a variable that alone makes f not finite is named before any pair with it.
        std::size_t j = i - (first - i * (i + 1) / 2);
        for (std::size_t element = first; element < last; ++element) {
            result(i, j) = i == j ? differences.diagonal(i) : differences.mixed(i, j);
            result(j, i) = result(i, j);
            j = j == 0 ? ++i : j - 1;
        }
    };
    detail::for_blocks(n * (n + 1) / 2, options.threads, block);
    return result;
}

template <class Function, Variables Point, Variables Vector>
std::vector<double> hessian_vector_product(Function&& f, const Point& x, const Vector& v,
                                           const GradientOptions& options) {
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
THALWEG_END_PUBLIC
