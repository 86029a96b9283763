// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// GradientOptions: each method within its truncation and rounding, error estimates that hold, threads.
#include <atomic>
#include <cmath>
#include <complex>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/complex_step.hpp"
#include "thalweg/finite_differences.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;
constexpr double kMachineEpsilon = 0x1p-52;

// sum of sin(x_i): all derivatives within [-1, 1], each entry's gradient is cos(x_i).
double sum_of_sines(std::span<const double> x) {
    double sum = 0.0;
    for (const double value : x) {
        sum += std::sin(value);
    }
    return sum;
}

const std::vector<double> kPoints = {0.0, 0.3, -1.0, 2.5, -7.0, 100.0};

struct Order {
    Method method;
    // truncation = factor * h^order for derivatives up to 1
    double factor;
    double order;
    // sum of |weights| / h, as in docs/numerics.md
    double rounding;
    std::size_t evaluations;  // a variable
};
const Order kOrders[] = {{Method::kForward, 1.0 / 2, 1, 2.0, 1},
                         {Method::kCentral2, 1.0 / 6, 2, 1.0, 2},
                         {Method::kCentral4, 1.0 / 30, 4, 1.5, 4},
                         {Method::kCentral6, 1.0 / 140, 6, 11.0 / 6, 6}};

// f is a sum of six sines: below 6, with 6 roundings in the sum and one unit a sine; 6 * 6 * eps/2 + 6 * eps.
constexpr double kNoiseOfSum = 24 * kMachineEpsilon;

}  // namespace

TEST_CASE("every method stays within its truncation and rounding for every step", "[methods]") {
    test::Failures failures;
    for (const Order& order : kOrders) {
        for (const double h : {1e-1, 1e-2, 1e-3, 1e-4, 1e-6}) {
            GradientOptions options{.method = order.method, .h = h};
            const GradientResult result = numerical_gradient(sum_of_sines, kPoints, options);
            const std::size_t once = order.method == Method::kForward ? 1 : 0;
            failures.expect(result.evaluations == order.evaluations * kPoints.size() + once, "evaluations");
            failures.expect(result.error_estimate.empty(), "nobody asked for an estimate");
            for (std::size_t i = 0; i < kPoints.size(); ++i) {
                const double error = std::fabs(result.gradient[i] - std::cos(kPoints[i]));
                // The divisor of a fixed step is 2h, not what x + h and x - h were rounded to.
                const double moved = kMachineEpsilon * std::fabs(kPoints[i]) / h;
                const double bound = order.factor * std::pow(h, order.order) +
                                     order.rounding * (kNoiseOfSum + moved) / h + moved + 4 * kMachineEpsilon;
                failures.expect(error <= bound, "order", order.order, "h", h, "x", kPoints[i], "error", error,
                                "bound", bound);
            }
        }
    }
    CHECK(failures.text() == "");
}

TEST_CASE("truncation is really there: the h^2 term of the central difference", "[methods]") {
    // sin at 0: (sin h - sin(-h)) / 2h = sin(h) / h exactly, for large steps as well.
    for (const double h : {0.5, 1.0, 3.0}) {
        const std::vector<double> zero = {0.0};
        const double got = numerical_gradient(sum_of_sines, zero, {.h = h}).gradient[0];
        CHECK(std::fabs(got - std::sin(h) / h) <= 4 * kMachineEpsilon);
    }
}

TEST_CASE("relative steps balance truncation and rounding at any scale of x", "[methods]") {
    // exp(x / s) / (1/s): scale s, value and derivatives alike. At the balance truncation and rounding are
    // equal up to the order: error <= 2 * rounding(h) <= 2 * weights * noise / c, with c of docs/numerics.md.
    const double expected[] = {2 * 2.0 / (2 * std::sqrt(kMachineEpsilon)),
                               2 * 1.0 / std::cbrt(3 * kMachineEpsilon),
                               2 * 1.5 / std::pow(11.25 * kMachineEpsilon, 0.2),
                               2 * 11.0 / 6 / std::pow(385.0 / 9 * kMachineEpsilon, 1.0 / 7)};
    for (const double scale : {1e-6, 1.0, 1e6}) {
        const std::vector<double> x = {scale};
        const auto f = [&](std::span<const double> v) { return std::exp(v[0] / scale); };
        for (std::size_t k = 0; k < 4; ++k) {
            GradientOptions options{.method = kOrders[k].method, .typical = scale};
            const double got = numerical_gradient(f, x, options).gradient[0] * scale;
            // f and its derivatives are e; v / scale rounds too: another eps/2 of the value.
            CHECK(std::fabs(got - std::exp(1.0)) <= 2 * std::exp(1.0) * kMachineEpsilon * expected[k]);
        }
    }
}

TEST_CASE("the divisor of a relative step is the distance the points really have", "[methods]") {
    // f(x) = x: the quotient is exactly 1 only if the divisor is the rounded distance.
    const std::vector<double> x = {0.1, 1e5 / 3, -7.7, 1e-3};
    const auto sum = [](std::span<const double> v) { return v[0]; };
    CHECK(numerical_gradient(sum, std::vector<double>{1e5 / 3}, GradientOptions{}).gradient[0] == 1.0);
    CHECK(numerical_gradient(sum, std::vector<double>{1e5 / 3}, {.method = Method::kForward}).gradient[0] ==
          1.0);
    CHECK(numerical_gradient(sum, std::vector<double>{1e5 / 3}, {.h = 1e-4}).gradient[0] != 1.0);
    CHECK(numerical_gradient(sum, x, GradientOptions{}).gradient ==
          (std::vector<double>{1.0, 0.0, 0.0, 0.0}));
}

TEST_CASE("the book's step gives the book's digits through the options as well", "[methods]") {
    std::vector<double> x = {3.0, 4.0};
    const auto f = [](std::span<const double> v) { return v[0] * v[0] + v[1] * v[1]; };
    CHECK(numerical_gradient(f, x, {.h = 1e-4}).gradient == numerical_gradient(f, x));
    CHECK(numerical_gradient(f, x, {.h = 1e-4}).gradient[0] == 6.00000000000378);
}

TEST_CASE("error estimates cover the error, and are not absurd", "[methods]") {
    const Method methods[] = {Method::kForward, Method::kCentral2, Method::kCentral4, Method::kCentral6,
                              Method::kRidders};
    test::Failures failures;
    for (const Method method : methods) {
        for (const double h : {0.0, 0.1, 1e-2, 1e-6}) {
            GradientOptions options{.method = method, .noise = 4 * kMachineEpsilon, .estimate_error = true};
            if (h > 0.0) {
                options.h = h;
            }
            const GradientResult result = numerical_gradient(sum_of_sines, kPoints, options);
            REQUIRE(result.error_estimate.size() == kPoints.size());
            for (std::size_t i = 0; i < kPoints.size(); ++i) {
                const double error = std::fabs(result.gradient[i] - std::cos(kPoints[i]));
                // With a fixed tiny step 100 + h is not 100 + h: that no evaluation of f can tell.
                const double moved = h > 0.0 ? kMachineEpsilon * std::fabs(kPoints[i]) / h : 0.0;
                failures.expect(error <= result.error_estimate[i] + moved + 8 * kMachineEpsilon, "method",
                                static_cast<int>(method), "h", h, "x", kPoints[i], "error", error, "estimate",
                                result.error_estimate[i]);
                failures.expect(result.error_estimate[i] < 1.0, "method", static_cast<int>(method), "h", h);
            }
        }
    }
    CHECK(failures.text() == "");
}

TEST_CASE("an error estimate knows what rounding hides from every quotient", "[methods]") {
    // Steps of h, 2h, ... move the sum by less than half a unit: all quotients agree on 0.
    const auto f = [](std::span<const double> v) { return 1e8 + 1e-3 * v[0]; };
    for (const Method method : {Method::kForward, Method::kCentral2, Method::kCentral4, Method::kCentral6}) {
        const GradientResult result = numerical_gradient(
            f, std::vector<double>{0.0}, {.method = method, .h = 1e-6, .estimate_error = true});
        CAPTURE(static_cast<int>(method));
        CHECK(result.gradient[0] == 0.0);
        CHECK(result.error_estimate[0] >= 1e-3);
        // Some ten units of 1e8 over h.
        CHECK(result.error_estimate[0] <= 10 * kMachineEpsilon * 1e8 / 1e-6);
    }
}

TEST_CASE("Ridders' extrapolation reaches ten digits and more without being told a step", "[methods]") {
    const GradientResult result = numerical_gradient(sum_of_sines, kPoints, {.method = Method::kRidders});
    std::size_t least = 0;
    for (std::size_t i = 0; i < kPoints.size(); ++i) {
        // The table's best entry has h of 0.01 or so: rounding of a few hundred units.
        CHECK(std::fabs(result.gradient[i] - std::cos(kPoints[i])) <= kNoiseOfSum / 1e-2);
        CHECK(result.error_estimate[i] <= 10 * kNoiseOfSum / 1e-2);
        least += 4;
    }
    CHECK(result.evaluations >= least);
    // Ten rows and nine steps that the result is tried with, two evaluations each, and f(x).
    CHECK(result.evaluations <= 1 + 2 * (10 + 9) * kPoints.size());
    CHECK(result.doubtful.empty());
}

TEST_CASE("Ridders' search ends, also where no step is small enough", "[methods]") {
    // Its quotients grow by sqrt(2) from step to step: nothing ever settles, in two tables of ten rows, each
    // tried with nine steps, and at most thirteen looks in between.
    int calls = 0;
    const auto upright = [&calls](std::span<const double> x) {
        ++calls;
        return std::copysign(std::sqrt(std::fabs(x[0])), x[0]);
    };
    const GradientResult result =
        numerical_gradient(upright, std::vector<double>{0.0}, {.method = Method::kRidders});
    CHECK(calls > 1 + 2 * 2 * (10 + 9));
    CHECK(calls <= 1 + 2 * 2 * (10 + 9) + 2 * 13);
    CHECK(result.evaluations == static_cast<std::size_t>(calls));
    CHECK(result.doubtful == std::vector<std::size_t>{0});
}

TEST_CASE("Ridders' method with a step that cannot be halved gives its quotient", "[methods]") {
    const auto square = [](double x) { return x * x; };
    const Derivative found = numerical_diff(square, 1.0, {.method = DifferenceMethod::kRidders, .h = 4e-15});
    CHECK(std::fabs(found.value - 2.0) <= found.error_estimate);
    CHECK(found.value > 1.0);
    CHECK(found.error_estimate > 0.0);
    const Derivative far = numerical_diff(square, 1e6, {.method = DifferenceMethod::kRidders, .h = 1e-9});
    CHECK(std::fabs(far.value - 2e6) <= far.error_estimate);
    CHECK(far.value > 1e6);
}

TEST_CASE("a noisy function gets a larger step", "[methods]") {
    // A function computed in float: sin rounded to 24 bits. The balance for its noise leaves about
    // 2 * noise / cbrt(3 noise) = 3.4e-5; the step for double would leave noise / 6e-6 = 2e-2. Not told of
    // the noise, the default step finds it: within a hundred times of the balance by far.
    const auto f = [](std::span<const double> v) {
        return static_cast<double>(static_cast<float>(std::sin(v[0])));
    };
    const std::vector<double> x = {1.0};
    const double noise = 0x1p-23;
    const double good = numerical_gradient(f, x, {.noise = noise}).gradient[0];
    CHECK(std::fabs(good - std::cos(1.0)) <= 2 * noise / std::cbrt(3 * noise));
    const double bad = numerical_gradient(f, x, {.h = std::cbrt(3 * kMachineEpsilon)}).gradient[0];
    CHECK(std::fabs(bad - std::cos(1.0)) > 10 * std::fabs(good - std::cos(1.0)));
    const double found = numerical_gradient(f, x, GradientOptions{}).gradient[0];
    CHECK(std::fabs(found - std::cos(1.0)) <= 20 * noise / std::cbrt(3 * noise));
}

TEST_CASE("the complex step is right to the last digits", "[methods]") {
    const auto f = [](auto x) { return std::exp(x) / std::sqrt(std::sin(x) + std::cos(x) * x); };
    const double x = 0.7;
    const double s = std::sin(x) + std::cos(x) * x;
    const double ds = 2 * std::cos(x) - std::sin(x) * x;
    const double expected = std::exp(x) / std::sqrt(s) * (1 - ds / (2 * s));
    // About ten operations, each half a unit of numbers near the result.
    CHECK(std::fabs(complex_step_diff(f, x) - expected) <= 16 * kMachineEpsilon * std::fabs(f(x)));
    const auto g = [](auto v) { return v[0] * v[0] * v[1] + v[1]; };
    const std::vector<double> point = {3.0, 4.0};
    CHECK(complex_step_gradient(g, point) == (std::vector<double>{24.0, 10.0}));
    CHECK(complex_step_gradient(g, std::span<const double>()).empty());
}

TEST_CASE("threads: the same bits for any number, every variable once", "[methods]") {
    std::vector<double> x(97);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = std::sin(static_cast<double>(i));
    }
    const std::vector<double> start = x;
    for (const Method method : {Method::kForward, Method::kCentral2, Method::kCentral6, Method::kRidders}) {
        std::atomic<std::size_t> calls{0};
        const auto f = [&](std::span<const double> v) {
            calls.fetch_add(1, std::memory_order_relaxed);
            return sum_of_sines(v) * v[3];
        };
        const GradientResult one = numerical_gradient(f, x, {.method = method, .estimate_error = true});
        CHECK(calls.load() == one.evaluations);
        for (const int threads : {0, 1, 2, 3, 7, 200}) {
            calls = 0;
            const GradientResult many =
                numerical_gradient(f, x, {.method = method, .estimate_error = true, .threads = threads});
            CHECK(test::first_difference(many.gradient.data(), one.gradient.data(), x.size()) == "");
            CHECK(test::first_difference(many.error_estimate.data(), one.error_estimate.data(), x.size()) ==
                  "");
            CHECK(many.evaluations == one.evaluations);
            CHECK(calls.load() == one.evaluations);
        }
    }
    CHECK(x == start);
}

TEST_CASE("threads: the exception of the lowest variable arrives", "[methods]") {
    std::vector<double> x(40, 1.0);
    const auto f = [](std::span<const double> v) {
        for (std::size_t i = 0; i < v.size(); ++i) {
            if (v[i] != 1.0 && (i == 11 || i == 12 || i >= 30)) {
                throw std::runtime_error("variable " + std::to_string(i));
            }
        }
        return 0.0;
    };
    for (const int threads : {1, 2, 3, 7, 40}) {
        CHECK_THROWS_WITH(numerical_gradient(f, x, {.threads = threads}), "variable 11");
    }
}

TEST_CASE("a matrix of variables keeps its shape for f", "[methods]") {
    const Matrix<double> w = {{1.0, 2.0}, {3.0, 4.0}};
    const auto f = [](const Matrix<double>& m) { return m(0, 1) * m(1, 0); };
    const GradientResult result = numerical_gradient(f, w, {.h = 0x1p-10, .threads = 2});
    CHECK(result.gradient == (std::vector<double>{0.0, 3.0, 2.0, 0.0}));
    CHECK(numerical_gradient(f, Matrix<double>(), GradientOptions{}).gradient.empty());
}
