// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The judge of gradient checks: what a difference is worth, who is wrong, and how to say it.
#include "thalweg/gradient_check.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "differentiate/check_record.hpp"
#include "differentiate/text.hpp"

namespace thalweg {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Inf where anything is not finite, 0 for 0/0: both are exactly zero then.
double relative(double error, double scale) {
    if (error == 0.0) {
        return 0.0;
    }
    const double ratio = error / scale;
    if (std::isnan(ratio)) {
        return kInfinity;
    }
    return ratio;
}

std::string short_text(double value) {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 2).ptr};
}

}  // namespace

const char* name(GradientVerdict verdict) noexcept {
    switch (verdict) {
        case GradientVerdict::kAgrees:
            return "agrees";
        case GradientVerdict::kDiffers:
            return "differs";
        default:
            return "doubtful";
    }
}

std::string GradientCheck::message() const {
    const char* const unit = along_directions ? "direction" : "entry";
    const std::string count = std::to_string(checked) +
                              (along_directions ? " direction" : (checked == 1 ? " entry" : " entries")) +
                              (along_directions && checked != 1 ? "s" : "");
    std::string text = std::string(name(verdict)) + ": " + count + " checked";
    if (checked == 0) {
        return text;
    }
    text += verdict == GradientVerdict::kDoubtful ? ", least certain " : ", worst ";
    text += std::string(unit) + " " + std::to_string(worst) + ": analytic " + detail::number_text(analytic) +
            ", difference " + detail::number_text(difference) + ", relative error " +
            short_text(relative_error) + ", tolerance " + detail::number_text(tolerance);
    if (failing.size() > 1) {
        text += "; " + std::to_string(failing.size()) + " do not agree";
    }
    if (verdict == GradientVerdict::kDoubtful) {
        text += "; the difference itself may be off by " + short_text(difference_error) +
                ": try another h or a larger tolerance, or is there a kink?";
    }
    return text;
}

namespace detail {

Judged judge(const double (&f)[5], double width, double width2, double rounding) noexcept {
    const double quotient = (f[3] - f[1]) / width;
    const double wide = (f[4] - f[0]) / width2;
    // How much the slope changes from one side of x to the other: h f'' where f is smooth, half of that
    // at h than at 2h; the same at both where there is a kink.
    const double turn = ((f[3] - f[2]) - (f[2] - f[1])) / (0.5 * width);
    const double wide_turn = ((f[4] - f[2]) - (f[2] - f[0])) / (0.5 * width2);
    return {quotient, std::fabs(quotient - wide) + std::fabs(turn - 0.5 * wide_turn) + rounding};
}

CheckRecord::CheckRecord(const CheckOptions& options, double least_scale) noexcept
    : least_scale_(least_scale) {
    result.tolerance = options.tolerance;
    result.along_directions = options.directions > 0;
}

Weighed CheckRecord::weigh(double analytic, const Judged& judged) const noexcept {
    const double scale = std::max({std::fabs(analytic), std::fabs(judged.difference), least_scale_});
    Weighed weighed{GradientVerdict::kDoubtful, relative(std::fabs(analytic - judged.difference), scale),
                    std::isfinite(analytic) ? relative(judged.error, scale) : 0.0};
    if (weighed.error > result.tolerance + weighed.doubt) {
        weighed.verdict = GradientVerdict::kDiffers;
    } else if (weighed.error <= result.tolerance && weighed.doubt <= result.tolerance) {
        weighed.verdict = GradientVerdict::kAgrees;
    }
    return weighed;
}

void CheckRecord::add(std::size_t index, double analytic, const Judged& judged) {
    const auto [verdict, error, doubt] = weigh(analytic, judged);
    const double rank = verdict == GradientVerdict::kDoubtful ? doubt : error;
    // A wrong entry outweighs every doubtful one, and that every right one.
    const auto weight = [](GradientVerdict v) {
        return v == GradientVerdict::kDiffers ? 2 : (v == GradientVerdict::kDoubtful ? 1 : 0);
    };
    const int mine = weight(verdict);
    const int before = weight(result.verdict);
    ++result.checked;
    if (verdict != GradientVerdict::kAgrees) {
        result.failing.push_back({index, verdict, analytic, judged.difference, error, doubt});
    }
    if (mine > before || (mine == before && rank > rank_)) {
        rank_ = rank;
        result.verdict = verdict;
        result.worst = index;
        result.analytic = analytic;
        result.difference = judged.difference;
        result.relative_error = error;
        result.difference_error = doubt;
    }
}

Plan check_plan(const char* op, const CheckOptions& options, std::span<const double> x, Grain grain) {
    const auto positive = [op](const char* what, double value, bool zero) {
        if (!(value > 0.0 || (zero && value == 0.0)) || !std::isfinite(value)) {
            throw std::invalid_argument(std::string(op) + ": " + what + " must be finite and " +
                                        (zero ? "not below 0" : "above 0") + ", found " + number_text(value));
        }
    };
    positive("tolerance", options.tolerance, false);
    positive("floor", options.floor, true);
    GradientOptions plain;
    plain.h = options.h;
    plain.typical = options.typical;
    plain.noise = options.noise;
    plain.threads = options.threads;
    plain.lower = options.lower;
    plain.upper = options.upper;
    plain.h_each = options.h_each;
    plain.typical_each = options.typical_each;
    return make_plan(op, plain, x, grain);
}

void check_analytic_size(const char* op, std::size_t size, std::size_t analytic_size) {
    if (size != analytic_size) {
        throw ShapeError(std::string(op) + ": analytic must have one entry for each of the " +
                         std::to_string(size) + " variables of x, found " + std::to_string(analytic_size));
    }
}

void check_analytic_shape(const char* op, std::size_t size, std::size_t cols) {
    if (size != cols) {
        throw ShapeError(std::string(op) + ": analytic must have one column for each of the " +
                         std::to_string(size) + " variables of x, found " + std::to_string(cols));
    }
}

void require_entries(const char* op, const CheckOptions& options) {
    if (options.directions != 0) {
        throw std::invalid_argument(std::string(op) + ": directions must be 0, found " +
                                    std::to_string(options.directions));
    }
}

double largest_entry(std::span<const double> analytic) noexcept {
    double largest = 0.0;
    for (const double value : analytic) {
        if (std::isfinite(value)) {
            largest = std::max(largest, std::fabs(value));
        }
    }
    return largest;
}

double root_mean_square(std::span<const double> analytic) noexcept {
    // In units of a power of two near the largest: no square overflows or vanishes.
    const double largest = largest_entry(analytic);
    const int exponent = largest > 0.0 ? std::ilogb(largest) : 0;
    double square = 0.0;
    for (const double value : analytic) {
        const double scaled = std::ldexp(value, -exponent);
        square += scaled * scaled;
    }
    return std::isfinite(square)
               ? std::ldexp(std::sqrt(square / static_cast<double>(analytic.size())), exponent)
               : 0.0;
}

double sum_of_products(std::span<const double> a, std::span<const double> b) noexcept {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double sum_of_magnitudes(std::span<const double> a, std::span<const double> b) noexcept {
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += std::fabs(a[i] * b[i]);
    }
    return sum;
}

std::vector<std::size_t> chosen_entries(const CheckOptions& options, std::size_t size) {
    std::vector<std::size_t> chosen(size);
    if (options.entries == 0 || options.entries >= size) {
        std::iota(chosen.begin(), chosen.end(), std::size_t{0});
        return chosen;
    }
    Rng rng(options.seed);
    chosen = rng.choice(size, options.entries);
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    return chosen;
}

Directions::Directions(std::uint32_t seed, std::size_t size) : rng_(seed), v_(size) {}

std::span<const double> Directions::next() {
    double square = 0.0;
    while (square == 0.0) {
        for (double& value : v_) {
            value = rng_.randn();
            square += value * value;
        }
    }
    for (double& value : v_) {
        value /= std::sqrt(square);
    }
    return v_;
}

}  // namespace detail
}  // namespace thalweg
