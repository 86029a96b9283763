// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Steps in the order in which a formula first asked for them: it asks in nearly the same order every time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "thalweg/error.hpp"
#include "thalweg/finite_differences.hpp"

namespace thalweg::detail {

class AskedSteps {
public:
    // The formula begins again.
    void begin() noexcept { next_ = 0; }
    // The number of a step that has been evaluated; any other is asked for.
    std::optional<std::size_t> find(double s) {
        const auto same = [s](double step) { return equal(step, s); };
        if (next_ == steps_.size() || !same(steps_[next_])) {
            next_ =
                static_cast<std::size_t>(std::find_if(steps_.begin(), steps_.end(), same) - steps_.begin());
        }
        if (next_ == steps_.size()) {
            steps_.push_back(s);
        }
        const std::size_t k = next_++;
        return k < known_ ? std::optional<std::size_t>(k) : std::nullopt;
    }
    void all_known() noexcept { known_ = steps_.size(); }
    // Forgets what was asked for and not evaluated.
    void give_up() { steps_.resize(known_); }
    void clear() noexcept {
        steps_.clear();
        known_ = 0;
    }
    std::size_t known() const noexcept { return known_; }
    std::size_t size() const noexcept { return steps_.size(); }
    double operator[](std::size_t k) const noexcept { return steps_[k]; }

private:
    std::vector<double> steps_{};
    std::size_t known_ = 0;
    std::size_t next_ = 0;
};

enum class Reply { kResult, kMissing, kFailed };

// Gives a formula the values of the steps that it wants, value(k) of step k, as far as there are any; asks
// for the others. No value: the evaluation failed.
template <class Value>
Reply reply(Formula& formula, AskedSteps& steps, bool throws, const Value& value) {
    steps.begin();
    while (!formula.wanted().empty()) {
        const std::optional<std::size_t> known = steps.find(formula.wanted().front());
        if (!known.has_value()) {
            for (const double s : formula.wanted().subspan(1)) {
                steps.find(s);
            }
            return Reply::kMissing;
        }
        const std::optional<double> there = value(*known);
        if (!there.has_value()) {
            return Reply::kFailed;
        }
        try {
            formula.take(*there);
        } catch (const DifferenceError&) {
            if (throws) {
                throw;
            }
            return Reply::kFailed;
        }
    }
    return Reply::kResult;
}

}  // namespace thalweg::detail
