// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What f returns becomes a double before anything is subtracted: unsigned numbers wrap, int overflows, float
// loses what a difference is about.
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/difference_model.hpp"
#include "thalweg/gradient_check.hpp"

namespace {

using namespace thalweg;
using Vector = std::vector<double>;

// A number that becomes a double only when asked.
struct Explicit {
    double value;
    explicit operator double() const { return value; }
};

// Falls by 1e5 a unit; at 3 and h = 0.1 every value is a whole number.
template <class R>
struct Falling {
    R operator()(double x) const { return static_cast<R>(std::round(1000000 - 100000 * x)); }
    R operator()(std::span<const double> x) const { return (*this)(x[0]); }
};

template <class R>
void check_everywhere() {
    const Falling<R> f;
    // (690000 - 710000) / 0.2 with 2h one rounding away from 0.2.
    const auto right = [](double slope) { return std::fabs(slope + 100000.0) <= 1e5 * 0x1p-52; };
    CHECK(right(static_cast<double>(numerical_diff([](double x) { return Falling<R>()(x); }, 3.0, 0.1))));
    CHECK(right(static_cast<double>(tangent_line([](double x) { return Falling<R>()(x); }, 3.0, 0.1).slope)));
    Vector x = {3.0};
    CHECK(right(static_cast<double>(partial(f, x, 0, 0.1))));
    CHECK(right(numerical_gradient(f, x, 0.1)[0]));
    CHECK(right(central_difference([&] { return f(x); }, x, 0, 0.1)));
    for (const auto method : {DifferenceMethod::kForward, DifferenceMethod::kBackward,
                              DifferenceMethod::kCentral2, DifferenceMethod::kCentral4}) {
        // Sums of a few quotients near 1e5.
        const double slope = numerical_gradient(f, x, {.method = method, .h = 0.1}).gradient[0];
        CHECK(std::fabs(slope + 100000.0) <= 1e5 * 0x1p-49);
    }
    CHECK(right(directional_derivative(f, x, Vector{1.0}, {.h = 0.1}).value));
    BlackBox box(f, x);
    CHECK(right(numerical_gradient(box, 0.1)[0]));
    CHECK(check_gradient(f, x, Vector{-100000.0}, {.h = 1.0}).verdict != GradientVerdict::kDiffers);
    CHECK(check_gradient(f, x, Vector{100000.0}, {.h = 1.0}).verdict == GradientVerdict::kDiffers);
    CHECK(hessian(f, x, {.h = 1.0})(0, 0) == 0.0);
}

}  // namespace

TEST_CASE("results of every integer type, and others that are no double", "[results]") {
    check_everywhere<unsigned>();
    check_everywhere<std::uint64_t>();
    check_everywhere<std::size_t>();
    check_everywhere<int>();
    check_everywhere<long double>();
    check_everywhere<float>();
}

TEST_CASE("a result that becomes a double only when asked", "[results]") {
    const auto f = [](std::span<const double> x) { return Explicit{x[0] * x[0]}; };
    CHECK(numerical_gradient(f, Vector{3.0}, 0x1p-10)[0] == 6.0);
    CHECK(numerical_gradient(f, Vector{3.0}, {.h = 0x1p-10}).gradient[0] == 6.0);
    CHECK(numerical_diff([](double x) { return Explicit{x * x}; }, 3.0, 0x1p-10) == 6.0);
}

TEST_CASE("int does not overflow, small unsigned types do not wrap", "[results]") {
    const auto jump = [](std::span<const double> x) { return static_cast<int>(2e9 * (x[0] > 3 ? 1 : -1)); };
    CHECK(std::fabs(numerical_gradient(jump, Vector{3.0}, 0.1)[0] - 2e10) <= 2e10 * 0x1p-52);
    const auto byte = [](std::span<const double> x) { return static_cast<std::uint8_t>(250 - 100 * x[0]); };
    CHECK(numerical_gradient(byte, Vector{1.0}, 0.5)[0] == -100.0);
}

TEST_CASE("the derivative has the type of x", "[results]") {
    static_assert(std::is_same_v<decltype(numerical_diff([](float x) { return x; }, 1.0F)), float>);
    static_assert(
        std::is_same_v<decltype(numerical_diff([](double x) { return 1U * static_cast<unsigned>(x); }, 1.0)),
                       double>);
    static_assert(
        std::is_same_v<decltype(numerical_diff([](long double x) { return x; }, 1.0L)), long double>);
    // In float 0.1 * 3 loses 7 digits when two values are subtracted; in double only what f itself lost.
    const float slope = numerical_diff([](float x) { return 0.5F * x; }, 1.0F, 0x1p-10);
    CHECK(slope == 0.5F);
}

TEST_CASE("an f that returns float counts as one with the noise of float", "[results]") {
    const auto f = [](std::span<const double> x) { return static_cast<float>(std::sin(x[0])); };
    const GradientResult result = numerical_gradient(f, Vector{1.0}, {.estimate_error = true});
    const GradientResult told =
        numerical_gradient([&](std::span<const double> x) { return static_cast<double>(f(x)); }, Vector{1.0},
                           {.noise = 0x1p-23, .estimate_error = true});
    CHECK(result.gradient == told.gradient);
    // The balance: 2 noise / cbrt(3 noise).
    CHECK(std::fabs(result.gradient[0] - std::cos(1.0)) <= 2 * 0x1p-23 / std::cbrt(3 * 0x1p-23));
    CHECK(std::fabs(result.gradient[0] - std::cos(1.0)) <= result.error_estimate[0]);
}

TEST_CASE("an f that returns whole numbers is known to 1 over h", "[results]") {
    const auto f = [](std::span<const double> x) { return static_cast<int>(1000 * x[0]); };
    const GradientResult result = numerical_gradient(f, Vector{1.0005}, {.estimate_error = true});
    CHECK(std::fabs(result.gradient[0] - 1000.0) <= result.error_estimate[0]);
}

TEST_CASE("a tangent line needs a value at x, not only beside it", "[results]") {
    const auto gap = [](double x) { return std::sin(x) / x; };
    CHECK_THROWS_WITH(tangent_line(gap, 0.0), ContainsSubstring("tangent_line: f"));
    CHECK_NOTHROW(tangent_line(gap, 1.0));
}

TEST_CASE("what f leaves out is no result", "[jacobian]") {
    const auto one = [](std::span<const double> x) { return x[0]; };
    const auto first = [](std::span<const double> x, std::span<double> y) { y[0] = x[0]; };
    const auto narrow = [](std::span<const double> x, std::span<float> y) {
        y[0] = static_cast<float>(x[0]);
    };
    CHECK_THROWS_AS(jacobian(one, Vector{1}, 2), ShapeError);
    CHECK_THROWS_AS(jacobian(one, Vector{1, 2, 3}, SparsityPattern::band(3, 1, 0)), ShapeError);
    CHECK_THROWS_AS(jacobian(first, Vector{1}, 2), DifferenceError);
    CHECK_THROWS_AS(jacobian(narrow, Vector{1}, 2), DifferenceError);
    CHECK(std::fabs(jacobian(one, Vector{1}, 1)(0, 0) - 1.0) <= 1e-9);
}
