// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From quotients along a line to a derivative and its estimate: a plan for all variables, the steps of a
// formula, and what much shorter steps say about its result. In which order it asks for them: formula.hpp.
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

template <class Number>
constexpr Grain grain_of_number() {
    if constexpr (std::is_integral_v<Number>) {
        return Grain::kWhole;
    } else if constexpr (std::is_same_v<Number, float>) {
        return Grain::kFloat;
    } else {
        return Grain::kDouble;
    }
}
template <class Function, class Point>
constexpr Grain grain_of() {
    if constexpr (kIsBlock<std::remove_cvref_t<Function>>) {
        return Grain::kDouble;
    } else {
        return grain_of_number<ResultOf<Function, Point>>();
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
    std::span<const double> h_each;
    std::span<const double> typical_each;
    double bend = 0.0;  // see suspect; 0: nothing is

    // Whether f bends more over the step than one of this length may see, turn = f(x+h) - 2 f(x) + f(x-h):
    // the step is too long, or f has noise that the step is too short for.
    bool suspect(double turn, double largest) const noexcept {
        return bend > 0.0 && magnitude(turn) > bend * largest;
    }
    // The balanced step, of an f of length 1 with so much noise.
    double fitting(double relative_noise) const noexcept;
    double step(double x, std::size_t i) const noexcept {
        if (fixed) {
            return h_each.empty() ? h : h_each[i];
        }
        const double least = typical_each.empty() ? typical : typical_each[i];
        return factor * (magnitude(x) > least ? magnitude(x) : least);
    }
    // The distance between x + s and x - s: as rounded for relative steps, the book's 2h for a fixed one.
    double width(double x, double s) const noexcept { return fixed ? 2.0 * s : (x + s) - (x - s); }
    bool one_sided() const noexcept {
        return method == DifferenceMethod::kForward || method == DifferenceMethod::kBackward;
    }
    bool bounded() const noexcept { return !lower.empty() || !upper.empty(); }
    // Whether nothing is asked but the entries themselves. kRidders always estimates.
    bool plain() const noexcept { return !estimate && !bounded(); }
    std::size_t plain_evaluations() const noexcept { return one_sided() ? 1 : 2 * order; }
    // Whether a formula has a use for f(x) itself.
    bool needs_value() const noexcept { return one_sided() || bounded(); }
    bool looks_at_value() const noexcept { return needs_value() || estimate || bend > 0.0; }
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
[[noreturn]] void throw_no_room(const Plan& plan, std::size_t i);
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

}  // namespace detail

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/formula.hpp"  // and, at its end, f along a variable, which needs all of the above
