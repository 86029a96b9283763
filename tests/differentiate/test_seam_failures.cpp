// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Evaluations that fail, return what they should not, or are ended: who learns of it, and what is skipped,
// made shorter or tried again.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "differentiate/seam.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"

namespace {

using namespace thalweg;
using namespace thalweg::test::seam;
using Method = DifferenceMethod;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("failures: the exception of the lowest variable, on any number of threads", "[seam]") {
    const auto failing = [](std::span<const double> x) {
        for (const std::size_t i : {8U, 2U, 5U}) {
            if (x[i] < kStart[i]) {
                throw std::out_of_range(std::to_string(i));
            }
        }
        return f(x);
    };
    Evaluations evaluations;
    for (const Method method : {Method::kCentral2, Method::kCentral6, Method::kRidders}) {
        for (const int threads : {1, 2, 5}) {
            const GradientOptions options{.method = method, .threads = threads, .evaluations = &evaluations};
            CHECK_THROWS_WITH(numerical_gradient(failing, kStart, options), "2");
            CHECK_THROWS_AS(numerical_gradient(failing, kStart, options), std::out_of_range);
        }
    }
    // A later round of a lower variable: Ridders' method goes below 1e-3 after several of them.
    const auto late = [](std::span<const double> x) {
        if (x[6] != kStart[6]) {
            throw std::out_of_range("6");
        }
        if (x[4] != kStart[4] && std::fabs(x[4] - kStart[4]) < 2e-2) {
            throw std::out_of_range("4");
        }
        return f(x);
    };
    CHECK_THROWS_WITH(
        numerical_gradient(late, kStart,
                           {.method = Method::kRidders, .threads = 2, .evaluations = &evaluations}),
        "4");
    const auto not_finite = [](std::span<const double> x) { return x[3] > 0 ? kUndefined : f(x); };
    CHECK_THROWS_WITH(numerical_gradient(not_finite, kStart, {.h = 0.5, .evaluations = &evaluations}),
                      ContainsSubstring("f at x[3] + 0.5"));
}

TEST_CASE("failures: skipped entries are NaN and listed", "[seam]") {
    const auto failing = [](std::span<const double> x) {
        if (x[2] > kStart[2]) {
            throw std::runtime_error("no mesh");
        }
        return x[4] > kStart[4] ? kUndefined : f(x);
    };
    Evaluations evaluations;
    evaluations.on_failure = OnFailure::kSkip;
    for (GradientOptions options : all_options()) {
        if (!options.lower.empty()) {
            continue;
        }
        const GradientResult plain = numerical_gradient(f, kStart, options);
        const std::vector<std::size_t> expected =
            options.method == Method::kBackward ? std::vector<std::size_t>{} : std::vector<std::size_t>{2, 4};
        options.evaluations = &evaluations;
        if (options.method == Method::kBackward && options.estimate_error) {
            continue;  // looks to both sides where f does not change
        }
        for (const int threads : {1, 2}) {
            options.threads = threads;
            const GradientResult result = numerical_gradient(failing, kStart, options);
            CHECK(result.skipped == expected);
            for (std::size_t i = 0; i < kCount; ++i) {
                const bool skipped = std::find(expected.begin(), expected.end(), i) != expected.end();
                CHECK((skipped ? std::isnan(result.gradient[i])
                               : test::bits(result.gradient[i]) == test::bits(plain.gradient[i])));
            }
            CHECK(evaluations.report.failed == (expected.empty() ? 0U : evaluations.report.failed));
        }
    }
    // What all entries need cannot be skipped.
    const auto nowhere = [](std::span<const double>) -> double { throw std::runtime_error("no licence"); };
    CHECK_THROWS_WITH(
        numerical_gradient(nowhere, kStart, {.method = Method::kForward, .evaluations = &evaluations}),
        "no licence");
}

TEST_CASE("failures: a step is made shorter until f takes it", "[seam]") {
    // Throws beyond 1e-7 of x[2] and is not finite beyond 1e-8 of x[4]: the step 6.1e-6 needs 3 and 6
    // quarters.
    const auto narrow = [](std::span<const double> x) {
        if (std::fabs(x[2] - kStart[2]) > 1e-7) {
            throw std::runtime_error("too far");
        }
        return std::fabs(x[4] - kStart[4]) > 1e-8 ? kUndefined : f(x);
    };
    Evaluations evaluations;
    evaluations.on_failure = OnFailure::kShrink;
    const GradientResult result = numerical_gradient(narrow, kStart, {.evaluations = &evaluations});
    CHECK(result.shrunk == std::vector<std::size_t>{2, 4});
    CHECK(result.skipped.empty());
    CHECK(std::fabs(result.gradient[2] - std::exp(0.4)) < 1e-7);
    CHECK(std::fabs(result.gradient[4] - 0.5 / std::sqrt(3.001)) < 1e-6);
    const auto never = [](std::span<const double> x) { return x[2] != kStart[2] ? kUndefined : f(x); };
    const GradientResult skipped =
        numerical_gradient(never, kStart, {.estimate_error = true, .evaluations = &evaluations});
    CHECK(skipped.skipped == std::vector<std::size_t>{2});
    CHECK(skipped.shrunk == std::vector<std::size_t>{2});
}

TEST_CASE("failures: tried again", "[seam]") {
    std::atomic<int> calls{0};
    const auto flaky = [&](std::span<const double> x) {
        const int call = calls++;
        if (call % 3 == 0) {
            throw std::runtime_error("busy");
        }
        return call % 3 == 1 ? kUndefined : f(x);
    };
    Evaluations evaluations;
    evaluations.retries = 2;
    check_same(numerical_gradient(flaky, kStart, {.h = 1e-4, .evaluations = &evaluations}),
               numerical_gradient(f, kStart, GradientOptions{.h = 1e-4}));
    CHECK(evaluations.report.retried == 4 * kCount);
    CHECK(evaluations.report.failed == 0);
    // A block is looked through point by point.
    calls = 0;
    const auto flaky_block = [&](MatrixView<const double> points, MatrixView<double> values) {
        if (calls++ % 3 != 2) {
            throw std::runtime_error("busy");
        }
        f_in_blocks(points, values);
    };
    check_same(
        numerical_gradient(BlockFunction(flaky_block), kStart, {.h = 1e-4, .evaluations = &evaluations}),
        numerical_gradient(f, kStart, GradientOptions{.h = 1e-4}));
    evaluations.retries = 1;
    calls = 0;
    CHECK_THROWS_WITH(
        numerical_gradient(flaky, kStart, {.method = Method::kForward, .evaluations = &evaluations}),
        ContainsSubstring("f(x) must be finite"));
    evaluations.retries = -1;
    CHECK_THROWS_WITH(numerical_gradient(f, kStart, {.evaluations = &evaluations}),
                      ContainsSubstring("retries must be from 0 to 1000, found -1"));
}

TEST_CASE("progress: what is done and to do; false ends the call", "[seam]") {
    Evaluations evaluations;
    std::vector<std::size_t> done;
    std::size_t to_do = 0;
    evaluations.progress = [&](const EvaluationProgress& progress) {
        done.push_back(progress.done);
        to_do = progress.to_do;
        CHECK(progress.done + progress.to_do == 4 * kCount);
        return true;
    };
    for (const int threads : {1, 3}) {
        done.clear();
        numerical_gradient(
            f, kStart,
            {.method = Method::kCentral4, .h = 1e-4, .threads = threads, .evaluations = &evaluations});
        CHECK(done.size() == 4 * kCount);
        CHECK(std::is_sorted(done.begin(), done.end()));
        CHECK(to_do == 0);
    }
    std::atomic<int> calls{0};
    const auto counted = [&](std::span<const double> x) {
        ++calls;
        return f(x);
    };
    evaluations.progress = [](const EvaluationProgress& progress) { return progress.done < 5; };
    CHECK_THROWS_WITH(numerical_gradient(counted, kStart, {.h = 1e-4, .evaluations = &evaluations}),
                      "numerical_gradient: ended by the progress function after 5 of 18 evaluations");
    CHECK(calls == 5);
    evaluations.progress = [](const EvaluationProgress&) -> bool { throw std::logic_error("mine"); };
    CHECK_THROWS_WITH(numerical_gradient(f, kStart, {.threads = 2, .evaluations = &evaluations}), "mine");
}

TEST_CASE("functions that return too many or too few values", "[seam]") {
    const auto blocks = [](MatrixView<const double> points) {
        return std::vector<double>(points.rows() + 1, 0.0);
    };
    CHECK_THROWS_WITH(numerical_gradient(BlockFunction(blocks), kStart, GradientOptions{.h = 1e-4}),
                      "numerical_gradient: f must return 18 values, found 19");
    const auto few = [](std::span<const double> x) { return std::vector<double>(x.size() - 1, x[0]); };
    CHECK_THROWS_WITH(jacobian(few, kStart, kCount), "jacobian: f must return 9 values, found 8");
    const auto unwritten = [](MatrixView<const double>, MatrixView<double> values) { values(0, 0) = 1.0; };
    CHECK_THROWS_WITH(numerical_gradient(BlockFunction(unwritten), kStart, {.h = 0.5}),
                      ContainsSubstring("f at x[0] - 0.5, with x[0] = 0.7, must be finite, found nan"));
}
