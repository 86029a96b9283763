// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the options of finite differences mean: steps that balance truncation and rounding, bounds, lines.
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

void check_each(const char* op, const char* what, std::span<const double> each, std::size_t size) {
    if (!each.empty() && each.size() != size) {
        throw ShapeError(std::string(op) + ": " + what + " must be empty or as long as x, which has " +
                         std::to_string(size) + ", found " + std::to_string(each.size()));
    }
    for (std::size_t i = 0; i < each.size(); ++i) {
        if (!(each[i] > 0.0) || !is_finite(each[i])) {
            reject(op, (std::string(what) + "[" + std::to_string(i) + "] must be finite and above 0").c_str(),
                   number_text(each[i]));
        }
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

void check_bounds(const char* op, const GradientOptions& options, std::span<const double> x) {
    for (const std::span<const double> bound : {options.lower, options.upper}) {
        if (!bound.empty() && bound.size() != x.size()) {
            throw ShapeError(std::string(op) + ": lower and upper must be empty or as long as x, which has " +
                             std::to_string(x.size()) + ", found " + std::to_string(bound.size()));
        }
    }
    const bool bounded = !options.lower.empty() || !options.upper.empty();
    for (std::size_t i = 0; bounded && i < x.size(); ++i) {
        const bool above = options.lower.empty() || x[i] >= options.lower[i];
        const bool below = options.upper.empty() || x[i] <= options.upper[i];
        if (!above || !below) {
            const std::string at = "[" + std::to_string(i) + "]";
            throw DifferenceError(
                std::string(op) + ": x" + at + " must be " +
                    (above ? "at most upper" + at + " = " + number_text(options.upper[i])
                           : "at least lower" + at + " = " + number_text(options.lower[i])) +
                    ", found " + number_text(x[i]),
                i);
        }
    }
}

// Where d/dh (truncation + rounding) = 0 for |f| and all derivatives of size 1; truncation as
// DifferenceMethod says; rounding is noise / h times the sum of |weight k| / k, 2 noise / h for one side.
double balanced_step(DifferenceMethod method, double noise) noexcept {
    switch (method) {
        case DifferenceMethod::kForward:
        case DifferenceMethod::kBackward:
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

// A step too long by this factor loses two digits of what the best one has; so does one too short for the
// noise that bends f as much.
double tolerated(DifferenceMethod method) noexcept {
    switch (method) {
        case DifferenceMethod::kForward:
        case DifferenceMethod::kBackward:
            return 50.0;
        case DifferenceMethod::kCentral2:
            return 2.5;
        case DifferenceMethod::kCentral4:
            return 2.0;
        case DifferenceMethod::kCentral6:
            return 1.5;
        default:
            return 0.0;
    }
}

double largest_of(const char* op, const char* name, std::span<const double> values) {
    double largest = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!is_finite(values[i])) {
            throw DifferenceError(std::string(op) + ": " + name + "[" + std::to_string(i) +
                                      "] must be finite, found " + number_text(values[i]),
                                  i);
        }
        largest = std::max(largest, magnitude(values[i]));
    }
    return largest;
}

}  // namespace

Plan make_plan(const char* op, const GradientOptions& options, std::span<const double> x, Grain grain) {
    check(op, options);
    check_bounds(op, options, x);
    check_each(op, "h_each", options.h_each, x.size());
    check_each(op, "typical_each", options.typical_each, x.size());
    const bool fixed = options.h.has_value() || !options.h_each.empty();
    const bool ridders = options.method == DifferenceMethod::kRidders;
    const bool estimate = options.estimate_error || ridders;
    const std::size_t order = order_pairs(options.method);
    const double noise = grain == Grain::kFloat ? std::max(options.noise, 0x1p-23) : options.noise;
    const double factor = balanced_step(options.method, noise);
    const double most = fixed ? 0.0 : tolerated(options.method) * factor;
    return {.op = op,
            .method = options.method,
            .estimate = estimate,
            .fixed = fixed,
            .h = options.h.value_or(0.0),
            .factor = factor,
            .typical = options.typical,
            .noise = noise,
            .least_noise = grain == Grain::kWhole ? 1.0 : 0.0,
            .order = order,
            .pairs = order + (estimate && !ridders ? 1 : 0),
            .lower = options.lower,
            .upper = options.upper,
            .h_each = options.h_each,
            .typical_each = options.typical_each,
            .bend = most * most};
}

double Plan::fitting(double relative_noise) const noexcept {
    // Half of the balance: what lies beyond costs the higher orders most.
    return 0.5 * balanced_step(method, relative_noise);
}

Plan make_second_plan(const char* op, const GradientOptions& options, std::span<const double> x,
                      Grain grain) {
    Plan plan = make_plan(op, options, x, grain);
    // h^2/12 + 4 noise / h^2 is least where h^4 = 48 noise.
    plan.factor = std::sqrt(std::sqrt(48.0 * plan.noise));
    return plan;
}

Direction make_direction(const char* op, std::span<const double> x, std::span<const double> v) {
    check_sizes(op, x.size(), v.size());
    return {x, v, largest_of(op, "x", x), largest_of(op, "v", v)};
}

double step_along(const Plan& plan, const Direction& direction) noexcept {
    if (plan.h_each.empty() && plan.typical_each.empty()) {
        return plan.fixed ? plan.h : plan.step(direction.largest_x, 0) / direction.largest_v;
    }
    double least = kUnbounded;
    for (std::size_t i = 0; i < direction.v.size(); ++i) {
        if (direction.v[i] != 0.0) {
            least = std::min(least, plan.step(direction.base[i], i) / magnitude(direction.v[i]));
        }
    }
    return least;
}

Room room_along(const Plan& plan, const Direction& direction) noexcept {
    Room room{kUnbounded, kUnbounded};
    for (std::size_t i = 0; plan.bounded() && i < direction.v.size(); ++i) {
        const double v = direction.v[i];
        if (v == 0.0) {
            continue;
        }
        const Room own = Place(plan, i, direction.base[i]).room();
        room.above = std::min(room.above, (v > 0.0 ? own.above : own.below) / magnitude(v));
        room.below = std::min(room.below, (v > 0.0 ? own.below : own.above) / magnitude(v));
    }
    return room;
}

Line line_along(const Plan& plan, const Direction& direction) noexcept {
    Line line{kScalar, 0.0};
    line.room = room_along(plan, direction);
    line.resolution = 0x1p-48 * direction.largest_x / direction.largest_v;
    return line;
}

void move_along(const Plan& plan, const Direction& direction, double s, std::span<double> all) {
    bool moved = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const double base = direction.base[i];
        const Place place(plan, i, base);
        all[i] = std::clamp(base + s * direction.v[i], place.lower, place.upper);
        moved = moved || all[i] != base;
        if (!is_finite(all[i])) {
            throw DifferenceError(std::string(plan.op) + ": x[" + std::to_string(i) + "] + s v[" +
                                      std::to_string(i) + "] must be finite, found " + number_text(all[i]) +
                                      " at s = " + number_text(s),
                                  i);
        }
    }
    if (!moved) {
        throw DifferenceError(std::string(plan.op) + ": x + s v must differ from x, found s = " +
                                  number_text(s) + ", which is lost in rounding; try " +
                                  suggested_step(direction.largest_x / direction.largest_v, 0x1p-52),
                              0);
    }
}

void require_no_estimate(const char* op, const GradientOptions& options) {
    if (options.estimate_error) {
        reject(op, "estimate_error must be false, where the result has no place for it", "true");
    }
}

void require_central2_only(const char* op, const GradientOptions& options) {
    if (options.method != DifferenceMethod::kCentral2) {
        reject(op, "method must be kCentral2", "another");
    }
}

void require_central2(const char* op, const GradientOptions& options) {
    require_no_estimate(op, options);
    require_central2_only(op, options);
    if (!options.lower.empty() || !options.upper.empty()) {
        reject(op, "lower and upper must be empty", "bounds");
    }
}

}  // namespace thalweg::detail
