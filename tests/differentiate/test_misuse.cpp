// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every error of numerical differentiation: its message, its type, and x as it was.
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/difference_model.hpp"
#include "thalweg/gradient_check.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What the messages propose where f is not finite on one side.
const std::string kAbove = "; where f ends there, GradientOptions has upper, and kBackward";
const std::string kBelow = "; where f ends there, GradientOptions has lower, and kForward";

double first(std::span<const double> x) {
    return x[0];
}

}  // namespace

TEST_CASE("h must be a positive number", "[misuse]") {
    std::vector<double> x = {1.0};
    const struct {
        double h;
        const char* text;
    } cases[] = {{0.0, "0"}, {-0.0, "-0"}, {-1e-4, "-1e-04"}, {kInf, "inf"}, {kNaN, "nan"}};
    for (const auto& [h, text] : cases) {
        const std::string end = std::string(": h must be finite and above 0, found ") + text;
        CHECK_THROWS_WITH(numerical_diff([](double v) { return v; }, 1.0, h), "numerical_diff" + end);
        CHECK_THROWS_WITH(partial(first, x, 0, h), "partial" + end);
        CHECK_THROWS_WITH(numerical_gradient(first, x, h), "numerical_gradient" + end);
        CHECK_THROWS_WITH(numerical_gradient(first, x, GradientOptions{.h = h}), "numerical_gradient" + end);
        CHECK_THROWS_WITH(hessian(first, x, {.h = h}), "hessian" + end);
        CHECK_THROWS_WITH(check_gradient(first, x, x, {.h = h}), "check_gradient" + end);
        BlackBox box(first, x);
        CHECK_THROWS_WITH(numerical_gradient(box, h), "numerical_gradient" + end);
        CHECK_THROWS_AS(numerical_gradient(first, x, h), std::invalid_argument);
    }
    CHECK(x[0] == 1.0);
}

TEST_CASE("variables that are not there, also where their sum wraps around", "[misuse]") {
    std::vector<double> x = {1.0, 2.0, 3.0};
    BlackBox box(first, std::span<double>(x));
    std::vector<double> out(2);
    CHECK_THROWS_AS(box.differences(2, 1e-4, out), ShapeError);
    CHECK_THROWS_AS(box.differences(std::numeric_limits<std::size_t>::max(), 1e-4, out), ShapeError);
    box.differences(1, 1e-4, out);
    CHECK(out == std::vector<double>{0.0, 0.0});
}

TEST_CASE("a step that is lost in x says where and suggests another", "[misuse]") {
    std::vector<double> x = {0.0, 1.0, 1e12};
    const std::string lost =
        "numerical_gradient: h must move x[2] = 1e+12 to both sides, found h = 1e-05, which is lost in "
        "rounding; try 8.7e+06";
    CHECK_THROWS_WITH(numerical_gradient(first, x, 1e-5), lost);
    CHECK_THROWS_WITH(numerical_gradient(first, x, GradientOptions{.h = 1e-5}), lost);
    CHECK_THROWS_AS(numerical_gradient(first, x, 1e-5), DifferenceError);
    // Half a unit above 1 rounds to 1, half a unit below does not: one side alone is no central difference.
    CHECK_THROWS_WITH(partial(first, x, 1, 0x1p-53), ContainsSubstring("h must move x[1] = 1 to both sides"));
    CHECK(partial(first, x, 1, 0x1p-52) == 0.0);
    // And the other way round below -1.
    std::vector<double> negative = {-1.0};
    CHECK_THROWS_WITH(partial(first, negative, 0, 0x1p-53),
                      ContainsSubstring("h must move x[0] = -1 to both sides"));
    try {
        numerical_gradient(first, x, 1e-5);
    } catch (const DifferenceError& error) {
        CHECK(error.coordinate() == 2);
    }
    CHECK(x == std::vector<double>{0.0, 1.0, 1e12});
    CHECK_THROWS_WITH(
        directional_derivative(first, std::vector<double>{1.0}, std::vector<double>{1e-20}, {.h = 1.0}),
        "directional_derivative: x + s v must differ from x, found s = 1, which is lost in rounding; try "
        "8.7e+14");
    // One coordinate that moves is enough, wherever it stands.
    const Derivative along = directional_derivative(first, std::vector<double>{1.0, 1e12},
                                                    std::vector<double>{1.0, 0x1p-40}, {.h = 0x1p-20});
    CHECK(along.value == 1.0);
    std::vector<float> single = {16.0F};
    CHECK_THROWS_WITH(numerical_gradient([](std::span<const float> v) { return v[0]; }, single, 1e-7),
                      ContainsSubstring("try 0.11"));
}

TEST_CASE("a function that is not finite: which variable, which side", "[misuse]") {
    const std::vector<double> start = {1.0, 2.0};
    std::vector<double> x = start;
    const auto above = [](std::span<const double> v) { return v[1] > 2.0 ? kNaN : 0.0; };
    CHECK_THROWS_WITH(
        numerical_gradient(above, x, 0.125),
        "numerical_gradient: f at x[1] + 0.125, with x[1] = 2, must be finite, found nan" + kAbove);
    CHECK(x == start);
    const auto minus = [](std::span<const double> v) { return v[0] < 1.0 ? -kInf : 0.0; };
    CHECK_THROWS_WITH(
        numerical_gradient(minus, x, 0.5),
        "numerical_gradient: f at x[0] - 0.5, with x[0] = 1, must be finite, found -inf" + kBelow);
    CHECK_THROWS_AS(numerical_gradient(minus, x, 0.5), DifferenceError);
    CHECK_THROWS_WITH(numerical_gradient(minus, x, {.method = Method::kCentral4, .h = 0.5}),
                      ContainsSubstring("f at x[0] - 0.5"));
    CHECK_THROWS_WITH(numerical_diff([](double) { return kInf; }, 1.0),
                      "numerical_diff: f at x + 1e-04, with x = 1, must be finite, found inf" + kAbove);
    // Along v: where on the line, not x[0] or a number that x is not.
    CHECK_THROWS_WITH(
        directional_derivative(above, x, std::vector<double>{1.0, 1.0}, {.h = 0.001}),
        "directional_derivative: f at x + s v, with s = 0.001, must be finite, found nan" + kAbove);
    CHECK_THROWS_WITH(check_gradient([](std::span<const double>) { return kNaN; }, x, x),
                      "check_gradient: f(x) must be finite, found nan");
    const auto vector_valued = [](std::span<const double> v, std::span<double> y) {
        y[0] = v[0] < 1.0 ? kNaN : 0;
    };
    CHECK_THROWS_WITH(jacobian(vector_valued, x, 1, {.h = 0.5}), ContainsSubstring("f at x[0] - 0.5"));
    CHECK_THROWS_WITH(jacobian([](std::span<const double>, std::span<double> y) { y[0] = kInf; }, x, 1,
                               {.method = Method::kForward}),
                      "jacobian: f(x) must be finite, found inf");
    CHECK_THROWS_WITH(hessian(above, x, {.h = 0.5}), ContainsSubstring("f at x[1] + 0.5"));
    CHECK(x == start);
}

TEST_CASE("variables that are not finite, or overflow", "[misuse]") {
    std::vector<double> x = {1.0, kInf};
    CHECK_THROWS_WITH(numerical_gradient(first, x),
                      "numerical_gradient: x[1] and the points h to either side must be finite, found inf");
    x[1] = kNaN;
    CHECK_THROWS_WITH(numerical_gradient(first, x, GradientOptions{}), ContainsSubstring("x[1]"));
    CHECK(std::isnan(x[1]));
    CHECK_THROWS_WITH(numerical_diff([](double v) { return v; }, 1.7e308, 1e308),
                      "numerical_diff: x and the points h to either side must be finite, found inf");
    CHECK_THROWS_WITH(numerical_diff([](double v) { return v; }, -1.7e308, 1e308),
                      "numerical_diff: x and the points h to either side must be finite, found -inf");
    CHECK_THROWS_WITH(directional_derivative(first, std::vector<double>{1.0}, std::vector<double>{kNaN}),
                      "directional_derivative: v[0] must be finite, found nan");
    CHECK_THROWS_WITH(
        directional_derivative(first, std::vector<double>{1e308}, std::vector<double>{1.0}, {.h = 1e308}),
        "directional_derivative: x[0] + s v[0] must be finite, found inf at s = 1e+308");
}

TEST_CASE("shapes and options that do not fit", "[misuse]") {
    std::vector<double> x = {1.0, 2.0};
    const std::vector<double> three(3, 1.0);
    CHECK_THROWS_WITH(partial(first, x, 2), "partial: i must be below 2, found 2");
    CHECK_THROWS_AS(partial(first, x, 2), ShapeError);
    CHECK_THROWS_WITH(directional_derivative(first, x, three),
                      "directional_derivative: both must have the same size, found 2 and 3");
    CHECK_THROWS_AS(hessian_vector_product(first, x, three), ShapeError);
    CHECK_THROWS_WITH(
        check_gradient(first, x, three),
        "check_gradient: analytic must have one entry for each of the 2 variables of x, found 3");
    BlackBox box(first, x);
    double out[2];
    CHECK_THROWS_WITH(box.differences(1, 1e-4, out), "BlackBox: variables must be below 2, found 1 to 2");
    BlackBox other(first, three);
    const std::vector<std::size_t> which = {0};
    const std::vector<double> steps = {1e-4};
    CHECK_THROWS_AS(compare_models(box, other, which, steps), ShapeError);
    Matrix<double> m(2, 3);
    CHECK_THROWS_WITH(numerical_gradient([] { return 0.0; }, m.view().cols(0, 2)),
                      "numerical_gradient: x must be a view without gaps between rows, found one with gaps");
    const auto gradient = [&](const GradientOptions& options) {
        return numerical_gradient(first, x, options);
    };
    CHECK_THROWS_WITH(gradient({.typical = 0.0}),
                      ContainsSubstring("typical must be finite and above 0, found 0"));
    CHECK_THROWS_WITH(gradient({.noise = 1.0}),
                      ContainsSubstring("noise must be above 0 and below 1, found 1"));
    CHECK_THROWS_WITH(gradient({.threads = -1}),
                      ContainsSubstring("threads must be from 0 to 1024, found -1"));
    CHECK_THROWS_WITH(hessian(first, x, {.method = Method::kForward}),
                      ContainsSubstring("hessian: method must be kCentral2"));
    const auto outputs = [](std::span<const double>, std::span<double>) {};
    CHECK_THROWS_WITH(jacobian(outputs, x, 1, {.estimate_error = true}), ContainsSubstring("estimate_error"));
    CHECK_THROWS_WITH(check_gradient(first, x, x, {.tolerance = 0.0}),
                      ContainsSubstring("tolerance must be"));
    CHECK_THROWS_WITH(check_gradient(first, x, x, {.floor = -1.0}), ContainsSubstring("floor must be"));
}
