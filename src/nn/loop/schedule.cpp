// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "thalweg/schedule.hpp"

#include <algorithm>
#include <numbers>
#include <stdexcept>
#include <string>

#include "core/float_control.hpp"
#include "differentiate/text.hpp"
#include "dispatch/dispatch.hpp"

namespace thalweg {
namespace {

void check_schedule(const Schedule& schedule) {
    const auto expect = [](bool right, const char* what, const char* expected, double found) {
        if (!right) {
            throw std::invalid_argument(std::string("Schedule: ") + what + " must be " + expected +
                                        ", found " + detail::number_text(found));
        }
    };
    expect(schedule.course >= Course::kConstant && schedule.course <= Course::kPlateau, "course",
           "one of the enumerators", static_cast<double>(static_cast<int>(schedule.course)));
    expect(schedule.factor > 0.0 && schedule.factor <= 1.0, "factor", "above 0 and at most 1",
           schedule.factor);
    expect(schedule.every > 0, "every", "at least 1", 0.0);
    expect(schedule.last >= 0.0 && schedule.last <= 1.0, "last", "from 0 to 1", schedule.last);
}

// One product after another, so that no pow() is asked.
double power(double factor, std::size_t exponent) noexcept {
    double product = 1.0;
    // The product of 1, and of a factor above 1/2 that has come to the smallest numbers, stays as it is.
    for (std::size_t i = 0; i < exponent && product * factor != product; ++i) {
        product *= factor;
    }
    return product;
}

}  // namespace

double Schedule::factor_at(std::size_t update, std::size_t updates_per_epoch, std::size_t updates) const {
    check_schedule(*this);
    if (update == 0) {
        throw std::invalid_argument("Schedule::factor_at: updates are counted from 1, found 0");
    }
    const core::FloatControlScope standard;
    if (update <= warm_up) {
        return static_cast<double>(update) / static_cast<double>(warm_up);
    }
    if (course == Course::kStep) {
        const std::size_t epochs = (update - 1) / std::max<std::size_t>(1, updates_per_epoch);
        return power(factor, epochs / every);
    }
    if (course == Course::kCosine && updates > warm_up) {
        const double done =
            static_cast<double>(update - warm_up - 1) / static_cast<double>(updates - warm_up);
        const double angle = std::numbers::pi * std::min(done, 1.0);
        double cosine = 0.0;
        dispatch::active<double>().cos(&angle, &cosine, 1);
        return last + (1.0 - last) * (1.0 + cosine) / 2.0;
    }
    return 1.0;
}

}  // namespace thalweg
