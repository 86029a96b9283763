// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a formula asks, and what it makes of the answers: its quotients, then those that try the result, then,
// where the default step does not fit f, looks from far to near and the quotients once more.
#include <algorithm>
#include <cmath>

#include "thalweg/derivatives.hpp"

namespace thalweg::detail {
namespace {

constexpr int kLooks = 8;

// Slopes of two rungs that differ by less than half of themselves are about the same f.
constexpr double kClean = 0.5;

}  // namespace

double fitting_step(const Plan& plan, std::span<const Rung> rungs, double rounding) noexcept {
    if (rungs.size() < 3) {
        return 0.0;
    }
    // How far neighbours disagree: (k s)^2 / 6 and less at the far rung where f has waves of length 2 pi / k,
    // noise at the near one. Neighbours that agree by accident must not have met more noise before.
    constexpr std::size_t kMostRungs = 16;
    double apart[kMostRungs] = {};
    double size[kMostRungs] = {};
    double noise[kMostRungs] = {};
    std::size_t best = rungs.size() - 3;
    double seen = rounding;
    for (std::size_t j = rungs.size() - 1; j-- > 0;) {
        const Rung& far = rungs[j];
        const Rung& near = rungs[j + 1];
        const double off =
            magnitude(far.slope - near.slope) + near.s * magnitude(far.curvature - near.curvature);
        size[j] = magnitude(near.slope) + near.s * magnitude(near.curvature);
        apart[j] = std::max(off, seen / near.s);
        noise[j] = seen;
        if (j < best && apart[j] * size[best] < apart[best] * size[j]) {
            best = j;
        }
        seen = std::max(seen, 0.25 * off * near.s);
    }
    if (!(size[best] > 0.0)) {
        return 0.0;
    }
    if (apart[best] > kClean * size[best]) {
        return rungs[0].s;
    }
    // 1/k from the farthest rungs that still agree; noise from the near ones.
    std::size_t far = best;
    while (far > 0 && apart[far - 1] < kClean * size[far - 1]) {
        --far;
    }
    const double bend = std::clamp(apart[far] / size[far], 0x1p-20, 1.0);
    // k^2 = 6 bend / s^2, and the noise in units of f's own change, D / k.
    const double k2 = 6.0 * bend / (rungs[far].s * rungs[far].s);
    const double relative =
        std::max(noise[best], 0.25 * apart[best] * rungs[best + 1].s) * std::sqrt(k2) / size[best];
    return std::min(plan.fitting(std::min(relative, 1.0)) / std::sqrt(k2), rungs[0].s);
}

Formula::Formula(const Plan& plan, const Line& line, double value, double h)
    : plan_(plan), line_(line), value_(value), scale_(plan.fixed ? h : h / plan.factor) {
    begin(h);
}

void Formula::begin(double h) {
    h_ = h;
    phase_ = Phase::kQuotients;
    stencil_ = make_stencil(plan_, h, line_.room, line_.i);
    table_ = RiddersTable(stencil_.central);
    made_of_ = {};
    made_of_.central = stencil_.central;
    combined_ = {};
    const std::size_t first = plan_.method == DifferenceMethod::kRidders ? 1 : stencil_.count;
    for (std::size_t k = 0; k < first; ++k) {
        ask(stencil_.steps[k], stencil_.central);
    }
}

void Formula::ask(double s, bool pair) noexcept {
    wanted_[asked_++] = s;
    if (pair) {
        wanted_[asked_++] = -s;
    }
}

void Formula::take(double value) {
    const double s = wanted_[taken_];
    if (!is_finite(value) && !line_.any_value && phase_ != Phase::kAround && phase_ != Phase::kScan) {
        if (line_.i == kScalar) {
            throw_bad_value_along(plan_.op, s, value);
        }
        throw_bad_value(plan_.op, line_.i, line_.x, s, value);
    }
    values_[taken_++] = value;
    ++evaluations_;
    if (taken_ == asked_) {
        advance();
    }
}

void Formula::advance() {
    asked_ = 0;
    taken_ = 0;
    switch (phase_) {
        case Phase::kQuotients:
            return quotients_done();
        case Phase::kTrials:
            return trials_done();
        case Phase::kAround:
            return around_done();
        case Phase::kScan:
            return scan_done();
    }
}

// From the values of +s and -s, or of s alone, that begin at `at`.
double Formula::quotient(Quotients& into, double s, double width, std::size_t at) noexcept {
    const double above = into.seen(values_[at]);
    into.compare(above, value_);
    if (!into.central) {
        into.seen(value_);
        return into.add(s, (above - value_) / line_.reach(plan_, s), 0.0);
    }
    const double below = into.seen(values_[at + 1]);
    into.compare(below, value_);
    into.compare(above, below);
    return into.add(s, (above - below) / width, 2.0 * ((above - value_) - (value_ - below)) / width);
}

void Formula::quotients_done() {
    if (plan_.method == DifferenceMethod::kRidders) {
        const double s = wanted_[0];
        if (table_.add(quotient(made_of_, s, plan_.width(line_.x, s), 0), magnitude(s),
                       plan_.rounding(made_of_.largest)) &&
            0.5 * magnitude(s) > line_.resolution) {
            ask(0.5 * s, stencil_.central);
            return;
        }
        combined_ = table_.best();
    } else {
        for (std::size_t k = 0; k < stencil_.count; ++k) {
            const double s = stencil_.steps[k];
            quotient(made_of_, s, plan_.width(line_.x, s), stencil_.central ? 2 * k : k);
        }
        combined_ = combine(plan_, stencil_, made_of_);
    }
    result_ = combined_.result;
    if (!scanned_ && suspect()) {
        scan();
    } else {
        try_result();
    }
}

void Formula::try_result() {
    if (!plan_.estimate) {
        attempt_done();
        return;
    }
    phase_ = Phase::kTrials;
    trials_ = {};
    trials_.central = made_of_.central;
    trials_.largest = made_of_.largest;
    flat_ = made_of_.flat();
    for (const double s : make_trials(made_of_.steps[combined_.last], line_.resolution).steps) {
        if (!equal(s, 0.0)) {
            ask(s, trials_.central);
        }
    }
}

void Formula::trials_done() {
    std::size_t at = 0;
    for (const double s : make_trials(made_of_.steps[combined_.last], line_.resolution).steps) {
        if (!equal(s, 0.0)) {
            quotient(trials_, s, line_.true_width(s), at);
            at += trials_.central ? 2 : 1;
        }
    }
    result_ = judge(plan_, combined_, made_of_, trials_, line_.x);
    looks_ = 0;
    look_around();
}

// f did not change at all: it is constant, or its steps are wider than ours.
void Formula::look_around() {
    const double s = std::ldexp(made_of_.steps[combined_.last], 3 * (looks_ + 1));
    const double scale = plan_.fixed ? kUnbounded : magnitude(made_of_.steps[combined_.last]) / h_ * scale_;
    if (!flat_ || result_.doubtful || looks_ == kLooks || magnitude(s) > scale || s > line_.room.above ||
        -s > line_.room.below || (trials_.central && s > line_.room.below)) {
        attempt_done();
        return;
    }
    phase_ = Phase::kAround;
    ++looks_;
    ask(s, trials_.central);
}

void Formula::around_done() {
    const double slope = magnitude((values_[0] - (trials_.central ? values_[1] : value_)) / wanted_[0]);
    if (is_finite(slope) && slope > result_.error_estimate) {
        result_.error_estimate = slope;
        result_.doubtful = true;
    }
    look_around();
}

bool Formula::suspect() const noexcept {
    // Ridders' table ends where it is best: it would have gone on.
    if (plan_.method == DifferenceMethod::kRidders) {
        return !plan_.fixed && combined_.last + 1 == Quotients::kMost;
    }
    if (made_of_.central) {
        return plan_.suspect(made_of_.turns[0] * made_of_.steps[0], made_of_.largest);
    }
    if (made_of_.size < 2) {
        return false;
    }
    const double* const s = made_of_.steps;
    const double curvature = 2.0 * (made_of_.values[1] - made_of_.values[0]) / (s[1] - s[0]);
    return plan_.suspect(curvature * s[0] * s[0], made_of_.largest);
}

// The result of one step is known; another is looked for where it is doubtful.
void Formula::attempt_done() {
    const bool searches = !plan_.fixed || plan_.method == DifferenceMethod::kRidders;
    if (!scanned_ && result_.doubtful && searches) {
        best_ = result_;
        scan();
        return;
    }
    best_ = result_;
    best_.evaluations = evaluations_;
}

// Looks from an eighth of what counts as a change of x down to where x does not move.
void Formula::scan() {
    phase_ = Phase::kScan;
    scanned_ = true;
    scan_begins_ = evaluations_;
    double top = plan_.fixed ? scale_ : 0.5 * scale_;
    const double narrow = std::min(line_.room.below, line_.room.above);
    const double wide = std::max(line_.room.below, line_.room.above);
    pair_ = !plan_.one_sided() && narrow >= 0x1p-6 * std::min(top, wide);
    if (pair_) {
        top = std::min(top, narrow);
    } else {
        const bool up = made_of_.steps[0] > 0.0;
        top = std::min(top, up ? line_.room.above : line_.room.below) * (up ? 1.0 : -1.0);
    }
    const double bottom = std::max(2.0 * line_.resolution, 0x1p-52 * magnitude(top));
    const int doublings = std::ilogb(magnitude(top) / bottom);
    const int stride = doublings / static_cast<int>(kRungs) + 1;
    for (int k = 0; k < static_cast<int>(kRungs) && k * stride <= doublings; ++k) {
        const double s = std::ldexp(top, -k * stride);
        ask(s, pair_);
        if (!pair_) {
            ask(0.5 * s, false);
        }
    }
    if (asked_ == 0) {
        scan_done();  // the bounds leave no room to look around
    }
}

void Formula::scan_done() {
    Rung rungs[kRungs];
    std::size_t size = 0;
    double largest = magnitude(value_);
    const std::size_t answers = evaluations_ - scan_begins_;
    for (std::size_t k = 0; k + 1 < answers; k += 2) {
        const double s = wanted_[k];
        const double first = values_[k] - value_;
        const double second = values_[k + 1] - value_;
        Rung& rung = rungs[size];
        rung.s = magnitude(s);
        rung.slope = pair_ ? (first - second) / (2.0 * s) : (4.0 * second - first) / s;
        rung.curvature = pair_ ? (first + second) / (s * s) : 4.0 * (first - 2.0 * second) / (s * s);
        if (is_finite(rung.slope) && is_finite(rung.curvature)) {
            largest = std::max({largest, magnitude(values_[k]), magnitude(values_[k + 1])});
            ++size;
        }
    }
    const double h = fitting_step(plan_, {rungs, size}, plan_.rounding(magnitude(value_)));
    if (h > 0.0 && (h > 2.0 * h_ || h < 0.5 * h_)) {
        begin(h);
    } else if (best_.doubtful) {
        best_.evaluations = evaluations_;
    } else {
        try_result();
    }
}

}  // namespace thalweg::detail
