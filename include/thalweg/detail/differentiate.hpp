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
template <class T>
constexpr bool is_finite(T x) noexcept {
    return x - x == T(0);
}

template <class T>
constexpr T magnitude(T x) noexcept {
    return x < T(0) ? -x : x;
}

template <std::floating_point T>
constexpr T epsilon() noexcept {
    return std::is_same_v<T, float> ? T(0x1p-23) : T(0x1p-52);
}

template <class X>
using ElementOf = std::remove_cvref_t<decltype(*std::declval<X&>().data())>;

template <class X>
inline constexpr bool kWritable =
    !std::is_const_v<std::remove_pointer_t<decltype(std::declval<X&>().data())>>;

// A view: a copy of it still looks at the same elements.
template <class X>
inline constexpr bool kBorrows = false;
template <class T, std::size_t N>
inline constexpr bool kBorrows<std::span<T, N>> = true;
template <class T>
inline constexpr bool kBorrows<MatrixView<T>> = true;

template <class X>
auto elements(const char* op, X& x) {
    if constexpr (requires { x.contiguous(); }) {
        if (!x.contiguous()) {
            throw_gaps(op);
        }
    }
    return std::span(x.data(), x.size());
}

// The variables on memory of their own, as f knows them: a view becomes a vector.
template <class X>
auto own_copy(const char* op, const X& x) {
    if constexpr (kBorrows<X>) {
        const auto from = elements(op, x);
        return std::vector<ElementOf<X>>(from.begin(), from.end());
    } else {
        return X(x);
    }
}

// The type of the first parameter of a function with one signature; void for templates and overloads, which
// do not tell.
template <class R, class A, class... B>
A first_parameter(R (*)(A, B...));
template <class R, class C, class A, class... B>
A first_parameter(R (C::*)(A, B...));
template <class R, class C, class A, class... B>
A first_parameter(R (C::*)(A, B...) const);
template <class R, class C, class A, class... B>
A first_parameter(R (C::*)(A, B...) &);
template <class R, class C, class A, class... B>
A first_parameter(R (C::*)(A, B...) const&);

template <class F>
auto parameter() {
    if constexpr (requires(F & f) { first_parameter(&f); }) {
        return std::type_identity<std::remove_cvref_t<decltype(first_parameter(std::declval<F*>()))>>{};
    } else if constexpr (requires(F & f) { first_parameter(f); }) {
        return std::type_identity<std::remove_cvref_t<decltype(first_parameter(std::declval<F&>()))>>{};
    } else if constexpr (requires { first_parameter(&F::operator()); }) {
        return std::type_identity<std::remove_cvref_t<decltype(first_parameter(&F::operator()))>>{};
    } else if constexpr (requires(F & f) { f.get(); }) {
        return parameter<
            std::remove_cvref_t<decltype(std::declval<F&>().get())>>();  // std::reference_wrapper
    } else {
        return std::type_identity<void>{};
    }
}
template <class F>
using Parameter = typename decltype(parameter<std::remove_cvref_t<F>>())::type;

template <class A>
inline constexpr bool kHoldsIntegers = false;
template <class A>
requires requires {
    typename A::value_type;
}
inline constexpr bool kHoldsIntegers<A> = std::is_integral_v<typename A::value_type>;

// An int cuts x + h off, a float rounds it: the difference would be of other points.
template <class F, class T>
constexpr bool takes_number() {
    using A = Parameter<F>;
    static_assert(!std::is_integral_v<A>,
                  "f takes an integer, which cuts x + h off: let f take the floating-point type of x");
    static_assert(
        !std::is_floating_point_v<A> || sizeof(std::conditional_t<std::is_void_v<A>, T, A>) >= sizeof(T),
        "f takes a float where x is a double, which rounds x + h: let f take double or pass a float x");
    static_assert(std::is_invocable_v<F&, T>, "numerical_diff, tangent_line: f takes one number");
    return true;
}

// What f's result becomes before anything is subtracted: double, or long double if it is one. Unsigned
// numbers would wrap, int overflow, float lose what a difference is about.
template <class R>
using Wide = std::conditional_t<std::is_same_v<std::remove_cvref_t<R>, long double>, long double, double>;

// f(x) as a number.
template <class F, class... X>
auto number(F& f, X&&... x) {
    using Result = std::invoke_result_t<F&, X...>;
    static_assert(std::is_constructible_v<double, Result>, "f returns a number");
    if constexpr (std::is_constructible_v<double, Result>) {
        return static_cast<Wide<Result>>(f(std::forward<X>(x)...));
    } else {
        return 0.0;
    }
}

// f(x), f(span of x's elements), or f() where f looks at x's memory by itself.
template <class F, class X>
decltype(auto) evaluate(F& f, X& x, auto&& then) {
    using T = ElementOf<X>;
    if constexpr (std::is_invocable_v<F&, const X&>) {
        return then(f, std::as_const(x));
    } else if constexpr (std::is_invocable_v<F&, X&>) {
        return then(f, x);
    } else if constexpr (std::is_invocable_v<F&, std::span<const T>>) {
        return then(f, std::span<const T>(x.data(), x.size()));
    } else {
        static_assert(!kHoldsIntegers<Parameter<F>>,
                      "f takes integers, but its variables are float or double: let f take a span of those");
        static_assert(std::is_invocable_v<F&>, "f takes x, a std::span<const T> of its elements, or nothing");
        return then(f);
    }
}

template <class F, class X>
auto call(F& f, X& x) {
    return evaluate(f, x, [](F& function, auto&&... argument) {
        return number(function, std::forward<decltype(argument)>(argument)...);
    });
}

struct TypeOfResult {
    template <class F, class... X>
    auto operator()(F&, X&&...) const {
        return std::type_identity<std::remove_cvref_t<std::invoke_result_t<F&, X...>>>{};
    }
};
// What f returns for x.
template <class F, class X>
using ResultOf = typename decltype(evaluate(std::declval<std::remove_reference_t<F>&>(), std::declval<X&>(),
                                            TypeOfResult{}))::type;
// The type of a quotient by a number of type T.
template <class T, class R>
using Quotient = std::common_type_t<T, std::conditional_t<std::is_arithmetic_v<R>, R, double>>;

// Puts an element's bits back, also when f throws.
template <class T>
class Restore {
public:
    explicit Restore(T& place) noexcept : place_(place), value_(place) {}
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;
    ~Restore() { place_ = value_; }
    T value() const noexcept { return value_; }

private:
    T& place_;
    T value_;
};

template <class T>
void check_step(const char* op, T h) {
    if (!(h > T(0)) || !is_finite(h)) {
        throw_bad_step(op, static_cast<double>(h));
    }
}

// x + h and x - h must be two other finite numbers, or the quotient is about something else.
template <class T>
void check_moved(const char* op, std::size_t i, T x, T h, T above, T below) {
    if (!is_finite(above) || !is_finite(below)) {
        const T found = !is_finite(x) ? x : (is_finite(above) ? below : above);
        throw_bad_variable(op, i, static_cast<double>(found));
    }
    if (above == x || below == x) {
        throw_lost_step(op, i, static_cast<double>(x), static_cast<double>(h),
                        static_cast<double>(epsilon<T>()));
    }
}

template <class R, class T>
void check_value(const char* op, std::size_t i, T x, T step, R value) {
    if (!is_finite(value)) {
        throw_bad_value(op, i, static_cast<double>(x), static_cast<double>(step), static_cast<double>(value));
    }
}

// f(x + h e_i) - f(x - h e_i), x moved in place and put back.
template <class F, class X, class T>
auto difference(const char* op, F& f, X& x, T& place, std::size_t i, T h) {
    const Restore<T> restore(place);
    const T base = restore.value();
    const T above_x = base + h;
    const T below_x = base - h;
    check_moved(op, i, base, h, above_x, below_x);
    place = above_x;
    const auto above = call(f, x);
    check_value(op, i, base, h, above);
    place = below_x;
    const auto below = call(f, x);
    check_value(op, i, base, -h, below);
    return above - below;
}

// That over 2h.
template <class F, class X, class T>
auto quotient(const char* op, F& f, X& x, T& place, std::size_t i, T h) {
    const auto apart = difference(op, f, x, place, i, h);
    return apart / static_cast<decltype(apart)>(T(2) * h);
}

}  // namespace detail

template <class F, class T>
requires std::is_arithmetic_v<T>
auto numerical_diff(F&& f, T x, double h) {
    using Real = std::conditional_t<std::is_integral_v<T>, double, T>;
    static_assert(detail::takes_number<F, Real>());
    constexpr const char* kOp = "numerical_diff";
    const Real base = static_cast<Real>(x);
    const Real step = static_cast<Real>(h);
    detail::check_step(kOp, step);
    detail::check_moved(kOp, detail::kScalar, base, step, base + step, base - step);
    const auto above = detail::number(f, base + step);
    detail::check_value(kOp, detail::kScalar, base, step, above);
    const auto below = detail::number(f, base - step);
    detail::check_value(kOp, detail::kScalar, base, -step, below);
    using Result = detail::Quotient<Real, std::remove_cvref_t<std::invoke_result_t<F&, Real>>>;
    return static_cast<Result>((above - below) / static_cast<decltype(above - below)>(Real(2) * step));
}

template <class F, class T>
requires std::is_arithmetic_v<T>
auto tangent_line(F&& f, T x, double h) {
    using Real = std::conditional_t<std::is_integral_v<T>, double, T>;
    const Real at = static_cast<Real>(x);
    const auto slope = numerical_diff(f, at, h);
    using Result = std::remove_const_t<decltype(slope)>;
    using Exact = detail::Wide<Result>;
    const Exact value = static_cast<Exact>(detail::number(f, at));
    return TangentLine<Result>{
        slope, static_cast<Result>(value - static_cast<Exact>(slope) * static_cast<Exact>(at))};
}

template <class F>
double central_difference(F&& f, std::span<double> x, std::size_t i, double h) {
    static_assert(std::is_invocable_v<F&>, "central_difference: f takes nothing and looks at x by itself");
    const detail::Restore<double> restore(x[i]);
    x[i] = restore.value() + h;
    const auto above = static_cast<double>(detail::number(f));
    x[i] = restore.value() - h;
    const auto below = static_cast<double>(detail::number(f));
    return (above - below) / (2.0 * h);
}

template <class F, class X>
requires Variables<std::remove_cvref_t<X>>
auto partial(F&& f, X&& x, std::size_t i, double h) {
    constexpr const char* kOp = "partial";
    if constexpr (!detail::kWritable<std::remove_reference_t<X>>) {
        auto copy = detail::own_copy(kOp, x);
        return partial(f, copy, i, h);
    } else {
        using T = detail::ElementOf<X>;
        const std::span<T> all = detail::elements(kOp, x);
        const T step = static_cast<T>(h);
        detail::check_step(kOp, step);
        if (i >= all.size()) {
            detail::throw_bad_index(kOp, i, all.size());
        }
        using Result = detail::Quotient<T, detail::ResultOf<F, std::remove_reference_t<X>>>;
        return static_cast<Result>(detail::quotient(kOp, f, x, all[i], i, step));
    }
}

template <class F, class X>
requires Variables<std::remove_cvref_t<X>>
auto numerical_gradient(F&& f, X&& x, double h) {
    constexpr const char* kOp = "numerical_gradient";
    using T = detail::ElementOf<X>;
    if constexpr (!detail::kWritable<std::remove_reference_t<X>>) {
        if constexpr (detail::kBorrows<std::remove_cvref_t<X>> && requires { x.rows(); }) {
            Matrix<T> copy{MatrixView<const T>(x)};
            return numerical_gradient(f, copy, h);
        } else {
            auto copy = detail::own_copy(kOp, x);
            return numerical_gradient(f, copy, h);
        }
    } else {
        const std::span<T> all = detail::elements(kOp, x);
        const T step = static_cast<T>(h);
        detail::check_step(kOp, step);
        auto result = [&] {
            if constexpr (requires { x.rows(); }) {
                return Matrix<T>(x.rows(), x.cols());
            } else {
                return std::vector<T>(all.size());
            }
        }();
        for (std::size_t i = 0; i < all.size(); ++i) {
            result.data()[i] = static_cast<T>(detail::quotient(kOp, f, x, all[i], i, step));
        }
        return result;
    }
}

}  // namespace thalweg
THALWEG_END_PUBLIC
