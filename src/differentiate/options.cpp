// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the options of finite differences mean: steps that balance truncation and rounding, and the weights
// that combine quotients.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "differentiate/text.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/finite_differences.hpp"
#include "thalweg/threads.hpp"

namespace thalweg::detail {
namespace {

constexpr std::size_t kMaxPairs = 4;

// Row n - 1: what makes f' of the central quotients q(h), q(2h), ..., q(nh) with an error of order h^(2n).
// source: Fornberg 1988, table 1, its weights of f(x + kh) times 2k
constexpr double kWeights[kMaxPairs][kMaxPairs] = {
    {1.0},
    {4.0 / 3.0, -1.0 / 3.0},
    {3.0 / 2.0, -3.0 / 5.0, 1.0 / 10.0},
    {8.0 / 5.0, -4.0 / 5.0, 8.0 / 35.0, -1.0 / 35.0},
};

// Row n - 1: sum of |weight k| / k. A quotient q(kh) is wrong by noise * |f| / kh at most.
constexpr double kRounding[kMaxPairs] = {1.0, 3.0 / 2.0, 11.0 / 6.0, 25.0 / 12.0};

// Terms of higher order than the one that an estimate sees: half as much again.
constexpr double kSafety = 1.5;

// A smooth function of scale 1 looks like a polynomial of moderate degree over this.
constexpr double kRiddersFirst = 0.1;

[[noreturn]] void reject(const char* op, const char* what, const std::string& found) {
    throw std::invalid_argument(std::string(op) + ": " + what + ", found " + found);
}

void check(const char* op, const GradientOptions& options) {
    if (options.h.has_value()) {
        check_step(op, *options.h);
    }
    if (!(options.typical > 0.0) || !is_finite(options.typical)) {
        reject(op, "typical must be finite and above 0", number_text(options.typical));
    }
    if (!(options.noise > 0.0) || options.noise >= 1.0) {
        reject(op, "noise must be above 0 and below 1", number_text(options.noise));
    }
    if (options.threads < 0 || options.threads > kMaxThreads) {
        reject(op, ("threads must be from 0 to " + std::to_string(kMaxThreads)).c_str(),
               std::to_string(options.threads));
    }
}

std::size_t order_pairs(DifferenceMethod method) noexcept {
    switch (method) {
        case DifferenceMethod::kCentral4:
            return 2;
        case DifferenceMethod::kCentral6:
            return 3;
        default:
            return 1;
    }
}

// Where d/dh (truncation + rounding) = 0 for |f| and all derivatives of size 1; truncation as
// DifferenceMethod says, rounding kRounding * noise / h for two-sided quotients, 2 noise / h for forward
// ones.
double balanced_step(DifferenceMethod method, double noise) noexcept {
    switch (method) {
        case DifferenceMethod::kForward:
            return 2.0 * std::sqrt(noise);
        case DifferenceMethod::kCentral4:
            return std::pow(45.0 / 4.0 * noise, 1.0 / 5.0);
        case DifferenceMethod::kCentral6:
            return std::pow(385.0 / 9.0 * noise, 1.0 / 7.0);
        case DifferenceMethod::kRidders:
            return kRiddersFirst;
        default:
            return std::cbrt(3.0 * noise);
    }
}

double weighted(std::size_t pairs, const double* quotients) noexcept {
    const double* const weights = kWeights[pairs - 1];
    double sum = weights[0] * quotients[0];
    for (std::size_t k = 1; k < pairs; ++k) {
        sum += weights[k] * quotients[k];
    }
    return sum;
}

double largest_of(const char* op, std::span<const double> values) {
    double largest = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!is_finite(values[i])) {
            throw_bad_variable(op, i, values[i]);
        }
        largest = std::max(largest, magnitude(values[i]));
    }
    return largest;
}

}  // namespace

Plan make_plan(const char* op, const GradientOptions& options) {
    check(op, options);
    const bool estimate = options.estimate_error || options.method == DifferenceMethod::kRidders;
    const bool one_more = estimate && options.method != DifferenceMethod::kRidders;
    return {op,
            options.method,
            estimate,
            options.h.has_value(),
            options.h.value_or(0.0),
            balanced_step(options.method, options.noise),
            options.typical,
            options.noise,
            order_pairs(options.method) + (one_more ? 1 : 0)};
}

Plan make_second_plan(const char* op, const GradientOptions& options) {
    Plan plan = make_plan(op, options);
    // h^2/12 + 4 noise / h^2 is least where h^4 = 48 noise.
    plan.factor = std::sqrt(std::sqrt(48.0 * options.noise));
    return plan;
}

Derivative combine(const Plan& plan, const double* quotients, double h, double largest) noexcept {
    const std::size_t wanted = order_pairs(plan.method);
    Derivative result;
    result.value = weighted(wanted, quotients);
    if (plan.estimate) {
        result.error_estimate = kSafety * std::fabs(result.value - weighted(plan.pairs, quotients)) +
                                kRounding[wanted - 1] * plan.noise * largest / h;
    }
    return result;
}

Derivative combine_forward(const Plan& plan, const double* quotients, double h, double largest) noexcept {
    Derivative result;
    result.value = quotients[0];
    if (plan.estimate) {
        result.error_estimate =
            kSafety * std::fabs(quotients[0] - quotients[1]) + 2.0 * plan.noise * largest / h;
    }
    return result;
}

bool RiddersTable::add(double quotient, double h, double rounding) noexcept {
    // Row by row: entry j has the terms up to h^(2j) removed; last_ is the row before.
    double row[kRows];
    row[0] = quotient;
    double power = 1.0;
    // Halving steps weigh the last quotient most, by less than 2 in all.
    const double rounded = 2.0 * rounding / h;
    bool settled = false;
    for (int j = 1; j <= rows_; ++j) {
        power *= 4.0;
        row[j] = (power * row[j - 1] - last_[j - 1]) / (power - 1.0);
        const double truncation = std::max(std::fabs(row[j] - row[j - 1]), std::fabs(row[j] - last_[j - 1]));
        if (rows_ == 1 || truncation + rounded <= best_.error_estimate) {
            best_ = {row[j], truncation + rounded, 0};
        }
        settled = settled || truncation <= rounded;
    }
    std::copy(row, row + rows_ + 1, last_);
    ++rows_;
    // Once rounding wins, smaller steps only lose more. Two rows may agree by accident where the first steps
    // are far too large; that is no end.
    return rows_ < kRows && (rows_ <= 3 || !settled);
}

Direction make_direction(const char* op, std::span<const double> x, std::span<const double> v) {
    check_sizes(op, x.size(), v.size());
    return {x, v, largest_of(op, x), largest_of(op, v)};
}

void move_along(const char* op, const Direction& direction, double s, std::span<double> all) {
    bool moved = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double base = direction.base[i];
        all[i] = base + s * direction.v[i];
        moved = moved || all[i] != base;
        if (!is_finite(all[i])) {
            throw_bad_variable(op, i, all[i]);
        }
    }
    if (!moved) {
        throw_lost_step(op, kScalar, direction.largest_x, magnitude(s), 0x1p-52);
    }
}

void require_plain(const char* op, const GradientOptions& options) {
    if (options.method == DifferenceMethod::kRidders) {
        reject(op, "method must be kForward or a central one", "kRidders");
    }
    if (options.estimate_error) {
        reject(op, "estimate_error must be false", "true");
    }
}

void require_central2(const char* op, const GradientOptions& options) {
    require_plain(op, options);
    if (options.method != DifferenceMethod::kCentral2) {
        reject(op, "method must be kCentral2", "another");
    }
}

}  // namespace thalweg::detail
