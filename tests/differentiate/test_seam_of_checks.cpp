// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Derivatives of one number, and checks, through the seam: blocks, failures, journals, threads.
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/gradient_check.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;

double wave(double x) {
    return std::sin(3.0 * x) + std::exp(0.1 * x);
}
const auto wave_in_blocks = [](MatrixView<const double> points, MatrixView<double> values) {
    for (std::size_t k = 0; k < points.rows(); ++k) {
        values(k, 0) = wave(points(k, 0));
    }
};

double sum_of_waves(std::span<const double> x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sum += std::sin(x[i]) * static_cast<double>(i + 1);
    }
    return sum;
}
const std::vector<double> kAtChecks = {0.3, 1.2, -0.7, 2.5, 0.0, -1.9};
std::vector<double> gradient_there() {
    std::vector<double> gradient;
    for (std::size_t i = 0; i < kAtChecks.size(); ++i) {
        gradient.push_back(std::cos(kAtChecks[i]) * static_cast<double>(i + 1));
    }
    return gradient;
}

void check_same(const Derivative& found, const Derivative& expected) {
    CHECK(test::bits(found.value) == test::bits(expected.value));
    CHECK(test::bits(found.error_estimate) == test::bits(expected.error_estimate));
    CHECK(found.doubtful == expected.doubtful);
    CHECK(found.evaluations <= expected.evaluations);
}

struct RemovedFile {
    std::string path;
    explicit RemovedFile(std::string name) : path(std::move(name)) { std::remove(path.c_str()); }
    RemovedFile(const RemovedFile&) = delete;
    RemovedFile& operator=(const RemovedFile&) = delete;
    ~RemovedFile() { std::remove(path.c_str()); }
};

}  // namespace

TEST_CASE("derivatives of one number have the loop's bits in rounds and in blocks", "[seam]") {
    Evaluations evaluations;
    const std::vector<double> lower = {0.7};
    for (const Method method : {Method::kForward, Method::kBackward, Method::kCentral2, Method::kCentral4,
                                Method::kCentral6, Method::kRidders}) {
        for (const bool estimate : {false, true}) {
            for (const bool bounded : {false, true}) {
                GradientOptions options{.method = method, .estimate_error = estimate};
                if (bounded) {
                    options.lower = lower;
                }
                const Derivative expected = numerical_diff(wave, 0.7, options);
                options.evaluations = &evaluations;
                check_same(numerical_diff(wave, 0.7, options), expected);
                check_same(numerical_diff(BlockFunction(wave_in_blocks), 0.7, options), expected);
                CHECK(evaluations.report.calls > 0);
            }
        }
    }
    for (const bool estimate : {false, true}) {
        GradientOptions options{.estimate_error = estimate};
        const Derivative expected = second_derivative(wave, 0.7, options);
        CHECK(std::fabs(expected.value - (-9.0 * std::sin(2.1) + 0.01 * std::exp(0.07))) < 1e-5);
        options.evaluations = &evaluations;
        check_same(second_derivative(wave, 0.7, options), expected);
        check_same(second_derivative(BlockFunction(wave_in_blocks), 0.7, options), expected);
        CHECK(evaluations.report.calls == expected.evaluations);
    }
}

TEST_CASE("failures of derivatives of one number: thrown, tried again, skipped, with a shorter step",
          "[seam]") {
    int calls = 0;
    const auto at_times = [&](double x) {
        if (++calls % 3 == 0) {
            throw std::runtime_error("no licence");
        }
        return wave(x);
    };
    Evaluations evaluations;
    const GradientOptions options{.h = 1e-3, .evaluations = &evaluations};
    CHECK_THROWS_WITH(
        numerical_diff(at_times, 0.7, {.method = Method::kCentral4, .evaluations = &evaluations}),
        "no licence");
    calls = 0;
    CHECK_THROWS_WITH(second_derivative(at_times, 0.7, options), "no licence");
    evaluations.retries = 1;
    calls = 0;
    CHECK(numerical_diff(at_times, 0.7, options).value == numerical_diff(wave, 0.7, {.h = 1e-3}).value);
    CHECK(second_derivative(at_times, 0.7, options).value == second_derivative(wave, 0.7, {.h = 1e-3}).value);
    const auto below = [](double x) {
        if (x > 0.701) {
            throw std::runtime_error("outside");
        }
        return wave(x);
    };
    evaluations.on_failure = OnFailure::kSkip;
    const GradientOptions far{.h = 0.01, .evaluations = &evaluations};
    CHECK(std::isnan(numerical_diff(below, 0.7, far).value));
    CHECK(std::isnan(second_derivative(below, 0.7, far).value));
    evaluations.on_failure = OnFailure::kShrink;
    CHECK(std::fabs(numerical_diff(below, 0.7, far).value - (3.0 * std::cos(2.1) + 0.1 * std::exp(0.07))) <
          1e-4);
    CHECK(std::isnan(second_derivative(below, 0.7, far).value));
}

TEST_CASE("checks in blocks and threads are those of a plain call", "[seam][check]") {
    std::vector<double> claimed = gradient_there();
    claimed[4] *= 1.01;
    const auto in_blocks = [](MatrixView<const double> points, MatrixView<double> values) {
        for (std::size_t k = 0; k < points.rows(); ++k) {
            values(k, 0) = sum_of_waves(std::span(&points(k, 0), points.cols()));
        }
    };
    Evaluations evaluations;
    for (const std::size_t directions : {0U, 4U}) {
        for (const int threads : {1, 3}) {
            const CheckOptions plain{.directions = directions};
            CheckOptions options{.directions = directions, .threads = threads};
            options.evaluations = &evaluations;
            const GradientCheck expected = check_gradient(sum_of_waves, kAtChecks, claimed, plain);
            const GradientCheck found = check_gradient(sum_of_waves, kAtChecks, claimed, options);
            CHECK(expected.verdict == GradientVerdict::kDiffers);
            CHECK(found.message() == expected.message());
            CHECK(found.evaluations == expected.evaluations);
            CHECK(evaluations.report.calls == found.evaluations);
            CHECK(check_gradient(BlockFunction(in_blocks), kAtChecks, claimed, options).message() ==
                  expected.message());
        }
    }
}

TEST_CASE("checks: the exception of the lowest entry, or a doubtful one", "[seam][check]") {
    const auto failing = [](std::span<const double> x) {
        for (const std::size_t i : {5U, 1U, 3U}) {
            if (x[i] != kAtChecks[i]) {
                throw std::out_of_range(std::to_string(i));
            }
        }
        return sum_of_waves(x);
    };
    for (const int threads : {1, 2, 5}) {
        CHECK_THROWS_WITH(check_gradient(failing, kAtChecks, gradient_there(), {.threads = threads}), "1");
    }
    Evaluations evaluations;
    evaluations.on_failure = OnFailure::kSkip;
    const GradientCheck check =
        check_gradient(failing, kAtChecks, gradient_there(), {.evaluations = &evaluations});
    CHECK(check.verdict == GradientVerdict::kDoubtful);
    REQUIRE(check.failing.size() == 3);
    CHECK((check.failing[0].index == 1 && check.failing[1].index == 3 && check.failing[2].index == 5));
    CHECK(std::isnan(check.failing[0].difference));
    const auto not_finite = [](std::span<const double> x) {
        return x[2] > kAtChecks[2] ? std::numeric_limits<double>::infinity() : sum_of_waves(x);
    };
    CHECK_THROWS_WITH(check_gradient(not_finite, kAtChecks, gradient_there(), {.h = 0.25}),
                      ContainsSubstring("f at x[2] + 0.25"));
    CHECK_THROWS_WITH(check_gradient(not_finite, kAtChecks, gradient_there(), {.h = 1e-30}),
                      ContainsSubstring("x[0]"));
}

TEST_CASE("a check that was ended goes on from its journal", "[seam][check]") {
    const RemovedFile file("thalweg_check.journal");
    const auto f = [](std::span<const double> x, std::span<double> y) {
        y[0] = x[0] * x[1];
        y[1] = std::sin(x[2]) * x[3];
        y[2] = x[4] - x[5] * x[5];
    };
    const auto& x = kAtChecks;
    const Matrix<double> right = {{x[1], x[0], 0.0, 0.0, 0.0, 0.0},
                                  {0.0, 0.0, std::cos(x[2]) * x[3], std::sin(x[2]), 0.0, 0.0},
                                  {0.0, 0.0, 0.0, 0.0, 1.0, -2.0 * x[5]}};
    Evaluations evaluations;
    evaluations.journal = file.path;
    evaluations.function = "three outputs";
    evaluations.progress = [](const EvaluationProgress& progress) { return progress.done < 10; };
    CHECK_THROWS_AS(check_jacobian(f, x, right, {.evaluations = &evaluations}), EvaluationsCancelled);
    const std::size_t before = evaluations.report.calls;
    CHECK(before >= 10);
    evaluations.progress = {};
    const GradientCheck check = check_jacobian(f, x, right, {.evaluations = &evaluations});
    CHECK(check.verdict == GradientVerdict::kAgrees);
    CHECK(check.evaluations == 25);
    CHECK(evaluations.report.from_journal == before);
    CHECK(evaluations.report.calls == 25 - before);
    CHECK_THROWS_WITH(check_jacobian(f, x, right, {.h = 1e-3, .evaluations = &evaluations}),
                      ContainsSubstring("journal"));
}
