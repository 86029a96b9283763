// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Directional derivatives, Jacobians, Hessians and their products with a vector.
#include <cmath>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/derivatives.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;
constexpr double kEps = 0x1p-52;

// x0^2 x1 + sin(x2) x0: gradient and Hessian are short.
double mixed(std::span<const double> x) {
    return x[0] * x[0] * x[1] + std::sin(x[2]) * x[0];
}
const std::vector<double> kX = {0.7, -1.2, 0.4};
const std::vector<double> kGradient = {2 * 0.7 * -1.2 + std::sin(0.4), 0.7 * 0.7, std::cos(0.4) * 0.7};
const Matrix<double> kHessian = {
    {2 * -1.2, 2 * 0.7, std::cos(0.4)}, {2 * 0.7, 0.0, 0.0}, {std::cos(0.4), 0.0, -std::sin(0.4) * 0.7}};

void two_outputs(std::span<const double> x, std::span<double> y) {
    y[0] = x[0] * x[1] * x[2];
    y[1] = std::exp(x[0]) - x[2];
}

// Third derivatives of mixed() are at most 2, |f| below 1, four operations: noise 4 eps. Truncation and
// rounding at the step c = (48 eps)^(1/4) for derivatives of size 2 and noise 4 eps; a mixed difference has
// two truncations, h^2/6 each.
const double kSecondStep = std::pow(48 * kEps, 0.25);
const double kSecondBound =
    2 * 2 * kSecondStep * kSecondStep / 6 + 4 * 4 * kEps / (kSecondStep * kSecondStep);

}  // namespace

TEST_CASE("directional derivative: the gradient times v", "[derivatives]") {
    const std::vector<double> v = {2.0, -1.0, 0.5};
    const double expected = kGradient[0] * v[0] + kGradient[1] * v[1] + kGradient[2] * v[2];
    const double along =
        std::fabs(kGradient[0] * kX[0]) + std::fabs(kGradient[1] * kX[1]) + std::fabs(kGradient[2] * kX[2]);
    const struct {
        Method method;
        double step;
    } cases[] = {{Method::kForward, 2 * std::sqrt(kEps)},
                 {Method::kCentral2, std::cbrt(3 * kEps)},
                 {Method::kCentral4, std::pow(11.25 * kEps, 0.2)},
                 {Method::kCentral6, std::pow(385.0 / 9 * kEps, 1.0 / 7)},
                 {Method::kRidders, 0.1 / 512}};
    for (const auto& [method, step] : cases) {
        // x + s v is rounded, which the estimate does not see: half a unit an element, at most twice, over
        // h. The step is that of the largest x over the largest v.
        const double beside = 2 * kEps * along / (step * 1.2 / 2.0);
        const Derivative d = directional_derivative(mixed, kX, v, {.method = method, .estimate_error = true});
        CHECK(std::fabs(d.value - expected) <= d.error_estimate + beside);
        CHECK(d.error_estimate < 1e-6);
        CHECK(d.evaluations >= 2);
    }
    const Derivative none = directional_derivative(mixed, kX, std::vector<double>(3, 0.0));
    CHECK((none.value == 0.0 && none.evaluations == 0));
    // A longer v is the same line at another speed: steps shrink as v grows, the points stay.
    const Derivative once = directional_derivative(mixed, kX, v);
    std::vector<double> longer = v;
    for (double& value : longer) {
        value *= 1024.0;
    }
    CHECK(directional_derivative(mixed, kX, longer).value == 1024.0 * once.value);
}

TEST_CASE("Jacobian: rows are the gradients of the outputs", "[derivatives]") {
    const Matrix<double> expected = {{-1.2 * 0.4, 0.7 * 0.4, 0.7 * -1.2}, {std::exp(0.7), 0.0, -1.0}};
    for (const Method method : {Method::kForward, Method::kCentral2, Method::kCentral4, Method::kCentral6}) {
        // |f| and derivatives below 2.1: the forward step leaves 2 * 2 sqrt(eps) * 2.1, the others far less.
        const double bound = method == Method::kForward ? 9 * std::sqrt(kEps) : 5 * std::pow(kEps, 2.0 / 3);
        for (const int threads : {1, 2, 7}) {
            const Matrix<double> j = jacobian(two_outputs, kX, 2, {.method = method, .threads = threads});
            REQUIRE((j.rows() == 2 && j.cols() == 3));
            double worst = 0.0;
            for (std::size_t i = 0; i < 6; ++i) {
                worst = std::fmax(worst, std::fabs(j.data()[i] - expected.data()[i]));
            }
            CHECK(worst <= bound);
            CHECK(j == jacobian(two_outputs, kX, 2, {.method = method}));
        }
    }
    const Matrix<double> none = jacobian(two_outputs, std::vector<double>(), 2);
    CHECK((none.rows() == 2 && none.cols() == 0));
}

TEST_CASE("Hessian: second derivatives, symmetric, for any number of threads", "[derivatives]") {
    const Matrix<double> h = hessian(mixed, kX);
    double worst = 0.0;
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 3; ++j) {
            worst = std::fmax(worst, std::fabs(h(i, j) - kHessian(i, j)));
            CHECK(h(i, j) == h(j, i));
        }
    }
    CHECK(worst <= kSecondBound);
    for (const int threads : {2, 3, 7}) {
        CHECK(hessian(mixed, kX, {.threads = threads}) == h);
    }
    CHECK(hessian(mixed, std::vector<double>()).empty());
    // A quadratic and steps that are powers of two: nothing is rounded.
    const auto quadratic = [](std::span<const double> x) { return 3 * x[0] * x[0] + 5 * x[0] * x[1]; };
    CHECK(hessian(quadratic, std::vector<double>{1.0, 2.0}, {.h = 0x1p-6}) ==
          (Matrix<double>{{6.0, 5.0}, {5.0, 0.0}}));
}

TEST_CASE("Hessian times a vector, without the Hessian", "[derivatives]") {
    const std::vector<double> v = {1.0, -0.5, 0.25};
    const std::vector<double> product = hessian_vector_product(mixed, kX, v);
    for (std::size_t i = 0; i < 3; ++i) {
        double expected = 0.0;
        for (std::size_t j = 0; j < 3; ++j) {
            expected += kHessian(i, j) * v[j];
        }
        CHECK(std::fabs(product[i] - expected) <= 2 * kSecondBound);
    }
    for (const int threads : {2, 3, 7}) {
        CHECK(hessian_vector_product(mixed, kX, v, {.threads = threads}) == product);
    }
    CHECK(hessian_vector_product(mixed, kX, std::vector<double>(3, 0.0)) == std::vector<double>(3, 0.0));
}

TEST_CASE("numerical_diff with options: every method, bounds, an estimate", "[derivatives]") {
    const auto f = [](double x) { return std::exp(x); };
    const std::vector<double> here = {0.7};
    for (const Method method : {Method::kForward, Method::kBackward, Method::kCentral2, Method::kCentral4,
                                Method::kCentral6, Method::kRidders}) {
        for (const bool bounded : {false, true}) {
            GradientOptions options{.method = method, .estimate_error = true};
            options.lower = bounded ? std::span<const double>(here) : std::span<const double>();
            const Derivative d = numerical_diff(f, 0.7, options);
            CAPTURE(static_cast<int>(method), bounded);
            CHECK(!d.doubtful);
            CHECK(std::fabs(d.value - std::exp(0.7)) <= d.error_estimate);
            CHECK(d.error_estimate <= 1e-5);
        }
        // The same bits as a gradient of one variable.
        const auto of_span = [&](std::span<const double> x) { return f(x[0]); };
        CHECK(numerical_diff(f, 0.7, {.method = method}).value ==
              numerical_gradient(of_span, here, {.method = method}).gradient[0]);
    }
    CHECK(numerical_diff(f, 0.7, {.h = 1e-4}).value == numerical_diff(f, 0.7));
    CHECK(numerical_diff(f, 0.7, {.h = 1e-4}).evaluations == 2);
    CHECK_THROWS_WITH(numerical_diff(f, 0.7, {.upper = std::vector<double>{0.5}}),
                      "numerical_diff: x[0] must be at most upper[0] = 0.5, found 0.7");
}

TEST_CASE("second_derivative: central, at a bound, doubtful where two steps disagree", "[derivatives]") {
    const auto f = [](double x) { return std::exp(2.0 * x); };
    const double right = 4.0 * std::exp(2.0);
    const std::vector<double> one = {1.0};
    const Derivative plain = second_derivative(f, 1.0);
    CHECK(plain.evaluations == 3);
    // h = (48 eps)^(1/4) = 1e-2: h^2/12 * 16 e^2 and less rounding.
    CHECK(std::fabs(plain.value - right) <= 1.2e-5 * 16 * std::exp(2.0));
    const std::vector<double> above = {1.0 + 1e-3};
    const std::vector<double> below = {1.0 - 1e-3};
    for (const GradientOptions& options :
         {GradientOptions{.estimate_error = true}, GradientOptions{.estimate_error = true, .lower = one},
          GradientOptions{.estimate_error = true, .upper = one},
          GradientOptions{.estimate_error = true, .lower = below, .upper = above}}) {
        const Derivative d = second_derivative(
            [&](double x) {
                CHECK((options.lower.empty() || x >= options.lower[0]));
                CHECK((options.upper.empty() || x <= options.upper[0]));
                return f(x);
            },
            1.0, options);
        CHECK(!d.doubtful);
        CHECK(std::fabs(d.value - right) <= d.error_estimate);
        CHECK(d.error_estimate <= 0.2);
    }
    // Steps of 0.01 against waves down to 0.0006, and a kink: halving the step changes everything.
    for (double k = 100.0; k < 10000.0; k *= 1.3) {
        const auto wave = [k](double x) { return std::sin(k * x); };
        const Derivative d = second_derivative(wave, 1.0, {.estimate_error = true});
        CAPTURE(k, d.value, d.error_estimate);
        CHECK((d.doubtful || std::fabs(d.value + k * k * std::sin(k)) <= 10 * d.error_estimate));
    }
    const auto kink = [](double x) { return std::fabs(x - 1.0); };
    CHECK(second_derivative(kink, 1.0, {.estimate_error = true}).doubtful);
    CHECK(second_derivative([](double x) { return x * x; }, 3.0, {.h = 0.5}).value == 2.0);
    CHECK_THROWS_WITH(second_derivative(f, 1.0, {.lower = one, .upper = one}),
                      "second_derivative: lower and upper must leave room for a step of x[0], found none");
    CHECK_THROWS_WITH(second_derivative(f, 1.0, {.method = Method::kForward}),
                      ContainsSubstring("method must be kCentral2"));
}

TEST_CASE("a step and a typical size for each variable", "[derivatives]") {
    const auto f = [](std::span<const double> x) { return std::sin(1e6 * x[0]) * std::exp(x[1]); };
    const std::vector<double> x = {0.0, 1.0};
    const std::vector<double> typical = {1e-6, 1.0};
    const std::vector<double> steps = {1e-11, 1e-5};
    const std::vector<double> right = {1e6 * std::exp(1.0), 0.0};
    for (const GradientOptions& options :
         {GradientOptions{.typical_each = typical}, GradientOptions{.h_each = steps}}) {
        const GradientResult result = numerical_gradient(f, x, options);
        CHECK(result.evaluations <= 5);
        CHECK(std::fabs(result.gradient[0] - right[0]) <= 1e-9 * right[0]);
        CHECK(result.gradient[1] == 0.0);
        const Derivative along = directional_derivative(f, x, std::vector<double>{1e-6, 1.0}, options);
        CHECK(std::fabs(along.value - std::exp(1.0)) <= 1e-9);
    }
    // Each as it would be alone.
    const std::vector<double> alone = {0.5, 3.0};
    const auto g = [](std::span<const double> v) { return std::exp(v[0]) + v[1] * v[1] * v[1]; };
    const GradientResult both = numerical_gradient(g, alone, {.h_each = steps});
    CHECK(both.gradient[1] == numerical_gradient(g, alone, {.h = 1e-5}).gradient[1]);
    const std::vector<double> bad = {1.0, 0.0};
    const std::vector<double> short_one = {1.0};
    CHECK_THROWS_WITH(numerical_gradient(f, x, {.h_each = bad}),
                      "numerical_gradient: h_each[1] must be finite and above 0, found 0");
    CHECK_THROWS_WITH(numerical_gradient(f, x, {.typical_each = bad}),
                      "numerical_gradient: typical_each[1] must be finite and above 0, found 0");
    CHECK_THROWS_WITH(numerical_gradient(f, x, {.h_each = short_one}),
                      "numerical_gradient: h_each must be empty or as long as x, which has 2, found 1");
}

TEST_CASE("second derivatives whose squared step is no number", "[second]") {
    const auto near = [](double found, double expected) {
        return std::fabs(found / expected - 1.0) <= 1e-6;  // 4 eps |f| / h^2 of f'' is below 1e-7 here
    };
    CHECK(near(second_derivative([](double x) { return 1e-300 * x * x; }, 1e200).value, 2e-300));
    CHECK(near(second_derivative([](double x) { return 1e300 * x * x; }, 0.0, {.h = 1e-170}).value, 2e300));
    const auto product = [](std::span<const double> x) { return 1e-300 * x[0] * x[1]; };
    const Matrix<double> h = hessian(product, std::vector<double>{1e200, 1e200});
    CHECK(near(h(0, 1), 1e-300));
}
