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
[[noreturn]] void throw_bad_value_along(const char* op, double s, double value);
/// throws   std::invalid_argument when the options ask for what op has not
void require_central2(const char* op, const GradientOptions& options);
void require_central2_only(const char* op, const GradientOptions& options);
void require_plain(const char* op, const GradientOptions& options);

// The step such that x + h and x - h are exact.
inline double represented(const Plan& plan, double x, std::size_t i) noexcept {
    const double h = plan.step(x, i);
    return plan.fixed ? h : (magnitude(x) + h) - magnitude(x);
}

// f along a direction; x is a copy that needs no putting back.
template <class Function, class Point>
class DirectionLine {
public:
    DirectionLine(const Plan& plan, Function& f, Point& x, const Direction& direction, double value)
        : plan_(plan), f_(f), x_(x), direction_(direction), value_(value) {}

    double look(double s) {
        move_along(plan_, direction_, s, elements(plan_.op, x_));
        return static_cast<double>(call(f_, x_));
    }
    double at(double s) {
        const double result = look(s);
        if (!is_finite(result)) {
            throw_bad_value_along(plan_.op, s, result);
        }
        return result;
    }
    double width(double s) const { return 2.0 * s; }
    double value() const { return value_; }
    Line line() const {
        Line line{kScalar, 0.0};
        line.room = room_along(plan_, direction_);
        line.resolution = 0x1p-48 * direction_.largest_x / direction_.largest_v;
        return line;
    }

private:
    const Plan& plan_;
    Function& f_;
    Point& x_;
    const Direction& direction_;
    double value_;
};
template <class Function, class Point>
DirectionLine(const Plan&, Function&, Point&, const Direction&, double) -> DirectionLine<Function, Point>;

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
          at_x_(plan.needs_value() ? result.rows() : 0),
          above_(result.rows()),
          below_(result.rows()),
          quotients_(result.rows()) {
        if (plan.needs_value()) {
            call_into(f_, x_, at_x_);
            for (const double value : at_x_) {
                check_value(plan_.op, 0, 0.0, 0.0, value);
            }
        }
    }

    void column(std::size_t i) {
        const Restore<double> restore(all_[i]);
        const Place place(plan_, i, restore.value());
        const Stencil stencil = make_stencil(plan_, plan_.step(place.x, i), place.room(), i);
        for (std::size_t k = 0; k < stencil.count; ++k) {
            const double s = stencil.steps[k];
            evaluate(place, s, above_);
            if (stencil.central) {
                evaluate(place, -s, below_);
            }
            const std::vector<double>& from = stencil.central ? below_ : at_x_;
            const double width = stencil.central ? place.width(s) : place.reach(s);
            for (std::size_t r = 0; r < above_.size(); ++r) {
                quotients_[r].central = stencil.central;
                quotients_[r].size = k;
                quotients_[r].add(s, (above_[r] - from[r]) / width, 0.0);
            }
        }
        for (std::size_t r = 0; r < above_.size(); ++r) {
            result_(r, i) = combine(plan_, stencil, quotients_[r]).result.value;
        }
    }

private:
    void evaluate(const Place& place, double s, std::vector<double>& y) {
        all_[place.i] = place.moved(s);
        call_into(f_, x_, y);
        for (const double value : y) {
            check_value(plan_.op, place.i, place.x, s, value);
        }
    }

    const Plan& plan_;
    Function& f_;
    decltype(own_copy("", std::declval<const Point&>())) x_;
    std::span<double> all_;
    Matrix<double>& result_;
    std::vector<double> at_x_;
    std::vector<double> above_;
    std::vector<double> below_;
    std::vector<Quotients> quotients_;
};
template <class Function, class Point>
Columns(const Plan&, Function&, const Point&, Matrix<double>&) -> Columns<Function, Point>;

// The second derivative along a line as questions and answers, as a Formula.
class SecondFormula {
public:
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
    double wanted_[9] = {};
};

// Elements of a Hessian, on a copy of x of its own.
template <class Function, class Point>
class SecondDifferences {
public:
    SecondDifferences(const Plan& plan, Function& f, const Point& x, double value)
        : plan_(plan), f_(f), x_(own_copy(plan.op, x)), all_(elements(plan.op, x_)), value_(value) {}

    double diagonal(std::size_t i) {
        const double h = represented(plan_, all_[i], i);
        double sum = 0.0;
        for (const double s : {h, -h}) {
            sum += VariableLine(plan_, f_, x_, all_[i], i, value_).at(s) - value_;
        }
        return sum / (h * h);
    }

    double mixed(std::size_t i, std::size_t j) {
        const Restore<double> restore(all_[i]);
        const double at = restore.value();
        const double h_i = represented(plan_, at, i);
        const double h_j = represented(plan_, all_[j], j);
        check_moved(plan_.op, i, at, h_i, at + h_i, at - h_i);
        all_[i] = at + h_i;
        const auto above = difference(plan_.op, f_, x_, all_[j], j, h_j);
        all_[i] = at - h_i;
        const auto below = difference(plan_.op, f_, x_, all_[j], j, h_j);
        return static_cast<double>(quotient(above - below, 4.0 * h_i * h_j));
    }

private:
    const Plan& plan_;
    Function& f_;
    decltype(own_copy("", std::declval<const Point&>())) x_;
    std::span<double> all_;
    double value_;
};
template <class Function, class Point>
SecondDifferences(const Plan&, Function&, const Point&, double) -> SecondDifferences<Function, Point>;

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
    auto copy = detail::own_copy(kOp, x);
    const double value = detail::value_at(plan, f, copy);
    detail::DirectionLine line(plan, f, copy, direction, value);
    const double h = detail::step_along(plan, direction);
    Derivative result = detail::answered(detail::Formula(plan, line.line(), value, h),
                                         [&](double s) { return line.look(s); });
    result.evaluations += plan.looks_at_value() ? 1U : 0U;
    return result;
}

template <class Function>
Derivative second_derivative(Function&& f, double x, const GradientOptions& options) {
    static_assert(detail::takes_number<Function, double>());
    constexpr const char* kOp = "second_derivative";
    detail::require_central2_only(kOp, options);
    const auto of_span = [&f](std::span<const double> v) { return f(v[0]); };
    std::vector<double> point = {x};
    const detail::Plan plan = detail::make_second_plan(
        kOp, options, point, detail::grain_of<decltype(of_span), std::vector<double>>());
    const auto value = static_cast<double>(detail::call(of_span, point));
    detail::check_value(kOp, 0, 0.0, 0.0, value);
    detail::VariableLine line(plan, of_span, point, point[0], 0, value);
    const detail::SecondFormula formula(plan, line.line(), value);
    std::vector<double> values;
    for (const double s : formula.wanted()) {
        values.push_back(static_cast<double>(line.at(s)));
    }
    return formula.result(values);
}

template <class Function, Variables Point>
Matrix<double> jacobian(Function&& f, const Point& x, std::size_t outputs, const GradientOptions& options) {
    constexpr const char* kOp = "jacobian";
    detail::require_plain(kOp, options);
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan = detail::make_plan(kOp, options, start, detail::Grain::kDouble);
    const std::size_t n = start.size();
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
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan =
        detail::make_second_plan(kOp, options, start, detail::grain_of<Function, Point>());
    const std::size_t n = start.size();
    Matrix<double> result(n, n);
    if (n == 0) {
        return result;
    }
    auto first_copy = detail::own_copy(kOp, x);
    const auto value = static_cast<double>(detail::call(f, first_copy));
    detail::check_value(kOp, 0, 0.0, 0.0, value);
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
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan =
        detail::make_second_plan(kOp, options, start, detail::grain_of<Function, Point>());
    const detail::Direction direction = detail::make_direction(kOp, start, detail::elements(kOp, v));
    const std::size_t n = direction.base.size();
    std::vector<double> result(n);
    if (detail::equal(direction.largest_v, 0.0)) {
        return result;
    }
    const double along = detail::step_along(plan, direction);
    auto block = [&](std::size_t first, std::size_t last) {
        auto copy = detail::own_copy(kOp, x);
        const std::span<double> all = detail::elements(kOp, copy);
        for (const double s : {along, -along}) {
            detail::move_along(plan, direction, s, all);
            for (std::size_t i = first; i < last; ++i) {
                const double h = detail::represented(plan, direction.base[i], i);
                const auto slope = static_cast<double>(detail::difference(kOp, f, copy, all[i], i, h)) /
                                   plan.width(all[i], h);
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
