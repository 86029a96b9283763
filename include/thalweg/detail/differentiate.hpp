// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/differentiate.hpp is made of: moving a variable, calling f, checking both.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// The index of a variable that is not part of an array.
inline constexpr std::size_t kScalar = static_cast<std::size_t>(-1);

// What is wrong with h, x or f, in one line; all cold. eps is that of the type computed in.
[[noreturn]] void throw_bad_step(const char* op, double h);
[[noreturn]] void throw_lost_step(const char* op, std::size_t i, double x, double h, double eps);
[[noreturn]] void throw_bad_variable(const char* op, std::size_t i, double x);
[[noreturn]] void throw_bad_value(const char* op, std::size_t i, double x, double step, double value);
[[noreturn]] void throw_bad_index(const char* op, std::size_t i, std::size_t size);
[[noreturn]] void throw_gaps(const char* op);
// ShapeError unless [first, first + count) lies within [0, size), or unless b is as long as a.
void check_range(const char* op, std::size_t first, std::size_t count, std::size_t size);
void check_sizes(const char* op, std::size_t a, std::size_t b);
// |a - b|; 0 where both are the same infinity, Inf where either is NaN.
double distance(double a, double b) noexcept;

// False for NaN and both infinities. <cmath> costs every user more than the rest of this header.
template <class Element>
constexpr bool is_finite(Element x) noexcept {
    return x - x == Element(0);
}

template <class Element>
constexpr Element magnitude(Element x) noexcept {
    return x < Element(0) ? -x : x;
}

template <std::floating_point Element>
constexpr Element epsilon() noexcept {
    return std::is_same_v<Element, float> ? Element(0x1p-23) : Element(0x1p-52);
}

template <class Point>
using ElementOf = std::remove_cvref_t<decltype(*std::declval<Point&>().data())>;

template <class Point>
inline constexpr bool kWritable =
    !std::is_const_v<std::remove_pointer_t<decltype(std::declval<Point&>().data())>>;

// A view: a copy of it still looks at the same elements.
template <class Point>
inline constexpr bool kBorrows = false;
template <class Element, std::size_t Extent>
inline constexpr bool kBorrows<std::span<Element, Extent>> = true;
template <class Element>
inline constexpr bool kBorrows<MatrixView<Element>> = true;

template <class Point>
auto elements(const char* op, Point& x) {
    if constexpr (requires { x.contiguous(); }) {
        if (!x.contiguous()) {
            throw_gaps(op);
        }
    }
    return std::span(x.data(), x.size());
}

// The variables on memory of their own, as f knows them: a view becomes a vector.
template <class Point>
auto own_copy(const char* op, const Point& x) {
    if constexpr (kBorrows<Point>) {
        const auto from = elements(op, x);
        return std::vector<ElementOf<Point>>(from.begin(), from.end());
    } else {
        return Point(x);
    }
}

template <class Function, class... Arguments>
auto number(Function& f, Arguments&&... x) {
    static_assert(std::is_convertible_v<std::invoke_result_t<Function&, Arguments...>, double>,
                  "f returns a number");
    return f(std::forward<Arguments>(x)...);
}

// f(x), f(span of x's elements), or f() where f looks at x's memory by itself.
template <class Function, class Point>
auto call(Function& f, Point& x) {
    using Element = ElementOf<Point>;
    if constexpr (std::is_invocable_v<Function&, const Point&>) {
        return number(f, std::as_const(x));
    } else if constexpr (std::is_invocable_v<Function&, Point&>) {
        return number(f, x);
    } else if constexpr (std::is_invocable_v<Function&, std::span<const Element>>) {
        return number(f, std::span<const Element>(x.data(), x.size()));
    } else {
        static_assert(std::is_invocable_v<Function&>,
                      "f takes x, a std::span<const Element> of its elements, or nothing");
        return number(f);
    }
}

// Puts an element's bits back, also when f throws.
template <class Element>
class Restore {
public:
    explicit Restore(Element& place) noexcept : place_(place), value_(place) {}
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;
    ~Restore() { place_ = value_; }
    Element value() const noexcept { return value_; }

private:
    Element& place_;
    Element value_;
};

template <class Element>
void check_step(const char* op, Element h) {
    if (!(h > Element(0)) || !is_finite(h)) {
        throw_bad_step(op, static_cast<double>(h));
    }
}

// x + h and x - h must be two other finite numbers, or the quotient is about something else.
template <class Element>
void check_moved(const char* op, std::size_t i, Element x, Element h, Element above, Element below) {
    if (!is_finite(above) || !is_finite(below)) {
        throw_bad_variable(op, i, static_cast<double>(is_finite(x) ? above : x));
    }
    if (above == x || below == x) {
        throw_lost_step(op, i, static_cast<double>(x), static_cast<double>(h),
                        static_cast<double>(epsilon<Element>()));
    }
}

template <class Result, class Element>
void check_value(const char* op, std::size_t i, Element x, Element step, Result value) {
    if (!is_finite(value)) {
        throw_bad_value(op, i, static_cast<double>(x), static_cast<double>(step), static_cast<double>(value));
    }
}

// f(x + h e_i) - f(x - h e_i), x moved in place and put back.
template <class Function, class Point, class Element>
auto difference(const char* op, Function& f, Point& x, Element& place, std::size_t i, Element h) {
    const Restore<Element> restore(place);
    const Element base = restore.value();
    const Element above_x = base + h;
    const Element below_x = base - h;
    check_moved(op, i, base, h, above_x, below_x);
    place = above_x;
    const auto above = call(f, x);
    check_value(op, i, base, h, above);
    place = below_x;
    const auto below = call(f, x);
    check_value(op, i, base, -h, below);
    return above - below;
}

}  // namespace detail

template <class Function, class Number>
requires std::is_arithmetic_v<Number>
auto numerical_diff(Function&& f, Number x, double h) {
    using Floating = std::conditional_t<std::is_integral_v<Number>, double, Number>;
    static_assert(std::is_invocable_v<Function&, Floating>,
                  "numerical_diff, tangent_line: f takes one number");
    constexpr const char* kOp = "numerical_diff";
    const Floating base = static_cast<Floating>(x);
    const Floating step = static_cast<Floating>(h);
    detail::check_step(kOp, step);
    detail::check_moved(kOp, detail::kScalar, base, step, base + step, base - step);
    const auto above = f(base + step);
    detail::check_value(kOp, detail::kScalar, base, step, above);
    const auto below = f(base - step);
    detail::check_value(kOp, detail::kScalar, base, -step, below);
    return (above - below) / (Floating(2) * step);
}

template <class Function, class Number>
requires std::is_arithmetic_v<Number>
auto tangent_line(Function&& f, Number x, double h) {
    using Floating = std::conditional_t<std::is_integral_v<Number>, double, Number>;
    const Floating at = static_cast<Floating>(x);
    const auto slope = numerical_diff(f, at, h);
    const auto intercept = f(at) - slope * at;
    return TangentLine<std::remove_const_t<decltype(intercept)>>{slope, intercept};
}

template <class Function>
double central_difference(Function&& f, std::span<double> x, std::size_t i, double h) {
    static_assert(std::is_invocable_v<Function&>,
                  "central_difference: f takes nothing and looks at x by itself");
    const detail::Restore<double> restore(x[i]);
    x[i] = restore.value() + h;
    const double above = f();
    x[i] = restore.value() - h;
    const double below = f();
    return (above - below) / (2.0 * h);
}

template <class Function, class Point>
requires Variables<std::remove_cvref_t<Point>>
auto partial(Function&& f, Point&& x, std::size_t i, double h) {
    constexpr const char* kOp = "partial";
    if constexpr (!detail::kWritable<std::remove_reference_t<Point>>) {
        auto copy = detail::own_copy(kOp, x);
        return partial(f, copy, i, h);
    } else {
        using Element = detail::ElementOf<Point>;
        const std::span<Element> all = detail::elements(kOp, x);
        const Element step = static_cast<Element>(h);
        detail::check_step(kOp, step);
        if (i >= all.size()) {
            detail::throw_bad_index(kOp, i, all.size());
        }
        return detail::difference(kOp, f, x, all[i], i, step) / (Element(2) * step);
    }
}

template <class Function, class Point>
requires Variables<std::remove_cvref_t<Point>>
auto numerical_gradient(Function&& f, Point&& x, double h) {
    constexpr const char* kOp = "numerical_gradient";
    using Element = detail::ElementOf<Point>;
    if constexpr (!detail::kWritable<std::remove_reference_t<Point>>) {
        if constexpr (detail::kBorrows<std::remove_cvref_t<Point>> && requires { x.rows(); }) {
            Matrix<Element> copy{MatrixView<const Element>(x)};
            return numerical_gradient(f, copy, h);
        } else {
            auto copy = detail::own_copy(kOp, x);
            return numerical_gradient(f, copy, h);
        }
    } else {
        const std::span<Element> all = detail::elements(kOp, x);
        const Element step = static_cast<Element>(h);
        detail::check_step(kOp, step);
        auto result = [&] {
            if constexpr (requires { x.rows(); }) {
                return Matrix<Element>(x.rows(), x.cols());
            } else {
                return std::vector<Element>(all.size());
            }
        }();
        for (std::size_t i = 0; i < all.size(); ++i) {
            result.data()[i] =
                static_cast<Element>(detail::difference(kOp, f, x, all[i], i, step) / (Element(2) * step));
        }
        return result;
    }
}

}  // namespace thalweg
THALWEG_END_PUBLIC
