// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From quotients along a line to a derivative and its estimate: a plan for all variables, the steps of a
// formula, and what much shorter steps say about its result.
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/differentiate.hpp"
#include "thalweg/finite_differences.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

inline constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// What f's result can hold.
enum class Grain { kDouble, kFloat, kWhole };

template <class Function, class Point>
constexpr Grain grain_of() {
    using Returned = ResultOf<Function, Point>;
    if constexpr (std::is_integral_v<Returned>) {
        return Grain::kWhole;
    } else if constexpr (std::is_same_v<Returned, float>) {
        return Grain::kFloat;
    } else {
        return Grain::kDouble;
    }
}

// How far f may be asked to either side of x.
struct Room {
    double below;
    double above;
};

// What is the same for all variables.
struct Plan {
    const char* op;
    DifferenceMethod method;
    bool estimate;
    bool fixed;
    double h;       // the fixed step
    double factor;  // or this times max(|x|, typical)
    double typical;
    double noise;
    double least_noise;  // however small |f| is: 1 where f returns whole numbers
    std::size_t order;   // quotients of the formula: at h, ..., order * h
    std::size_t pairs;   // and those for the estimate as well
    std::span<const double> lower;
    std::span<const double> upper;

    double step(double x) const noexcept {
        return fixed ? h : factor * (magnitude(x) > typical ? magnitude(x) : typical);
    }
    // The distance between x + s and x - s: as rounded for relative steps, the book's 2h for a fixed one.
    double width(double x, double s) const noexcept { return fixed ? 2.0 * s : (x + s) - (x - s); }
    bool one_sided() const noexcept {
        return method == DifferenceMethod::kForward || method == DifferenceMethod::kBackward;
    }
    bool bounded() const noexcept { return !lower.empty() || !upper.empty(); }
    // Whether nothing is asked but the entries themselves. kRidders always estimates.
    bool plain() const noexcept { return !estimate && !bounded(); }
    // Whether a formula has a use for f(x) itself.
    bool needs_value() const noexcept { return one_sided() || bounded(); }
    double rounding(double largest) const noexcept {
        return noise * largest > least_noise ? noise * largest : least_noise;
    }
};

/// throws   std::invalid_argument for h, typical, noise, threads, or bounds that x is not within
Plan make_plan(const char* op, const GradientOptions& options, std::span<const double> x, Grain grain);
// Second differences: the balance is at the fourth root of the noise.
Plan make_second_plan(const char* op, const GradientOptions& options, std::span<const double> x, Grain grain);

// The steps of a formula. Its quotients, central ones or those of f(x + s) and f(x), extrapolated in s^2 or s
// to s = 0, are the derivative.
struct Stencil {
    static constexpr std::size_t kMost = 10;
    bool central = true;
    std::size_t wanted = 1;    // quotients that make the result
    std::size_t count = 1;     // and its estimate; Ridders' table takes as many as it likes
    double steps[kMost] = {};  // nearest to x first; Ridders: the first and largest
};
/// throws   DifferenceError when the bounds leave no room
Stencil make_stencil(const Plan& plan, double h, const Room& room, std::size_t i);

// Quotients in the order of their steps, and what f was where they come from.
struct Quotients {
    static constexpr std::size_t kMost = Stencil::kMost;
    bool central = true;
    std::size_t size = 0;
    double steps[kMost] = {};
    double values[kMost] = {};
    double turns[kMost] = {};      // change of slope from one side of x to the other
    double largest = 0.0;          // of |f|
    double smallest = kUnbounded;  // change of f that is not 0
    bool tied = false;             // whether f(x + s) was f(x - s), and f(x), for some step
    std::size_t evaluations = 0;

    double seen(double value) noexcept {
        largest = magnitude(value) > largest ? magnitude(value) : largest;
        ++evaluations;
        return value;
    }
    bool flat() const noexcept {
        for (std::size_t k = 0; k < size; ++k) {
            if (!equal(values[k], 0.0) || !equal(turns[k], 0.0)) {
                return false;
            }
        }
        return true;
    }
    void compare(double a, double b) noexcept {
        const double change = magnitude(a - b);
        smallest = change > 0.0 && change < smallest ? change : smallest;
    }
    double add(double step, double value, double turn) noexcept {
        tied = tied || (equal(value, 0.0) && equal(turn, 0.0));
        steps[size] = step;
        turns[size] = turn;
        return values[size++] = value;
    }
};

// A result, the rows of quotients that made it, and how much of an error of f it keeps.
struct Combined {
    Derivative result{};
    std::size_t first = 0;
    std::size_t last = 0;
    double amplified = 0.0;
};
// The estimate: what the next order changes, and rounding. All but Ridders.
Combined combine(const Plan& plan, const Stencil& stencil, const Quotients& quotients) noexcept;

// The central quotients at h, 2h, ... combined.
double weighted(std::size_t pairs, const double* quotients) noexcept;

// Neville's table of Ridders' method: quotients with steps h, h/2, h/4, ...
class RiddersTable {
public:
    explicit RiddersTable(bool central) noexcept : power_(central ? 4.0 : 2.0) {}
    // True while a smaller step may help.
    bool add(double quotient, double h, double rounding) noexcept;
    const Combined& best() const noexcept { return best_; }

private:
    static constexpr int kRows = static_cast<int>(Stencil::kMost);
    double power_;
    double last_[kRows] = {};
    int rows_ = 0;
    Combined best_{};
};

// Steps that a result is tried with: two beside those that made it, others down to where x does not move.
struct Trials {
    static constexpr std::size_t kCount = 9;
    double steps[kCount] = {};
};
Trials make_trials(double from, double resolution) noexcept;
// The result with an estimate that the trials bear out, or with doubt. x: for what its rounding does to f.
Derivative judge(const Plan& plan, const Combined& combined, const Quotients& made_of,
                 const Quotients& trials, double x) noexcept;

// The derivative of g at 0: at(s) = f(x + s), value() = f(x); see VariableLine.
template <class Line>
class Differences {
public:
    Differences(const Plan& plan, Line& line) : plan_(plan), line_(line) {}

    Derivative derivative(double h) {
        Derivative best = once(h);
        // Ridders' table begins with a step that need not fit: it looks for one.
        for (int k = 0; best.doubtful && plan_.method == DifferenceMethod::kRidders && k < kMoreTables; ++k) {
            h *= 0x1p-10;
            if (h <= line_.resolution()) {
                break;
            }
            const std::size_t evaluations = best.evaluations;
            const Derivative next = once(h);
            if (!flat_ && !next.doubtful && next.error_estimate < kThreeDigits * magnitude(next.value) &&
                magnitude(next.value - best.value) > 10.0 * next.error_estimate) {
                best = next;
            }
            best.evaluations = evaluations + next.evaluations;
        }
        return best;
    }

private:
    static constexpr int kMoreTables = 3;
    static constexpr int kLooks = 8;
    static constexpr double kThreeDigits = 1e-3;

    Derivative once(double h) {
        const Stencil stencil = make_stencil(plan_, h, line_.room(), line_.variable());
        Quotients made_of;
        made_of.central = stencil.central;
        Combined combined;
        if (plan_.method == DifferenceMethod::kRidders) {
            RiddersTable table(stencil.central);
            double s = stencil.steps[0];
            while (table.add(quotient(made_of, s, line_.width(s)), magnitude(s),
                             plan_.rounding(made_of.largest)) &&
                   0.5 * magnitude(s) > line_.resolution()) {
                s *= 0.5;
            }
            combined = table.best();
        } else {
            for (std::size_t k = 0; k < stencil.count; ++k) {
                quotient(made_of, stencil.steps[k], line_.width(stencil.steps[k]));
            }
            combined = combine(plan_, stencil, made_of);
        }
        if (!plan_.estimate) {
            combined.result.evaluations = made_of.evaluations;
            return combined.result;
        }
        return tried(combined, made_of);
    }

    Derivative tried(const Combined& combined, const Quotients& made_of) {
        const double nearest = made_of.steps[combined.last];
        Quotients trials;
        trials.central = made_of.central;
        trials.largest = made_of.largest;
        flat_ = made_of.flat();
        for (const double s : make_trials(nearest, line_.resolution()).steps) {
            if (!equal(s, 0.0)) {
                quotient(trials, s, line_.true_width(s));
            }
        }
        Derivative result = judge(plan_, combined, made_of, trials, line_.position());
        if (flat_ && !result.doubtful) {
            look_around(nearest, result, trials);
        }
        result.evaluations = made_of.evaluations + trials.evaluations;
        return result;
    }

    // f did not change at all: it is constant, or its steps are wider than ours.
    void look_around(double nearest, Derivative& result, Quotients& trials) {
        const Room room = line_.room();
        const double scale = plan_.fixed ? kUnbounded : magnitude(nearest) / plan_.factor;
        double s = nearest;
        for (int k = 0; k < kLooks && !result.doubtful; ++k) {
            s *= 8.0;
            if (magnitude(s) > scale || s > room.above || -s > room.below ||
                (trials.central && s > room.below)) {
                break;
            }
            const double above = line_.look(s);
            const double below = trials.central ? line_.look(-s) : line_.value();
            trials.evaluations += trials.central ? 2 : 1;
            const double slope = magnitude((above - below) / s);
            if (is_finite(slope) && slope > result.error_estimate) {
                result.error_estimate = slope;
                result.doubtful = true;
            }
        }
    }

    double quotient(Quotients& into, double s, double width) {
        const double value = line_.value();
        const double above = into.seen(line_.at(s));
        into.compare(above, value);
        if (!into.central) {
            into.seen(value);
            --into.evaluations;
            return into.add(s, (above - value) / line_.reach(s), 0.0);
        }
        const double below = into.seen(line_.at(-s));
        into.compare(below, value);
        into.compare(above, below);
        return into.add(s, (above - below) / width, 2.0 * ((above - value) - (value - below)) / width);
    }

    const Plan& plan_;
    Line& line_;
    bool flat_ = false;  // the last result: f was the same everywhere
};
template <class Line>
Differences(const Plan&, Line&) -> Differences<Line>;

}  // namespace detail

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/finite_differences.hpp"  // f along a variable, which needs all of the above
