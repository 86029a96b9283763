// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// check_gradient: right gradients agree, wrong ones differ, and what cannot be told is doubtful.
#include <cmath>
#include <limits>
#include <span>
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
