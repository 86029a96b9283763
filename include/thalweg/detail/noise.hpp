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

// f along a direction; x is a copy that needs no putting back.
template <class Function, class Point>
class DirectionLine {
public:
    DirectionLine(const Plan& plan, Function& f, Point& x, const Direction& direction, double value)
        : plan_(plan), f_(f), x_(x), direction_(direction), value_(value) {}

    double look(double s) {
        move_along(plan_, direction_, s, elements(plan_.op, x_));
        return static_cast<double>(call(f_, x_));
    }
    double at(double s) {
        const double result = look(s);
        if (!is_finite(result)) {
            throw_bad_value_along(plan_.op, s, result);
        }
        return result;
    }
    double width(double s) const { return 2.0 * s; }
    double value() const { return value_; }
    Line line() const { return line_along(plan_, direction_); }

private:
    const Plan& plan_;
    Function& f_;
    Point& x_;
    const Direction& direction_;
    double value_;
};
template <class Function, class Point>
DirectionLine(const Plan&, Function&, Point&, const Direction&, double) -> DirectionLine<Function, Point>;

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

}  // namespace detail

template <class Function, Variables Point>
NoiseEstimate estimate_noise(Function&& f, const Point& x, const NoiseOptions& options) {
    constexpr const char* kOp = "estimate_noise";
    const std::span<const double> start = detail::elements(kOp, x);
    const detail::Plan plan = detail::noise_plan(kOp, options, start);
    const std::vector<double> v = detail::noise_direction(plan, options, start);
    const detail::Direction direction = detail::make_direction(kOp, start, {v.data(), v.size()});
    auto copy = detail::own_copy(kOp, x);
    detail::DirectionLine line(plan, f, copy, direction, 0.0);
    detail::NoiseSearch search(options, line.line().room.above);
    double values[detail::NoiseSearch::kMost];
    while (!search.wanted().empty()) {
        std::size_t count = 0;
        for (const double s : search.wanted()) {
            values[count++] = line.at(s);
        }
        search.take({values, count});
    }
    return search.result();
}

}  // namespace thalweg
THALWEG_END_PUBLIC
