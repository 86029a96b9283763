// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The complex step where f is not what it needs: found, and what is right is left alone.
#include <cmath>
#include <complex>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/complex_step.hpp"

namespace {

using namespace thalweg;
using Complex = std::complex<double>;

}  // namespace

TEST_CASE("complex step: not real for real x", "[complex]") {
    CHECK_THROWS_WITH(
        complex_step_diff([](auto z) { return std::pow(z, 2.0); }, -3.0),
        ContainsSubstring("complex_step_diff: f must be real for real variables, found imaginary part") &&
            ContainsSubstring("at x = -3; a power or logarithm of a negative number has one"));
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::log(z); }, -1.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::sqrt(z); }, -4.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::pow(z, 1.0 / 3); }, -8.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::asin(z); }, 2.0), DifferenceError);
}

TEST_CASE("complex step: poles and infinite slopes", "[complex]") {
    CHECK_THROWS_WITH(complex_step_diff([](auto z) { return 1.0 / z; }, 0.0),
                      ContainsSubstring("f(x) must be finite"));
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::log(z); }, 0.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::sqrt(z); }, 0.0), DifferenceError);
    // x is smaller than the step.
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::log(z); }, 1e-300), DifferenceError);
}

TEST_CASE("complex step: not analytic", "[complex]") {
    CHECK_THROWS_WITH(complex_step_diff([](auto z) { return std::conj(z); }, 2.0),
                      ContainsSubstring("f must be analytic, found the derivative -1 at x = 2"));
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::abs(z) * z; }, 2.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return std::sqrt(z * std::conj(z)); }, 2.0),
                    DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return Complex(z.real()) * z; }, 2.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return z.real() < 0 ? -z : z; }, 0.0), DifferenceError);
    CHECK_THROWS_AS(complex_step_diff([](auto z) { return z.real() > 0 ? z : Complex(); }, 0.0),
                    DifferenceError);
    const std::vector<double> x = {1.0, 2.0, 3.0};
    try {
        complex_step_gradient([](auto z) { return z[0] * z[1] + std::conj(z[2]); }, x);
        FAIL("conj of one of three variables passed");
    } catch (const DifferenceError& error) {
        CHECK(error.coordinate() == 2);
    }
}

TEST_CASE("complex step: what is right stays", "[complex]") {
    CHECK(complex_step_diff([](auto z) { return z * z; }, -3.0) == -6.0);
    CHECK(complex_step_diff([](auto z) { return 1.0 / z; }, -2.0) == -0.25);
    CHECK(complex_step_diff([](auto z) { return z.real() < 0 ? -z : z; }, -2.0) == -1.0);
    CHECK(complex_step_diff([](auto z) { return std::sin(z) / z; }, 0.0) == 0.0);
    CHECK(complex_step_diff([](auto z) { return 1e10 + z; }, 0.5) == 1.0);
    // Noise hides 1e-9 from every difference, waves of 1e-6 and 1e-9 need shorter steps than x suggests.
    CHECK(std::fabs(complex_step_diff([](auto z) { return (1e6 + 1e-9 * z) - 1e6; }, 0.7) - 1e-9) <=
          1e-9 * 0x1p-51);
    for (const double k : {1e6, 1e9}) {
        const double expected = k * std::cos(k);
        CHECK(std::fabs(complex_step_diff([k](auto z) { return std::sin(k * z); }, 1.0) - expected) <=
              4 * 0x1p-52 * k);
    }
    CHECK(complex_step_diff([](auto z) { return 0.0 * z + 3.0; }, 1.0) == 0.0);
}

TEST_CASE("complex steps give a Jacobian, all outputs together", "[complex]") {
    std::size_t calls = 0;
    const auto f = [&](auto x, auto y) {
        ++calls;
        y[0] = x[0] * x[1] + exp(x[2]);
        y[1] = sin(x[0]);
    };
    const std::vector<double> x = {0.7, -1.2, 0.4};
    const Matrix<double> found = complex_step_jacobian(f, x, 2);
    const double expected[2][3] = {{x[1], x[0], std::exp(x[2])}, {std::cos(x[0]), 0.0, 0.0}};
    for (std::size_t r = 0; r < 2; ++r) {
        for (std::size_t i = 0; i < 3; ++i) {
            CHECK(std::fabs(found(r, i) - expected[r][i]) <= 4 * 0x1p-52);
        }
    }
    // An output that does not change is looked at from farther away.
    CHECK(calls <= 1 + 3 * 3 + 2 * 30);
    CHECK(complex_step_jacobian(f, std::vector<double>{}, 0).size() == 0);
    const auto of_abs = [](auto z, auto y) { y[0] = abs(z[0]); };
    CHECK_THROWS_AS(complex_step_jacobian(of_abs, std::vector<double>{1.0}, 1), DifferenceError);
    const auto forgets = [](auto, auto) {};
    CHECK_THROWS_AS(complex_step_jacobian(forgets, std::vector<double>{1.0}, 1), DifferenceError);
}

TEST_CASE("a complex step at numbers next to 0 is borne out by a step that they can be seen with",
          "[complex_step]") {
    const auto twice = [](auto x) { return x * 2.0; };
    for (const double x : {5e-324, -5e-324, 1e-320, 1e-300, -1e-150}) {
        CHECK(complex_step_diff(twice, x) == 2.0);
        CHECK(complex_step_diff([](auto z) { return std::exp(z); }, x) == 1.0);
    }
}
