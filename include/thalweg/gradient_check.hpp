// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Is this gradient right? An analytic gradient against differences, which are not trusted blindly either: a
// difference that cannot tell is called doubtful.
//
// Common to all:
// source   Deep Learning from Scratch 5.7.3
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/random.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// What a check found.
enum class GradientVerdict {
    kAgrees,    ///< every entry is within the tolerance, and so is the error of every difference
    kDiffers,   ///< some entry is wrong by more than tolerance and error of the difference together
    kDoubtful,  ///< neither: some difference is too uncertain to say
};

/// "agrees", "differs" or "doubtful".
const char* name(GradientVerdict verdict) noexcept;

/// How to check.
struct CheckOptions {
    /// Largest relative error that passes.
    double tolerance = 1e-6;
    /// What an error is relative to: max(|analytic|, |difference|, floor * the largest analytic entry); along
    /// a direction the root mean square of analytic, which g * v is on average, if that is more.
    double floor = 1e-3;
    /// Step of the differences; unset: cbrt(3 noise) * max(|x|, typical).
    std::optional<double> h = std::nullopt;
    /// What counts as a change of a variable that is near 0. Above 0.
    double typical = 1.0;
    /// Relative error of f; 2^-23 for a function computed in float.
    double noise = 0x1p-52;
    /// 0: every entry; else about so many, drawn at random.
    std::size_t entries = 0;
    /// Above 0: so many random directions instead of entries; 5 evaluations a direction, however long x is.
    std::size_t directions = 0;
    /// Of the entries or directions.
    std::uint32_t seed = 1;
};

/// The verdict, and the entry that decided it.
struct GradientCheck {
    GradientVerdict verdict = GradientVerdict::kAgrees;  ///< of all entries together
    std::size_t worst = 0;          ///< the entry, or the number of the direction, that decides the verdict
    double analytic = 0.0;          ///< what the caller's gradient says there
    double difference = 0.0;        ///< and what the difference does
    double relative_error = 0.0;    ///< |analytic - difference| / scale there
    double difference_error = 0.0;  ///< the difference's own relative error, estimated
    std::size_t checked = 0;        ///< entries or directions
    bool along_directions = false;  ///< whether directions were checked, or entries
    std::size_t evaluations = 0;    ///< calls of f
    double tolerance = 0.0;         ///< what was asked for

    /// One sentence with all of it.
    /// error    analytic and difference are printed exactly, the errors with two digits
    /// threads  as any const member: several at once
    /// throws   std::bad_alloc
    std::string message() const;
};

namespace detail {

// A difference, and how far it may be off.
struct Judged {
    double difference;
    double error;
};
// From f at x - 2h, x - h, x, x + h, x + 2h. The error adds what h against 2h shows, what the two sides show
// (a kink at x leaves both central quotients equal and wrong), and rounding.
Judged judge(const double (&f)[5], double width, double width2, double rounding) noexcept;

class CheckRecord {
public:
    CheckRecord(const CheckOptions& options, double least_scale) noexcept;
    void add(std::size_t index, double analytic, const Judged& judged) noexcept;
    GradientCheck result;

private:
    double rank_ = -1.0;
    double least_scale_;
};

/// throws   std::invalid_argument, ShapeError
Plan check_plan(const CheckOptions& options, std::size_t size, std::size_t analytic_size);
double largest_entry(std::span<const double> analytic) noexcept;
double root_mean_square(std::span<const double> analytic) noexcept;
double sum_of_products(std::span<const double> a, std::span<const double> b) noexcept;
double sum_of_magnitudes(std::span<const double> a, std::span<const double> b) noexcept;
// Indices to check, ascending.
std::vector<std::size_t> chosen_entries(const CheckOptions& options, std::size_t size);
// Directions of length 1, uniformly distributed; one after the other.
class Directions {
public:
    Directions(std::uint32_t seed, std::size_t size);
    std::span<const double> next();

private:
    Rng rng_;
    std::vector<double> v_;
};

template <class Line>
Judged judged_difference(const Plan& plan, double h, Line& line, double more_rounding) {
    double f[5];
    double largest = 0.0;
    // In the order of a plain central difference: an error names the step that was asked for.
    for (const int k : {1, -1, 2, -2}) {
        f[2 + k] = line.at(static_cast<double>(k) * h);
    }
    f[2] = line.value();
    for (const double value : f) {
        largest = magnitude(value) > largest ? magnitude(value) : largest;
    }
    return judge(f, line.width(h), line.width(2.0 * h), (plan.noise * largest + more_rounding) / h);
}

}  // namespace detail

/// Compares an analytic gradient of f at x with central differences, entry by entry or along random
/// directions. Each difference is taken at h and at 2h and looked at from both sides, so that its own error
/// is known. f takes x or a std::span<const double> of its elements; x is copied.
///
///     const auto f = [](std::span<const double> x) { return x[0] * x[0] + x[1] * x[1]; };
///     const std::vector<double> x = {3.0, 4.0};
///     const GradientCheck right = check_gradient(f, x, std::vector<double>{6.0, 8.0});
///     name(right.verdict);  // "agrees"
///     const GradientCheck wrong = check_gradient(f, x, std::vector<double>{6.0, 8.1});
///     name(wrong.verdict);  // "differs"
///     wrong.worst;          // 1
///
/// shape    analytic: as many elements as x, in the same order
/// error    each difference's own is estimated from its second step and its two sides, and reported
/// threads  serial
/// throws   ShapeError when the sizes differ; std::invalid_argument for an option; DifferenceError when a
///          step is lost in x or f is not finite; what f throws. An analytic entry that is not finite is no
///          error: it differs
/// source   Deep Learning from Scratch 5.7.3 (gradient check); the judgement is of this library
template <class F, class X, class G>
requires Variables<X> && Variables<G> GradientCheck check_gradient(F&& f, const X& x, const G& analytic,
                                                                   const CheckOptions& options = {}) {
    constexpr const char* kOp = "check_gradient";
    auto copy = detail::own_copy(kOp, x);
    const std::span<double> all = detail::elements(kOp, copy);
    const std::span<const double> claimed = detail::elements(kOp, analytic);
    const detail::Plan plan = detail::check_plan(options, all.size(), claimed.size());
    if (all.empty()) {
        return detail::CheckRecord(options, 0.0).result;
    }
    const double value = detail::value_at(plan, true, f, copy);
    if (options.directions == 0) {
        detail::CheckRecord record(options, options.floor * detail::largest_entry(claimed));
        for (const std::size_t i : detail::chosen_entries(options, all.size())) {
            detail::VariableLine line(plan, f, copy, all[i], i, value);
            record.add(i, claimed[i], detail::judged_difference(plan, plan.step(all[i]), line, 0.0));
            record.result.evaluations += 4;
        }
        record.result.evaluations += 1;
        return record.result;
    }
    detail::CheckRecord record(options, detail::root_mean_square(claimed));
    detail::Directions directions(options.seed, all.size());
    const auto base_copy = copy;
    const std::span<const double> base = detail::elements(kOp, base_copy);
    // Every element of x + s v is rounded once: the function is taken beside the line.
    const double beside = 0x1p-53 * detail::sum_of_magnitudes(claimed, base);
    for (std::size_t k = 0; k < options.directions; ++k) {
        const detail::Direction direction = detail::make_direction(kOp, base, directions.next());
        detail::DirectionLine line(plan, f, copy, direction, value);
        const double h = plan.step(direction.largest_x);
        record.add(k, detail::sum_of_products(claimed, direction.v),
                   detail::judged_difference(plan, h, line, beside));
        record.result.evaluations += 4;
    }
    record.result.evaluations += 1;
    return record.result;
}

}  // namespace thalweg
THALWEG_END_PUBLIC
