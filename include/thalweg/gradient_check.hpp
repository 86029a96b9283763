// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Is this gradient right? Compares an analytic gradient with differences, whose own error is estimated: where
// a difference is too uncertain to tell, the verdict is "doubtful".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/matrix_view.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

struct Evaluations;  // evaluations.hpp

/// The result of a check in a word.
enum class GradientVerdict {
    kAgrees,    ///< every entry is within the tolerance, and so is the error of every difference
    kDiffers,   ///< some entry is wrong by more than tolerance and error of the difference together
    kDoubtful,  ///< neither: some difference is too uncertain to say
};

/// Returns "agrees", "differs" or "doubtful".
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
    /// Above 0: so many random directions instead of entries; 4 evaluations a direction, however long x is,
    /// more where one differs.
    std::size_t directions = 0;
    /// Seed of the entries or directions.
    std::uint32_t seed = 1;
    /// As in GradientOptions: n threads for an f that several may call at once, and where f is defined. The
    /// check does not depend on the number of threads.
    int threads = 1;
    std::span<const double> lower = {};         ///< see GradientOptions
    std::span<const double> upper = {};         ///< see GradientOptions
    std::span<const double> h_each = {};        ///< see GradientOptions
    std::span<const double> typical_each = {};  ///< see GradientOptions
    /// How f is called where it fails at times, takes long or runs elsewhere; evaluations.hpp. An entry whose
    /// evaluations failed is doubtful; steps do not shrink.
    Evaluations* evaluations = nullptr;
};

/// One entry, or direction, that was compared.
struct CheckedEntry {
    std::size_t index = 0;                               ///< the entry, or the number of the direction
    GradientVerdict verdict = GradientVerdict::kAgrees;  ///< of this entry
    double analytic = 0.0;                               ///< the caller's gradient there
    double difference = 0.0;                             ///< the difference quotient there
    double relative_error = 0.0;                         ///< |analytic - difference| / scale there
    double difference_error = 0.0;                       ///< the difference's own relative error, estimated
};

/// The verdict, and the entry that decided it.
struct GradientCheck {
    GradientVerdict verdict = GradientVerdict::kAgrees;  ///< of all entries together
    std::size_t worst = 0;          ///< the entry, or the number of the direction, that decides the verdict
    double analytic = 0.0;          ///< the caller's gradient there
    double difference = 0.0;        ///< the difference quotient there
    double relative_error = 0.0;    ///< |analytic - difference| / scale there
    double difference_error = 0.0;  ///< the difference's own relative error, estimated
    std::size_t checked = 0;        ///< number of entries or directions
    bool along_directions = false;  ///< whether directions were checked, or entries
    std::size_t evaluations = 0;    ///< calls of f
    double tolerance = 0.0;         ///< the one asked for
    std::vector<CheckedEntry> failing{};  ///< every entry that differs or is doubtful, ascending

    /// Formats all of it as one sentence.
    /// error    analytic and difference are printed exactly, the errors with two digits
    std::string message() const;
};

/// Compares an analytic gradient of f at x with central differences, entry by entry or along random
/// directions. Each difference is taken at h and at 2h and looked at from both sides, which estimates its own
/// error; one that would convict the gradient is tried with shorter steps first. f takes x or a
/// std::span<const double> of its elements; x is copied.
///
///     const auto f = [](std::span<const double> x) { return x[0] * x[0] + x[1] * x[1]; };
///     const std::vector<double> x = {3.0, 4.0};
///     const GradientCheck right = check_gradient(f, x, std::vector<double>{6.0, 8.0});
///     name(right.verdict);  // "agrees"
///     const GradientCheck wrong = check_gradient(f, x, std::vector<double>{6.0, 8.1});
///     name(wrong.verdict);  // "differs"
///     wrong.worst;          // 1
///
/// shape    analytic: as many elements as x, in the same order; or a function that returns them for x or a
///          span of its elements, or writes them to a std::span<double> that it gets as well
/// range    an analytic entry that is not finite differs; it is no error
/// threads  options.threads, each with some of the entries or directions
/// throws   std::invalid_argument for an option; DifferenceError when a step is lost in x or f is not finite;
///          what f throws
/// source   Deep Learning from Scratch 5.7.3 (gradient check)
template <class Function, Variables Point, class Gradient>
GradientCheck check_gradient(Function&& f, const Point& x, const Gradient& analytic,
                             const CheckOptions& options = {});

/// Compares an analytic Jacobian of f at x with central differences, as check_gradient does. f(x, y) writes
/// its outputs to y, as for jacobian. Entry (r, i) has the index r * x.size() + i.
///
///     const auto f = [](std::span<const double> x, std::span<double> y) { y[0] = x[0] * x[1]; };
///     const std::vector<double> x = {3.0, 4.0};
///     name(check_jacobian(f, x, Matrix<double>{{4.0, 3.0}}).verdict);           // "agrees"
///     check_jacobian(f, x, Matrix<double>{{4.0, 3.5}}).failing.front().index;  // 1
///
/// shape    analytic: [outputs, x.size()]
/// range    options.directions: 0; options.entries counts columns
/// threads  options.threads, each with some of the columns
/// throws   as check_gradient
template <class Function, Variables Point>
GradientCheck check_jacobian(Function&& f, const Point& x, const MatrixView<const double>& analytic,
                             const CheckOptions& options = {});

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/gradient_check.hpp"  // the template's body
