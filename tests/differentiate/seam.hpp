// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// A function, where its derivatives are taken and all the ways to take them: what tests of evaluations in
// rounds run over.
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/finite_differences.hpp"

namespace thalweg::test::seam {

inline constexpr std::size_t kCount = 9;
inline const std::vector<double> kStart = {0.7, -1.2, 0.4, 0.0, 3.0, 1e-9, -25.0, 1.0, 0.5};
inline const std::vector<double> kLower = {0.7, -2.0, 0.4 - 1e-7, -1.0, 2.9, -1.0, -26.0, 0.0, 0.5 - 1e-3};
inline const std::vector<double> kUpper = {2.0, -1.2, 1.0, 1.0, 3.1, 1.0, -24.0, 1.0 + 1e-6, 1.0};

// A kink in x[7], steps in x[8], constant in x[5].
inline double f(std::span<const double> x) {
    double sum = std::sin(3.0 * x[0]) * x[1] + std::exp(x[2]) / (1.0 + x[3] * x[3]);
    sum += std::sqrt(x[4] + 1e-3) + 1e-3 * x[6] * x[6] * x[6];
    return sum + std::fabs(x[7] - 1.0) + std::floor(1024.0 * x[8]) * 1e-6;
}

inline const auto f_in_blocks = [](MatrixView<const double> points, MatrixView<double> values) {
    for (std::size_t k = 0; k < points.rows(); ++k) {
        values(k, 0) = f(std::span(&points(k, 0), points.cols()));
    }
};

inline void check_same(const GradientResult& found, const GradientResult& expected) {
    Failures failures;
    for (std::size_t i = 0; i < kCount; ++i) {
        failures.expect(bits(found.gradient[i]) == bits(expected.gradient[i]), "entry", i, found.gradient[i],
                        expected.gradient[i]);
        if (!expected.error_estimate.empty()) {
            failures.expect(bits(found.error_estimate[i]) == bits(expected.error_estimate[i]), "estimate", i,
                            found.error_estimate[i], expected.error_estimate[i]);
        }
    }
    CHECK(failures.text() == "");
    CHECK(found.doubtful == expected.doubtful);
    // A point that a formula wants twice is evaluated once.
    CHECK(found.evaluations <= expected.evaluations);
    CHECK(found.skipped.empty());
}

inline std::vector<GradientOptions> all_options() {
    std::vector<GradientOptions> all;
    for (const auto method :
         {DifferenceMethod::kForward, DifferenceMethod::kBackward, DifferenceMethod::kCentral2,
          DifferenceMethod::kCentral4, DifferenceMethod::kCentral6, DifferenceMethod::kRidders}) {
        for (const bool estimate : {false, true}) {
            for (const bool bounded : {false, true}) {
                for (const bool fixed : {false, true}) {
                    GradientOptions options{.method = method, .estimate_error = estimate};
                    if (fixed) {
                        options.h = 1e-4;
                    }
                    if (bounded) {
                        options.lower = kLower;
                        options.upper = kUpper;
                    }
                    all.push_back(options);
                }
            }
        }
    }
    return all;
}

}  // namespace thalweg::test::seam
