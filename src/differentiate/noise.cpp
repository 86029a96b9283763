// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The noise of a function from differences of its values: More and Wild's table, and which spacing to try.
#include "thalweg/noise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "differentiate/seam/columns.hpp"
#include "differentiate/text.hpp"
#include "thalweg/random.hpp"

namespace thalweg::detail {
namespace {

constexpr int kTries = 4;
constexpr double kFirstSpacing = 0x1p-30;
constexpr double kChange = 0x1p7;  // of the spacing, from try to try

// More and Wild: values that differ by so much are not near each other; levels of three orders that differ by
// less than this are the noise's.
constexpr double kNear = 0.1;
constexpr double kAgree = 4.0;

// What makes two calls want other points; the seed and the typical size are in the direction.
std::string noise_text(const NoiseOptions& options, const Direction& direction) {
    return std::to_string(options.points) + " points, spacing " +
           (options.spacing.has_value() ? number_text(*options.spacing) : "searched") + ", along " +
           fingerprint(direction.v) + ", lower " + fingerprint(options.lower) + ", upper " +
           fingerprint(options.upper);
}

}  // namespace

Plan noise_plan(const char* op, const NoiseOptions& options, std::span<const double> x) {
    if (options.spacing.has_value() && (!(*options.spacing > 0.0) || !is_finite(*options.spacing))) {
        throw std::invalid_argument(std::string(op) + ": spacing must be finite and above 0, found " +
                                    number_text(*options.spacing));
    }
    if (options.points < 4 || options.points > NoiseSearch::kMost) {
        throw std::invalid_argument(std::string(op) + ": points must be from 4 to " +
                                    std::to_string(NoiseSearch::kMost) + ", found " +
                                    std::to_string(options.points));
    }
    if (x.empty()) {
        throw ShapeError(std::string(op) + ": x must have a variable, found none");
    }
    GradientOptions plain;
    plain.typical = options.typical;
    plain.lower = options.lower;
    plain.upper = options.upper;
    plain.threads = options.threads;
    return make_plan(op, plain, x, Grain::kDouble);
}

std::vector<double> noise_direction(const Plan& plan, const NoiseOptions& options,
                                    std::span<const double> x) {
    Rng rng(options.seed);
    std::vector<double> v(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Room room = Place(plan, i, x[i]).room();
        const bool up = room.above > room.below || (room.above >= room.below && rng.randn() > 0.0);
        v[i] = std::max(magnitude(x[i]), plan.typical) * (up ? 1.0 : -1.0);
    }
    return v;
}

NoiseSearch::NoiseSearch(const NoiseOptions& options, double room) noexcept
    : points_(options.points),
      fixed_(options.spacing.has_value()),
      spacing_(options.spacing.value_or(kFirstSpacing)),
      most_(room / static_cast<double>(options.points)) {
    ask();
}

void NoiseSearch::ask() noexcept {
    spacing_ = std::min(spacing_, most_);
    for (std::size_t k = 0; k < points_; ++k) {
        wanted_[k] = static_cast<double>(k + 1) * spacing_;
    }
    count_ = points_;
    ++tries_;
}

void NoiseSearch::take(std::span<const double> values) noexcept {
    result_.evaluations += values.size();
    result_.spacing = spacing_;
    const Said said = table(values);
    count_ = 0;
    if (said == Said::kFound || fixed_ || tries_ == kTries) {
        return;
    }
    spacing_ = said == Said::kTooShort ? spacing_ * kChange : spacing_ / kChange;
    ask();
}

// Differences of order k of noise alone have the variance (2k)! / k!^2 times its own.
NoiseSearch::Said NoiseSearch::table(std::span<const double> values) noexcept {
    double row[kMost] = {};
    double levels[kMost] = {};
    bool crossing[kMost] = {};
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    const double largest = std::max(magnitude(*least), magnitude(*most));
    // In units of a power of two near the largest: squares of the differences neither overflow nor vanish.
    const int exponent = largest > 0.0 ? std::ilogb(largest) : 0;
    std::transform(values.begin(), values.end(), row,
                   [exponent](double value) { return std::ldexp(value, -exponent); });
    double gamma = 1.0;
    for (std::size_t k = 1; k < points_; ++k) {
        const std::size_t size = points_ - k;
        std::size_t same = 0;
        double squares = 0.0;
        for (std::size_t i = 0; i < size; ++i) {
            row[i] = row[i + 1] - row[i];
            same += row[i] == 0.0 ? 1 : 0;
            squares += row[i] * row[i];
        }
        if (k == 1 && 2 * same >= points_) {
            return Said::kTooShort;
        }
        gamma *= 0.5 * static_cast<double>(k) / static_cast<double>(2 * k - 1);
        levels[k] = std::sqrt(gamma * squares / static_cast<double>(size));
        const auto [low, high] = std::minmax_element(row, row + size);
        crossing[k] = *low < 0.0 && *high > 0.0;
    }
    for (std::size_t k = 1; k + 2 < points_; ++k) {
        const auto [low, high] = std::minmax_element(levels + k, levels + k + 3);
        if (*most - *least <= kNear * largest && crossing[k] && *high <= kAgree * *low) {
            result_.noise = std::ldexp(levels[k], exponent);
            result_.relative = std::clamp(result_.noise / largest, 0x1p-52, 0.5);
            result_.found = true;
            return Said::kFound;
        }
    }
    return Said::kTooLong;
}

NoiseEstimate noise_in_rounds(const Plan& plan, const NoiseOptions& options, const Direction& direction,
                              PointCaller& caller) {
    const std::size_t n = direction.base.size();
    Seam seam({plan.op, 1, options.threads, options.evaluations, noise_text(options, direction)},
              direction.base, caller);
    NoiseSearch search(options, room_along(plan, direction).above);
    std::vector<std::uint32_t> all(n);
    std::iota(all.begin(), all.end(), 0U);
    Points points{direction.base};
    double values[NoiseSearch::kMost];
    State states[NoiseSearch::kMost];
    while (!search.wanted().empty()) {
        const std::size_t count = search.wanted().size();
        points.clear();
        for (const double s : search.wanted()) {
            points.begin(all.data(), n);
            points.to.resize(points.to.size() + n);
            move_along(plan, direction, s, std::span(points.to).last(n));
        }
        seam.expect(seam.evaluations() + count);
        seam.evaluate(points, std::span(values, count), std::span(states, count));
        const bool throws = seam.on_failure() == OnFailure::kThrow;
        if (seam.failure() && throws) {
            std::rethrow_exception(seam.failure());
        }
        for (std::size_t k = 0; k < count; ++k) {
            if (throws && !is_finite(values[k])) {
                throw_bad_value_along(plan.op, search.wanted()[k], values[k]);
            }
            if (states[k] != State::kDone || !is_finite(values[k])) {
                return {.noise = kSkipped, .evaluations = seam.evaluations()};
            }
        }
        search.take({values, count});
    }
    return search.result();
}

}  // namespace thalweg::detail
