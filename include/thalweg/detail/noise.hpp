// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/noise.hpp is made of: points on a line into the bounds, and a table of differences.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/derivatives.hpp"
#include "thalweg/noise.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

namespace detail {

/// throws   std::invalid_argument, ShapeError
Plan noise_plan(const char* op, const NoiseOptions& options, std::span<const double> x);
// As long as a change of each variable, to the side that has more room.
std::vector<double> noise_direction(const Plan& plan, const NoiseOptions& options, std::span<const double> x);

// The search as a Formula: where f is wanted, what it is there, what that says.
class NoiseSearch {
public:
    static constexpr std::size_t kMost = 16;
    // room: how far f may be asked along the line.
    NoiseSearch(const NoiseOptions& options, double room) noexcept;
    // The steps along the line for which f is wanted now; empty: the result is ready.
    std::span<const double> wanted() const noexcept { return {wanted_, count_}; }
    // f there, in that order.
    void take(std::span<const double> values) noexcept;
    const NoiseEstimate& result() const noexcept { return result_; }

private:
    enum class Said { kFound, kTooShort, kTooLong };
    Said table(std::span<const double> values) noexcept;
    void ask() noexcept;

    std::size_t points_;
    bool fixed_;
    double spacing_;
    double most_;
    int tries_ = 0;
    std::size_t count_ = 0;
    double wanted_[kMost] = {};
    NoiseEstimate result_{};
};

// By rounds of points, evaluations.hpp: a try is one.
NoiseEstimate noise_in_rounds(const Plan& plan, const NoiseOptions& options, const Direction& direction,
                              PointCaller& caller);

}  // namespace detail

template <class Function, Variables Point>
NoiseEstimate estimate_noise(Function&& f, const Point& x, const NoiseOptions& options) {
    constexpr const char* kOp = "estimate_noise";
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan = detail::noise_plan(kOp, options, start);
    const std::vector<double> v = detail::noise_direction(plan, options, start);
    const detail::Direction direction = detail::make_direction(kOp, start, {v.data(), v.size()});
    auto caller = detail::make_caller(kOp, f, x, 1);
    return detail::noise_in_rounds(plan, options, direction, caller);
}

}  // namespace thalweg
THALWEG_END_PUBLIC
