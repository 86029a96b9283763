// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From quotients to a derivative, and what it is worth: stencils, weights, Ridders' table, and the judge that
// compares a result with quotients at much smaller steps.
#include <algorithm>
#include <cmath>
#include <string>

#include "thalweg/finite_differences.hpp"

namespace thalweg::detail {
namespace {

constexpr std::size_t kMaxPairs = 3;

// Row n - 1: what makes f' of the central quotients q(h), q(2h), ..., q(nh) with an error of order h^(2n).
// source: Fornberg 1988, table 1, its weights of f(x + kh) times 2k
constexpr double kWeights[kMaxPairs][kMaxPairs] = {
    {1.0},
    {4.0 / 3.0, -1.0 / 3.0},
    {3.0 / 2.0, -3.0 / 5.0, 1.0 / 10.0},
};

// Terms of higher order than the one that an estimate sees: half as much again.
constexpr double kSafety = 1.5;

// A trial contradicts a result when it is farther off than so many times the noise that f has at that step.
constexpr double kContradiction = 8.0;

// The noise of f is seen in a few values only: the result may have met twice as much.
constexpr double kUnseen = 2.0;

// Ridders' first step may be shortened by bounds to both sides so much before one side is the better choice.
constexpr double kShortest = 0x1p-6;

// The weight of quotient k of [first, last] in what they say about step s: Lagrange's, in s^2 or s.
double lagrange(const Quotients& of, std::size_t first, std::size_t last, std::size_t k, double s) noexcept {
    // In units of a power of two near the steps: no square overflows or vanishes, and no bit changes.
    const double unit = std::ldexp(1.0, -std::max(std::ilogb(of.steps[k]), -1022));
    const auto variable = [&](double step) {
        const double scaled = unit * step;
        return of.central ? scaled * scaled : scaled;
    };
    double weight = 1.0;
    for (std::size_t other = first; other <= last; ++other) {
        if (other != k) {
            weight *= (variable(s) - variable(of.steps[other])) /
                      (variable(of.steps[k]) - variable(of.steps[other]));
        }
    }
    return weight;
}

double predicted(const Quotients& of, std::size_t first, std::size_t last, double s) noexcept {
    double sum = 0.0;
    for (std::size_t k = first; k <= last; ++k) {
        sum += lagrange(of, first, last, k, s) * of.values[k];
    }
    return sum;
}

// How far an error of 1 in each value of f can lead the extrapolation to step 0.
double amplification(const Quotients& of, std::size_t first, std::size_t last) noexcept {
    double sum = 0.0;
    for (std::size_t k = first; k <= last; ++k) {
        sum += magnitude(lagrange(of, first, last, k, 0.0) / of.steps[k]);
    }
    return of.central ? sum : 2.0 * sum;
}

}  // namespace

void throw_no_room(const Plan& plan, std::size_t i) {
    const std::string which = i == kScalar ? "x" : "x[" + std::to_string(i) + "]";
    if (!plan.bounded()) {
        throw DifferenceError(
            std::string(plan.op) + ": " + which + " must be finite, and the step long enough to move it",
            i == kScalar ? 0 : i);
    }
    throw DifferenceError(std::string(plan.op) + ": lower and upper must leave room for a step " +
                              (i == kScalar ? "along v" : "of " + which) + ", found none",
                          i == kScalar ? 0 : i);
}

namespace {

// Where bounds leave no room for a central formula: as many intervals, shifted, steps nearest to x first.
Stencil shifted(const Plan& plan, double h, const Room& room) noexcept {
    const std::size_t intervals = 2 * plan.pairs;
    const auto share = [](double side, std::size_t steps) {
        return steps == 0 ? kUnbounded : side / static_cast<double>(steps);
    };
    // The longest step that fits, and then the most even division.
    std::size_t below = 0;
    double longest = 0.0;
    for (std::size_t k = 0; k <= intervals; ++k) {
        const double fits = std::min({h, share(room.below, k), share(room.above, intervals - k)});
        if (fits > longest || (fits == longest && k <= plan.pairs)) {
            longest = fits;
            below = k;
        }
    }
    h = longest;
    const std::size_t above = intervals - below;
    Stencil stencil{.central = false, .wanted = 2 * plan.order, .count = intervals};
    std::size_t size = 0;
    for (std::size_t k = 1; size < intervals; ++k) {
        if (k <= above) {
            stencil.steps[size++] = static_cast<double>(k) * h;
        }
        if (k <= below) {
            stencil.steps[size++] = -static_cast<double>(k) * h;
        }
    }
    return stencil;
}

Stencil one_sided(const Plan& plan, double h, const Room& room) noexcept {
    const auto count = static_cast<double>(plan.pairs);
    const bool forward = plan.method == DifferenceMethod::kForward;
    const double own = forward ? room.above : room.below;
    const double other = forward ? room.below : room.above;
    const bool flipped = own < count * h && other > own;
    h = std::min(h, std::max(own, other) / count);
    Stencil stencil{.central = false, .wanted = 1, .count = plan.pairs};
    for (std::size_t k = 0; k < plan.pairs; ++k) {
        stencil.steps[k] = static_cast<double>(k + 1) * (forward != flipped ? h : -h);
    }
    return stencil;
}

}  // namespace

Stencil make_stencil(const Plan& plan, double h, const Room& room, std::size_t i) {
    const double narrow = std::min(room.below, room.above);
    const double wide = std::max(room.below, room.above);
    Stencil stencil;
    if (plan.method == DifferenceMethod::kRidders) {
        stencil.central = narrow >= kShortest * std::min(h, wide);
        const double first = std::min(h, stencil.central ? narrow : wide);
        stencil.steps[0] = stencil.central || room.above >= room.below ? first : -first;
    } else if (plan.one_sided()) {
        stencil = one_sided(plan, h, room);
    } else if (narrow >= static_cast<double>(plan.pairs) * h) {
        stencil.wanted = plan.order;
        stencil.count = plan.pairs;
        for (std::size_t k = 0; k < plan.pairs; ++k) {
            stencil.steps[k] = static_cast<double>(k + 1) * h;
        }
    } else if (wide > 0.0) {
        stencil = shifted(plan, h, room);
    }
    if (stencil.steps[0] == 0.0) {
        throw_no_room(plan, i);
    }
    return stencil;
}

double weighted(std::size_t pairs, const double* quotients) noexcept {
    const double* const weights = kWeights[pairs - 1];
    double sum = weights[0] * quotients[0];
    for (std::size_t k = 1; k < pairs; ++k) {
        sum += weights[k] * quotients[k];
    }
    return sum;
}

Combined combine(const Plan& plan, const Stencil& stencil, const Quotients& quotients) noexcept {
    Combined combined;
    Derivative& result = combined.result;
    const std::size_t last = stencil.wanted - 1;
    result.value = stencil.central ? weighted(stencil.wanted, quotients.values)
                                   : (last == 0 ? quotients.values[0] : predicted(quotients, 0, last, 0.0));
    if (plan.estimate) {
        combined.last = quotients.size - 1;
        combined.amplified = amplification(quotients, 0, last);
        result.error_estimate =
            kSafety * std::fabs(result.value - predicted(quotients, 0, combined.last, 0.0)) +
            combined.amplified * plan.rounding(quotients.largest);
    }
    return combined;
}

bool RiddersTable::add(double quotient, double h, double rounding) noexcept {
    // Row by row: entry j has the terms up to h^(2j) removed, of one-sided quotients those up to h^j; last_
    // is the row before.
    double row[kRows];
    row[0] = quotient;
    double power = 1.0;
    // Halving steps weigh the last quotient most, by less than 2 in all.
    const double rounded = 2.0 * rounding / h;
    bool settled = false;
    if (rows_ == 0) {
        // All there is where no second row comes: steps cannot be halved.
        best_ = {{quotient, std::fabs(quotient) + rounded}, 0, 0, 2.0 / h};
    }
    for (int j = 1; j <= rows_; ++j) {
        power *= power_;
        row[j] = (power * row[j - 1] - last_[j - 1]) / (power - 1.0);
        const double truncation = std::max(std::fabs(row[j] - row[j - 1]), std::fabs(row[j] - last_[j - 1]));
        if (rows_ == 1 || truncation + rounded <= best_.result.error_estimate) {
            best_ = {{row[j], truncation + rounded},
                     static_cast<std::size_t>(rows_ - j),
                     static_cast<std::size_t>(rows_),
                     2.0 / h};
        }
        settled = settled || truncation <= rounded;
    }
    std::copy(row, row + rows_ + 1, last_);
    ++rows_;
    // Once rounding wins, smaller steps only lose more. Two rows may agree by accident where the first steps
    // are far too large; that is no end.
    return rows_ < kRows && (rows_ <= 3 || !settled);
}

Trials make_trials(double from, double resolution) noexcept {
    Trials trials;
    // As large as the steps that made the result, so that f has the noise it had there.
    trials.steps[0] = 0.63 * from;
    trials.steps[1] = 0.29 * from;
    constexpr std::size_t kBeside = 2;
    const double last = std::max(resolution, 0x1p-50 * magnitude(from));
    const double ratio = std::pow(last / magnitude(from), 1.0 / (Trials::kCount - kBeside));
    double step = from;
    for (std::size_t k = kBeside; ratio < 0.25 && k < Trials::kCount; ++k) {
        step *= ratio;
        trials.steps[k] = step;
    }
    return trials;
}

Derivative judge(const Plan& plan, const Combined& combined, const Quotients& made_of,
                 const Quotients& trials, double x) noexcept {
    Derivative result = combined.result;
    const double assumed = plan.rounding(trials.largest) + plan.noise * std::fabs(x * result.value);
    const double own = result.error_estimate + combined.amplified * assumed;
    // From the smallest step up: what looks like noise there explains as much, over s, at larger ones. Where
    // f did not move at all, it is rounded to multiples of something.
    double noise = trials.tied && trials.smallest < kUnbounded ? std::max(assumed, trials.smallest) : assumed;
    double contradiction = 0.0;
    for (std::size_t k = trials.size; k-- > 0;) {
        const double s = magnitude(trials.steps[k]);
        const double off =
            std::fabs(trials.values[k] - predicted(made_of, combined.first, combined.last, trials.steps[k]));
        if (!(off <= own + kContradiction * noise / s)) {
            contradiction = std::max(contradiction, off);
            result.doubtful = true;
        }
        noise = std::max(noise, (off - own) * s);
    }
    // The slope changes from one side of x to the other by about s f'': less and less, unless there is a
    // kink.
    double second = 0.0;
    for (std::size_t k = combined.first; k <= combined.last; ++k) {
        second = std::max(second, std::fabs(made_of.turns[k] / made_of.steps[k]));
    }
    for (std::size_t k = 0; k < trials.size; ++k) {
        const double s = magnitude(trials.steps[k]);
        const double turn = std::fabs(trials.turns[k]);
        if (!(turn <= own + 4.0 * second * s + 4.0 * kContradiction * noise / s)) {
            contradiction = std::max(contradiction, turn);
            result.doubtful = true;
        }
        second = std::max(second, turn / s);
    }
    result.error_estimate = std::max(own + kUnseen * combined.amplified * (noise - assumed), contradiction);
    return result;
}

}  // namespace thalweg::detail
