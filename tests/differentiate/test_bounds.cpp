// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Bounds: f is called nowhere else, and the formulas at them have the order of those away from them.
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/derivatives.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;
using Vector = std::vector<double>;
constexpr double kNoBound = std::numeric_limits<double>::infinity();

const Method kBoundedMethods[] = {Method::kForward,  Method::kBackward, Method::kCentral2,
                                  Method::kCentral4, Method::kCentral6, Method::kRidders};

// exp, and an exception wherever it is asked beyond its bounds.
struct Guarded {
    double lower;
    double upper;
    double operator()(std::span<const double> x) const {
        if (!(x[0] >= lower && x[0] <= upper)) {
            throw std::runtime_error("outside");
        }
        return std::exp(x[0]);
    }
};

}  // namespace

TEST_CASE("at a bound, near it, between two: f is called within, and the estimate covers", "[bounds]") {
    for (const Method method : kBoundedMethods) {
        // The distance to the nearer bound, in the middle of the steps of all methods.
        for (const double near : {0.0, 1e-9, 1e-7, 1e-5, 3e-3, 0.015, 0.03, 0.3}) {
            for (const double other : {1.0, 1e-3}) {
                for (const bool above : {false, true}) {
                    const Vector lower = {above ? 0.7 - other : 0.7 - near};
                    const Vector upper = {above ? 0.7 + near : 0.7 + other};
                    CAPTURE(static_cast<int>(method), near, other, above);
                    const Guarded f{lower[0], upper[0]};
                    const GradientResult result = numerical_gradient(
                        f, Vector{0.7},
                        {.method = method, .estimate_error = true, .lower = lower, .upper = upper});
                    const double error = std::fabs(result.gradient[0] - std::exp(0.7));
                    CHECK(error <= result.error_estimate[0]);
                    CHECK(result.doubtful.empty());
                    // Forward: h/2 f'' and rounding, h = 3e-8; the others are far better, but a central6 in
                    // 1e-3 has rounding of 30 eps / 1e-4.
                    CHECK(error <= 1e-6);
                    const GradientResult plain = numerical_gradient(
                        f, Vector{0.7}, {.method = method, .lower = lower, .upper = upper});
                    CHECK(std::fabs(plain.gradient[0] - std::exp(0.7)) <= 1e-6);
                }
            }
        }
    }
}

TEST_CASE("the order at a bound is that of the method", "[bounds]") {
    // e^x at 0: a formula of order p is wrong by c h^p, so halving h divides by 2^p, up to the next term.
    const Vector zero = {0.0};
    const struct {
        Method method;
        double order;
    } cases[] = {
        {Method::kForward, 1}, {Method::kCentral2, 2}, {Method::kCentral4, 4}, {Method::kCentral6, 6}};
    for (const auto& one : cases) {
        const Method method = one.method;
        const double order = one.order;
        const auto error = [&](double h) {
            return std::fabs(
                numerical_gradient(Guarded{0.0, kNoBound}, zero, {.method = method, .h = h, .lower = zero})
                    .gradient[0] -
                1.0);
        };
        CAPTURE(order);
        CHECK(std::fabs(std::log2(error(0.125) / error(0.0625)) - order) <= 0.7);
    }
}

TEST_CASE("bounds out of reach change no bit, one variable's bound is no other's", "[bounds]") {
    const auto f = [](std::span<const double> x) { return std::sin(x[0]) * x[1] + std::sqrt(x[1]); };
    const Vector x = {0.3, 1.0};
    const Vector lower = {-kNoBound, 0.0};
    const Vector upper = {kNoBound, 5.0};
    const Vector tight = {-kNoBound, 1.0};
    for (const Method method : kBoundedMethods) {
        const GradientResult free = numerical_gradient(f, x, {.method = method});
        CHECK(numerical_gradient(f, x, {.method = method, .lower = lower, .upper = upper}).gradient ==
              free.gradient);
        const GradientResult at = numerical_gradient(f, x, {.method = method, .threads = 2, .lower = tight});
        CHECK(at.gradient[0] == free.gradient[0]);
        CHECK(std::fabs(at.gradient[1] - (std::sin(0.3) + 0.5)) <= 1e-6);
    }
}

TEST_CASE("asin near 1, backward differences, and what the message proposes", "[bounds]") {
    const auto f = [](std::span<const double> x) { return std::asin(x[0]); };
    const Vector x = {1.0 - 1e-9};
    const Vector one = {1.0};
    CHECK_THROWS_WITH(
        numerical_gradient(f, x, GradientOptions{}),
        ContainsSubstring("f at x[0] + 8.7") &&
            ContainsSubstring(", with x[0] = 0.999999999, must be finite, found nan; where f ends there, "
                              "GradientOptions has upper, and kBackward"));
    // 1 / sqrt(1 - x^2) is 2e4 and curves within 1e-9: the step that the bound leaves is too long, and said
    // to be.
    const GradientResult result = numerical_gradient(f, x, {.estimate_error = true, .upper = one});
    CHECK((!result.doubtful.empty() ||
           std::fabs(result.gradient[0] - 22360.68) <= 10 * result.error_estimate[0]));
    // e^x from below: h/2 e with h = 3e-8, and 2 eps e / h.
    const GradientResult back =
        numerical_gradient(Guarded{-kNoBound, 1.0}, one, {.method = Method::kBackward});
    CHECK(std::fabs(back.gradient[0] - std::exp(1.0)) <= 1e-7);
    CHECK(back.evaluations == 2);
}

TEST_CASE("Jacobian and directional derivative keep within bounds", "[bounds]") {
    const Vector zero = {0.0, 0.0};
    const auto outputs = [](std::span<const double> x, std::span<double> y) {
        y[0] = x[0] < 0.0 || x[1] < 0.0 ? std::nan("") : std::exp(x[0]) * (1.0 + x[1]);
        y[1] = x[1];
    };
    const auto first = [&](std::span<const double> x) {
        double y[2];
        outputs(x, y);
        return y[0];
    };
    for (const Method method : {Method::kForward, Method::kBackward, Method::kCentral2, Method::kCentral6}) {
        const Matrix<double> j = jacobian(outputs, zero, 2, {.method = method, .lower = zero});
        CHECK(std::fabs(j(0, 0) - 1.0) <= 1e-7);
        CHECK(std::fabs(j(0, 1) - 1.0) <= 1e-7);
        CHECK((j(1, 0) == 0.0 && std::fabs(j(1, 1) - 1.0) <= 1e-7));
    }
    for (const Method method : kBoundedMethods) {
        const Derivative d =
            directional_derivative(first, zero, Vector{1.0, 2.0}, {.method = method, .lower = zero});
        CHECK(std::fabs(d.value - 3.0) <= 3e-7);
        const Derivative back =
            directional_derivative(first, zero, Vector{-1.0, -2.0}, {.method = method, .lower = zero});
        CHECK(std::fabs(back.value + 3.0) <= 3e-7);
    }
}

// So near each other that no shorter step can be looked for: the result of the only one stands.
TEST_CASE("bounds a few roundings apart", "[bounds]") {
    const double unit = 0x1p-52;
    const auto bent = [&](double x) {
        const double t = (x - 1.0) / unit;
        return t + t * t;
    };
    const std::vector<double> x = {1.0};
    const std::vector<double> lower = {1.0};
    const std::vector<double> upper = {1.0 + 16 * unit};
    const auto f = [&](std::span<const double> v) { return bent(v[0]); };
    for (const DifferenceMethod method : {DifferenceMethod::kCentral2, DifferenceMethod::kCentral4}) {
        const GradientResult result = numerical_gradient(
            f, x, {.method = method, .estimate_error = true, .lower = lower, .upper = upper});
        CHECK(result.gradient[0] > 1e15);  // of 4.5e15
        CHECK((result.error_estimate[0] > 1e12 || !result.doubtful.empty()));
    }
}

TEST_CASE("bounds that do not fit", "[bounds]") {
    const auto f = [](std::span<const double> x) { return x[0]; };
    const Vector x = {1.0, 2.0};
    const Vector one = {1.0};
    const Vector low = {0.0, 3.0};
    const Vector high = {0.5, 3.0};
    CHECK_THROWS_WITH(
        numerical_gradient(f, x, {.lower = one}),
        "numerical_gradient: lower and upper must be empty or as long as x, which has 2, found 1");
    CHECK_THROWS_WITH(numerical_gradient(f, x, {.lower = low}),
                      "numerical_gradient: x[1] must be at least lower[1] = 3, found 2");
    CHECK_THROWS_WITH(numerical_gradient(f, x, {.upper = high}),
                      "numerical_gradient: x[0] must be at most upper[0] = 0.5, found 1");
    CHECK_THROWS_WITH(numerical_gradient(f, x, {.lower = x, .upper = x}),
                      "numerical_gradient: lower and upper must leave room for a step of x[0], found none");
    CHECK_THROWS_WITH(hessian(f, x, {.lower = x}), "hessian: lower and upper must be empty, found bounds");
}
