// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Second differences along a line: at one step, and for an estimate at half and twice that step.
#include <algorithm>
#include <cmath>

#include "differentiate/over_product.hpp"
#include "thalweg/derivatives.hpp"

namespace thalweg::detail {
namespace {

// Terms of higher order than the one that an estimate sees: half as much again.
constexpr double kSecondSafety = 1.5;

// The steps of an estimate, in units of h.
constexpr double kSteps[] = {1.0, 2.0, 0.5};

}  // namespace

SecondFormula::SecondFormula(const Plan& plan, const Line& line, double value)
    : plan_(plan), value_(value), h_(represented(plan, line.x, line.i)) {
    const double narrow = std::min(line.room.below, line.room.above);
    const double wide = std::max(line.room.below, line.room.above);
    const double most = plan.estimate ? 2.0 : 1.0;
    // One side needs three steps where both need one.
    central_ = narrow >= most * h_ || narrow >= wide / 3.0;
    h_ = std::min(h_, (central_ ? narrow : wide / 3.0) / most);
    if (!(h_ > line.resolution)) {
        throw_no_room(plan, line.i);
    }
    const double side = line.room.above >= line.room.below ? 1.0 : -1.0;
    for (std::size_t k = 0; k < (plan.estimate ? 3U : 1U); ++k) {
        const double h = kSteps[k] * h_;
        if (central_) {
            wanted_[count_++] = h;
            wanted_[count_++] = -h;
        } else {
            for (const double times : {1.0, 2.0, 3.0}) {
                wanted_[count_++] = side * times * h;
            }
        }
    }
}

double SecondFormula::quotient(const double* values, double h) const noexcept {
    if (central_) {
        return over_product((values[0] - value_) + (values[1] - value_), h, h);
    }
    // 2 f(x) - 5 f1 + 4 f2 - f3 of differences to f(x), whose weights sum to 0.
    return over_product(-5.0 * (values[0] - value_) + 4.0 * (values[1] - value_) - (values[2] - value_), h,
                        h);
}

Derivative SecondFormula::result(std::span<const double> values) const noexcept {
    Derivative result;
    result.value = quotient(values.data(), h_);
    result.evaluations = values.size() + 1;
    if (!plan_.estimate) {
        return result;
    }
    double largest = magnitude(value_);
    for (const double value : values) {
        largest = std::max(largest, magnitude(value));
    }
    const std::size_t each = central_ ? 2 : 3;
    const double wide = quotient(values.data() + each, 2.0 * h_);
    const double narrow = quotient(values.data() + 2 * each, 0.5 * h_);
    const double rounding = over_product((central_ ? 4.0 : 12.0) * plan_.rounding(largest), h_, h_);
    // The error falls with h^2: by 3/4 of the change from 2h to h, and a quarter of that from h to h/2.
    const double change = std::fabs(wide - result.value);
    const double smaller = std::fabs(narrow - result.value);
    result.error_estimate = kSecondSafety * change / 3.0 + rounding;
    if (!(smaller <= 0.35 * change + 5.0 * rounding)) {
        result.doubtful = true;
        result.error_estimate = std::max(result.error_estimate, smaller);
    }
    return result;
}

}  // namespace thalweg::detail
