// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A derivative as questions and answers: a Formula says where along a line it wants f, takes the values, and
// knows the result in the end. Who calls f, in which order and on which thread, is not its business.
#pragma once

#include <cstddef>
#include <span>

#include "thalweg/abi.hpp"
#include "thalweg/detail/estimates.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

// A line through x, one variable or a direction: f(x + s) stands for f there.
struct Line {
    std::size_t i;  // the variable; kScalar along a direction
    double x;       // 0 along a direction: rounding of x + s v has no sign, what it does to f is noise
    double lower = -kUnbounded;
    double upper = kUnbounded;
    Room room{kUnbounded, kUnbounded};
    double resolution = 0.0;  // no step is shorter
    bool any_value = false;   // whether f need not be finite

    // What x moves by for x + s: a fixed step counts as it is, as in the book.
    double reach(const Plan& plan, double s) const noexcept {
        const double to = x + s;
        return to < lower ? lower - x : (to > upper ? upper - x : (plan.fixed ? s : to - x));
    }
    // What x really moves by between x - s and x + s, also where a fixed step divides by 2h.
    double true_width(double s) const noexcept { return (x + s) - (x - s); }
};

// How f looks from so far away: its slope, and how that changes.
struct Rung {
    double s = 0.0;
    double slope = 0.0;
    double curvature = 0.0;
};

// The derivative of f along a line at s = 0.
class Formula {
public:
    // value: f(x), for formulas or options that need it; else anything.
    /// throws   DifferenceError when the bounds leave no room
    Formula(const Plan& plan, const Line& line, double value, double h);

    // The steps s for which f(x + s) is wanted now, in this order; empty: result() is ready.
    std::span<const double> wanted() const noexcept { return {wanted_ + taken_, asked_ - taken_}; }
    // f(x + s) for the first of the wanted steps. After the last of them others may be wanted.
    /// throws   DifferenceError when the value is not finite
    void take(double value);
    const Derivative& result() const noexcept { return best_; }

private:
    static constexpr std::size_t kMost = 26;
    static constexpr std::size_t kRungs = kMost / 2;
    enum class Phase { kQuotients, kTrials, kAround, kScan };

    void begin(double h);
    void ask(double s, bool pair) noexcept;
    void advance();
    double quotient(Quotients& into, double s, double width, std::size_t at) noexcept;
    void quotients_done();
    void try_result();
    void trials_done();
    void look_around();
    void around_done();
    void attempt_done();
    bool suspect() const noexcept;
    void scan();
    void scan_done();

    const Plan& plan_;
    Line line_;
    double value_;
    double scale_;  // what counts as a change of x
    double h_ = 0.0;
    Phase phase_ = Phase::kQuotients;
    bool scanned_ = false;
    bool pair_ = false;  // whether the scan has both sides
    std::size_t scan_begins_ = 0;
    bool flat_ = false;  // the last result: f was the same everywhere
    int looks_ = 0;
    std::size_t asked_ = 0;
    std::size_t taken_ = 0;
    double wanted_[kMost] = {};
    double values_[kMost] = {};
    Stencil stencil_{};
    RiddersTable table_{true};
    Quotients made_of_{};
    Quotients trials_{};
    Combined combined_{};
    Derivative result_{};  // of this attempt
    Derivative best_{};
    std::size_t evaluations_ = 0;
};

// The step of the method that f's looks from far to near, descending, ask for; 0 where they say nothing.
double fitting_step(const Plan& plan, std::span<const Rung> rungs, double rounding) noexcept;

// Asks f for what the formula wants: at(s) is f(x + s).
template <class Function>
Derivative answered(Formula formula, Function&& at) {
    while (!formula.wanted().empty()) {
        formula.take(static_cast<double>(at(formula.wanted().front())));
    }
    return formula.result();
}

}  // namespace detail

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/finite_differences.hpp"  // f along a variable, which needs all of the above
