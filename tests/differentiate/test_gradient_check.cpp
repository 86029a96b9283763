// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// check_gradient: right gradients agree, wrong ones differ, and what cannot be told is doubtful.
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/gradient_check.hpp"

namespace {

using namespace thalweg;

double wave(std::span<const double> x) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        sum += std::sin(x[i]) * static_cast<double>(i + 1);
    }
    return sum;
}

std::vector<double> wave_gradient(std::span<const double> x) {
    std::vector<double> g(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        g[i] = std::cos(x[i]) * static_cast<double>(i + 1);
    }
    return g;
}

std::vector<double> points(std::size_t n) {
    std::vector<double> x(n);
    for (std::size_t i = 0; i < n; ++i) {
        x[i] = 0.1 * static_cast<double>(i) - 0.7;
    }
    return x;
}

}  // namespace

TEST_CASE("a right gradient agrees, by entries and along directions", "[check]") {
    const std::vector<double> x = points(12);
    const std::vector<double> g = wave_gradient(x);
    const GradientCheck all = check_gradient(wave, x, g);
    INFO(all.message());
    CHECK(all.verdict == GradientVerdict::kAgrees);
    CHECK(all.checked == 12);
    CHECK(all.evaluations == 49);
    CHECK(all.relative_error <= 1e-6);
    CHECK_THAT(all.message(), ContainsSubstring("agrees: 12 entries checked, worst entry "));
    const GradientCheck along = check_gradient(wave, x, g, {.directions = 5});
    INFO(along.message());
    CHECK(along.verdict == GradientVerdict::kAgrees);
    CHECK(along.checked == 5);
    CHECK(along.evaluations == 21);
    const GradientCheck some = check_gradient(wave, x, g, {.entries = 4});
    CHECK(some.checked <= 4);
    CHECK(some.checked >= 1);
    CHECK(check_gradient(wave, std::vector<double>(), std::vector<double>()).checked == 0);
    CHECK(check_gradient(wave, std::vector<double>(), std::vector<double>()).message() ==
          "agrees: 0 entries checked");
}

TEST_CASE("one wrong entry is found and named", "[check]") {
    const std::vector<double> x = points(12);
    std::vector<double> g = wave_gradient(x);
    const double right = g[7];
    for (const double wrong : {right * 1.00001, -right, 0.0, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()}) {
        g[7] = wrong;
        const GradientCheck check = check_gradient(wave, x, g);
        INFO(check.message());
        CHECK(check.verdict == GradientVerdict::kDiffers);
        CHECK(check.worst == 7);
        CHECK((check.analytic == wrong || std::isnan(wrong)));
        // The difference: truncation h^2/6 * 8 at h = cbrt(3 eps), and rounding of the sum of 12 sines.
        CHECK(std::fabs(check.difference - right) <= 1e-8);
        CHECK_THAT(check.message(),
                   ContainsSubstring("differs: 12 entries checked, worst entry 7: analytic "));
        CHECK(check_gradient(wave, x, g, {.directions = 3}).verdict == GradientVerdict::kDiffers);
    }
}

TEST_CASE("the tolerance decides", "[check]") {
    const std::vector<double> x = points(5);
    std::vector<double> g = wave_gradient(x);
    g[2] *= 1.0001;
    CHECK(check_gradient(wave, x, g, {.tolerance = 2e-4}).verdict == GradientVerdict::kAgrees);
    CHECK(check_gradient(wave, x, g, {.tolerance = 5e-5}).verdict == GradientVerdict::kDiffers);
}

TEST_CASE("a step that is too large or too small is doubted, not passed", "[check]") {
    const std::vector<double> x = points(5);
    const std::vector<double> g = wave_gradient(x);
    // Truncation h^2/6 = 4e-2, and rounding 15 eps / 1e-12 = 3e-3: far above the tolerance of 1e-6.
    for (const double h : {0.5, 1e-12}) {
        const GradientCheck check = check_gradient(wave, x, g, {.h = h});
        INFO(check.message());
        CHECK(check.verdict == GradientVerdict::kDoubtful);
        CHECK_THAT(check.message(), ContainsSubstring("doubtful: ") && ContainsSubstring("try another h"));
    }
    // A gradient wrong beyond every doubt is still wrong there.
    std::vector<double> wrong = g;
    wrong[1] = -wrong[1];
    const GradientCheck check = check_gradient(wave, x, wrong, {.h = 0.5});
    CHECK(check.verdict == GradientVerdict::kDiffers);
    CHECK(check.worst == 1);
}

TEST_CASE("a kink at x is doubtful whatever the gradient claims", "[check]") {
    const auto f = [](std::span<const double> x) { return std::fabs(x[0]) + x[1]; };
    const std::vector<double> x = {0.0, 1.0};
    for (const double claim : {-1.0, 0.0, 1.0}) {
        const GradientCheck check = check_gradient(f, x, std::vector<double>{claim, 1.0});
        INFO(check.message());
        CHECK(check.verdict == GradientVerdict::kDoubtful);
        CHECK(check.worst == 0);
    }
}

TEST_CASE("one wrong entry outweighs a kink, however doubtful that is", "[check]") {
    const auto f = [](std::span<const double> x) { return x[0] * x[0] + std::fabs(x[1]) + std::fabs(x[2]); };
    const std::vector<double> x = {1.0, 0.0, 0.0};
    for (const std::vector<double>& wrong : {std::vector<double>{2.2, 0.0, 0.0}, {2.2, 1.0, 0.0}}) {
        const GradientCheck check = check_gradient(f, x, wrong);
        INFO(check.message());
        CHECK(check.verdict == GradientVerdict::kDiffers);
        CHECK(check.worst == 0);
    }
}

TEST_CASE("zeros: exact ones agree, and noise below the floor is no error", "[check]") {
    const auto constant = [](std::span<const double>) { return 3.0; };
    const std::vector<double> x = points(3);
    CHECK(check_gradient(constant, x, std::vector<double>(3, 0.0)).verdict == GradientVerdict::kDoubtful);
    const auto first_only = [](std::span<const double> v) { return v[0] * 2.0; };
    CHECK(check_gradient(first_only, x, std::vector<double>{2.0, 0.0, 0.0}).verdict ==
          GradientVerdict::kAgrees);
    CHECK(check_gradient(first_only, x, std::vector<double>{2.0, 1e-8, 0.0}).verdict ==
          GradientVerdict::kDiffers);
}

TEST_CASE("every failing entry is listed, also along directions and in threads", "[check]") {
    const std::vector<double> x = points(40);
    std::vector<double> g = wave_gradient(x);
    g[3] *= 1.01;
    g[17] = 0.0;
    g[39] = -g[39];
    const GradientCheck one = check_gradient(wave, x, g);
    REQUIRE(one.failing.size() == 3);
    CHECK((one.failing[0].index == 3 && one.failing[1].index == 17 && one.failing[2].index == 39));
    for (const CheckedEntry& entry : one.failing) {
        CHECK(entry.verdict == GradientVerdict::kDiffers);
        CHECK(entry.analytic == g[entry.index]);
        CHECK(std::fabs(entry.difference - wave_gradient(x)[entry.index]) <= 1e-7);
    }
    CHECK_THAT(one.message(), ContainsSubstring("; 3 do not agree"));
    CHECK(check_gradient(wave, x, wave_gradient(x)).failing.empty());
    for (const int threads : {0, 2, 3, 40}) {
        for (const std::size_t directions : {0U, 7U}) {
            const GradientCheck serial = check_gradient(wave, x, g, {.directions = directions});
            const GradientCheck many =
                check_gradient(wave, x, g, {.directions = directions, .threads = threads});
            CHECK(many.message() == serial.message());
            CHECK(many.evaluations == serial.evaluations);
            REQUIRE(many.failing.size() == serial.failing.size());
            for (std::size_t k = 0; k < many.failing.size(); ++k) {
                CHECK(many.failing[k].difference == serial.failing[k].difference);
            }
        }
    }
}

TEST_CASE("a function for the gradient: it returns one or writes one", "[check]") {
    const std::vector<double> x = points(5);
    const auto writes = [](std::span<const double> at, std::span<double> g) {
        for (std::size_t i = 0; i < at.size(); ++i) {
            g[i] = std::cos(at[i]) * static_cast<double>(i + 1);
        }
    };
    CHECK(check_gradient(wave, x, wave_gradient).verdict == GradientVerdict::kAgrees);
    CHECK(check_gradient(wave, x, writes).verdict == GradientVerdict::kAgrees);
    const auto wrong = [&](const std::vector<double>& at) { return std::vector<double>(at.size(), 1.0); };
    CHECK(check_gradient(wave, x, wrong).failing.size() == 5);
    const auto short_one = [](std::span<const double>) { return std::vector<double>(4); };
    CHECK_THROWS_WITH(
        check_gradient(wave, x, short_one),
        "check_gradient: analytic must have one entry for each of the 5 variables of x, found 4");
}

TEST_CASE("bounds are kept while a gradient is checked", "[check]") {
    const std::vector<double> zero = {0.0, 0.5};
    const auto root = [](std::span<const double> x) {
        if (x[0] < 0.0 || x[1] < 0.0) {
            throw std::runtime_error("outside");
        }
        return std::exp(x[0]) * std::sqrt(x[1]);
    };
    const std::vector<double> lower = {0.0, 0.0};
    const double half = std::sqrt(0.5);
    CHECK(check_gradient(root, zero, std::vector<double>{half, 0.5 / half}, {.lower = lower}).verdict ==
          GradientVerdict::kAgrees);
    const GradientCheck wrong =
        check_gradient(root, zero, std::vector<double>{half * 1.001, 0.5 / half}, {.lower = lower});
    CHECK(wrong.verdict == GradientVerdict::kDiffers);
    CHECK(wrong.failing.front().index == 0);
}

TEST_CASE("a Jacobian is checked entry by entry, each column's values shared by all outputs", "[check]") {
    std::size_t calls = 0;
    const auto f = [&](std::span<const double> x, std::span<double> y) {
        ++calls;
        y[0] = x[0] * x[1];
        y[1] = std::sin(x[0]);
        y[2] = x[1] * x[1] * x[2];
    };
    const std::vector<double> x = {1.0, 2.0, 3.0};
    Matrix<double> right = {{2.0, 1.0, 0.0}, {std::cos(1.0), 0.0, 0.0}, {0.0, 12.0, 4.0}};
    const GradientCheck good = check_jacobian(f, x, right);
    INFO(good.message());
    CHECK(good.verdict == GradientVerdict::kAgrees);
    CHECK(good.checked == 9);
    CHECK(good.evaluations == 13);
    CHECK(calls == 13);
    right(2, 1) = 12.5;
    right(0, 2) = 1.0;
    const GradientCheck bad = check_jacobian(f, x, right);
    CHECK(bad.verdict == GradientVerdict::kDiffers);
    REQUIRE(bad.failing.size() == 2);
    CHECK((bad.failing[0].index == 2 && bad.failing[1].index == 7));
    CHECK(std::fabs(bad.failing[1].difference - 12.0) <= 1e-8);
    CHECK(check_jacobian(f, x, right, {.threads = 3}).message() == bad.message());
    CHECK_THROWS_WITH(
        check_jacobian(f, x, Matrix<double>(3, 2)),
        "check_jacobian: analytic must have one column for each of the 3 variables of x, found 2");
    CHECK_THROWS_WITH(check_jacobian(f, x, right, {.directions = 2}),
                      "check_jacobian: directions must be 0, found 2");
}

TEST_CASE("a check's verdict does not depend on the scale of f", "[check_gradient]") {
    for (const double scale : {1.0, 0x1p-560, 0x1p540}) {
        const auto f = [scale](std::span<const double> x) { return scale * std::sin(x[0] * x[1]); };
        const std::vector<double> wrong = {2.0 * scale * std::cos(2.0), 1.1 * scale * std::cos(2.0)};
        const auto found =
            check_gradient(f, std::vector<double>{1, 2}, wrong, {.tolerance = 0.1, .directions = 3});
        CHECK(found.verdict == GradientVerdict::kAgrees);
    }
}
