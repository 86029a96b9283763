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

template <class Function>
class BlockFunction;  // evaluations.hpp

namespace detail {

template <class Function>
inline constexpr bool kIsBlock = false;
template <class Function>
inline constexpr bool kIsBlock<BlockFunction<Function>> = true;

// The index of a variable that is not part of an array.
inline constexpr std::size_t kScalar = static_cast<std::size_t>(-1);

// What is wrong with h, x or f, in one line; all cold. eps is that of the type computed in.
[[noreturn]] void throw_bad_step(const char* op, double h);
[[noreturn]] void throw_lost_step(const char* op, std::size_t i, double x, double h, double eps);
[[noreturn]] void throw_bad_variable(const char* op, std::size_t i, double x);
[[noreturn]] void throw_bad_value(const char* op, std::size_t i, double x, double step, double value);
[[noreturn]] void throw_not_real(const char* op, std::size_t i, double x, double imaginary);
[[noreturn]] void throw_not_analytic(const char* op, std::size_t i, double x, double found,
                                     double difference);
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
    return x - x >= Element(0);
}

// a == b, in silence where a caller's -Wfloat-equal is deaf to what is meant.
template <class Element>
constexpr bool equal(Element a, Element b) noexcept {
    return a <= b && a >= b;
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

// The type of the first parameter; void for templates and overloads, which do not tell.
template <class Returned, class Argument, class... Others>
Argument first_parameter(Returned (*)(Argument, Others...));
template <class Returned, class Class, class Argument, class... Others>
Argument first_parameter(Returned (Class::*)(Argument, Others...));
template <class Returned, class Class, class Argument, class... Others>
Argument first_parameter(Returned (Class::*)(Argument, Others...) const);
template <class Returned, class Class, class Argument, class... Others>
Argument first_parameter(Returned (Class::*)(Argument, Others...) &);
template <class Returned, class Class, class Argument, class... Others>
Argument first_parameter(Returned (Class::*)(Argument, Others...) const&);

template <class Function>
auto parameter() {
    if constexpr (requires(Function & f) { first_parameter(&f); }) {
        return std::type_identity<
            std::remove_cvref_t<decltype(first_parameter(std::declval<Function*>()))>>{};
    } else if constexpr (requires(Function & f) { first_parameter(f); }) {
        return std::type_identity<
            std::remove_cvref_t<decltype(first_parameter(std::declval<Function&>()))>>{};
    } else if constexpr (requires { first_parameter(&Function::operator()); }) {
        return std::type_identity<std::remove_cvref_t<decltype(first_parameter(&Function::operator()))>>{};
    } else if constexpr (requires(Function & f) { f.get(); }) {
        return parameter<
            std::remove_cvref_t<decltype(std::declval<Function&>().get())>>();  // std::reference_wrapper
    } else {
        return std::type_identity<void>{};
    }
}
template <class Function>
using Parameter = typename decltype(parameter<std::remove_cvref_t<Function>>())::type;

template <class Argument>
inline constexpr bool kHoldsIntegers = false;
template <class Argument>
requires requires {
    typename Argument::value_type;
}
inline constexpr bool kHoldsIntegers<Argument> = std::is_integral_v<typename Argument::value_type>;

// An int cuts x + h off, a float rounds it: the difference would be of other points.
template <class Function, class Element>
constexpr bool takes_number() {
    using Argument = Parameter<Function>;
    static_assert(!std::is_integral_v<Argument>,
                  "f takes an integer, which cuts x + h off: let f take the floating-point type of x");
    static_assert(
        !std::is_floating_point_v<Argument> ||
            sizeof(std::conditional_t<std::is_void_v<Argument>, Element, Argument>) >= sizeof(Element),
        "f takes a float where x is a double, which rounds x + h: let f take double or pass a float x");
    static_assert(std::is_invocable_v<Function&, Element>,
                  "numerical_diff, tangent_line: f takes one number");
    return true;
}

// What f returns, before anything is subtracted: unsigned would wrap, int overflow, float lose digits.
template <class Returned>
using Wide =
    std::conditional_t<std::is_same_v<std::remove_cvref_t<Returned>, long double>, long double, double>;

// rise / width in the wider of their types, which may be long double.
template <class Rise, class Width>
constexpr auto quotient(Rise rise, Width width) noexcept {
    using Both = std::common_type_t<Rise, Wide<Width>>;
    return static_cast<Both>(rise) / static_cast<Both>(width);
}

// f(x) as a number.
template <class Function, class... Point>
auto number(Function& f, Point&&... x) {
    using Result = std::invoke_result_t<Function&, Point...>;
    static_assert(std::is_constructible_v<double, Result>, "f returns a number");
    if constexpr (std::is_constructible_v<double, Result>) {
        return static_cast<Wide<Result>>(f(std::forward<Point>(x)...));
    } else {
        return 0.0;
    }
}

// f(x), f(span of x's elements), or f() where f looks at x's memory by itself.
template <class Function, class Point>
decltype(auto) evaluate(Function& f, Point& x, auto&& then) {
    using Element = ElementOf<Point>;
    if constexpr (std::is_invocable_v<Function&, const Point&>) {
        return then(f, std::as_const(x));
    } else if constexpr (std::is_invocable_v<Function&, Point&>) {
        return then(f, x);
    } else if constexpr (std::is_invocable_v<Function&, std::span<const Element>>) {
        return then(f, std::span<const Element>(x.data(), x.size()));
    } else {
        static_assert(!kHoldsIntegers<Parameter<Function>>,
                      "f takes integers, but its variables are float or double: let f take a span of those");
        static_assert(std::is_invocable_v<Function&>,
                      "f takes x, a std::span<const Element> of its elements, or nothing");
        return then(f);
    }
}

template <class Function, class Point>
auto call(Function& f, Point& x) {
    return evaluate(f, x, [](Function& function, auto&&... argument) {
        return number(function, std::forward<decltype(argument)>(argument)...);
    });
}

struct TypeOfResult {
    template <class Function, class... Point>
    auto operator()(Function&, Point&&...) const {
        return std::type_identity<std::remove_cvref_t<std::invoke_result_t<Function&, Point...>>>{};
    }
};
// What f returns for x.
template <class Function, class Point>
using ResultOf = typename decltype(evaluate(std::declval<std::remove_reference_t<Function>&>(),
                                            std::declval<Point&>(), TypeOfResult{}))::type;
// The type of a quotient by a number of type T.
template <class Element, class Returned>
using Quotient =
    std::common_type_t<Element, std::conditional_t<std::is_arithmetic_v<Returned>, Returned, double>>;

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
        const Element found = !is_finite(x) ? x : (is_finite(above) ? below : above);
        throw_bad_variable(op, i, static_cast<double>(found));
    }
    if (equal(above, x) || equal(below, x)) {
        throw_lost_step(op, i, static_cast<double>(x), static_cast<double>(h),
                        static_cast<double>(epsilon<Element>()));
    }
}

template <class Returned, class Element>
void check_value(const char* op, std::size_t i, Element x, Element step, Returned value) {
    if (!is_finite(value)) {
        throw_bad_value(op, i, static_cast<double>(x), static_cast<double>(step), static_cast<double>(value));
    }
}

template <class Value>
struct Sides {
    Value above, below;
};
// f(x + h e_i) and f(x - h e_i), x moved in place and put back.
template <class Function, class Point, class Element>
inline auto both_sides(const char* op, Function& f, Point& x, Element& place, std::size_t i, Element h) {
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
    return Sides<std::remove_const_t<decltype(above)>>{above, below};
}
template <class Function, class Point, class Element>
inline auto difference(const char* op, Function& f, Point& x, Element& place, std::size_t i, Element h) {
    const auto sides = both_sides(op, f, x, place, i, h);
    return sides.above - sides.below;
}

}  // namespace detail

template <class Function, class Element>
requires std::is_arithmetic_v<Element>
auto numerical_diff(Function&& f, Element x, double h) {
    using Floating = std::conditional_t<std::is_integral_v<Element>, double, Element>;
    static_assert(detail::takes_number<Function, Floating>());
    constexpr const char* kOp = "numerical_diff";
    const Floating base = static_cast<Floating>(x);
    const Floating step = static_cast<Floating>(h);
    detail::check_step(kOp, step);
    detail::check_moved(kOp, detail::kScalar, base, step, base + step, base - step);
    const auto above = detail::number(f, base + step);
    detail::check_value(kOp, detail::kScalar, base, step, above);
    const auto below = detail::number(f, base - step);
    detail::check_value(kOp, detail::kScalar, base, -step, below);
    using Result = detail::Quotient<Floating, std::remove_cvref_t<std::invoke_result_t<Function&, Floating>>>;
    return static_cast<Result>(detail::quotient(above - below, Floating(2) * step));
}

template <class Function, class Element>
requires std::is_arithmetic_v<Element>
auto tangent_line(Function&& f, Element x, double h) {
    using Floating = std::conditional_t<std::is_integral_v<Element>, double, Element>;
    const Floating at = static_cast<Floating>(x);
    const auto slope = numerical_diff(f, at, h);
    using Result = std::remove_const_t<decltype(slope)>;
    const auto value = detail::number(f, at);
    detail::check_value("tangent_line", detail::kScalar, at, Floating(0), value);
    using Wider = std::common_type_t<std::remove_const_t<decltype(value)>, Result>;
    using Factor = std::common_type_t<Result, Floating>;
    const auto rise = static_cast<Wider>(static_cast<Factor>(slope) * static_cast<Factor>(at));
    return TangentLine<Result>{slope, static_cast<Result>(static_cast<Wider>(value) - rise)};
}

template <class Function>
double central_difference(Function&& f, std::span<double> x, std::size_t i, double h) {
    static_assert(std::is_invocable_v<Function&>,
                  "central_difference: f takes nothing and looks at x by itself");
    const detail::Restore<double> restore(x[i]);
    x[i] = restore.value() + h;
    const auto above = static_cast<double>(detail::number(f));
    x[i] = restore.value() - h;
    const auto below = static_cast<double>(detail::number(f));
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
        using Result = detail::Quotient<Element, detail::ResultOf<Function, std::remove_reference_t<Point>>>;
        return static_cast<Result>(
            detail::quotient(detail::difference(kOp, f, x, all[i], i, step), Element(2) * step));
    }
}

template <class Function, class Point>
requires Variables<std::remove_cvref_t<Point>>
auto numerical_gradient(Function&& f, Point&& x, double h) {
    constexpr const char* kOp = "numerical_gradient";
    static_assert(!detail::kIsBlock<std::remove_cvref_t<Function>>,
                  "numerical_gradient: a BlockFunction takes GradientOptions, such as GradientOptions{}");
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
            result.data()[i] = static_cast<Element>(
                detail::quotient(detail::difference(kOp, f, x, all[i], i, step), Element(2) * step));
        }
        return result;
    }
}

}  // namespace thalweg
THALWEG_END_PUBLIC
