// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How much noise has a function? Simulations that iterate, table look-ups and sums in another order return
// values that jump a little from point to point. Differences must take steps longer than that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "thalweg/abi.hpp"
#include "thalweg/finite_differences.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

struct Evaluations;  // evaluations.hpp

/// How to look for noise.
struct NoiseOptions {
    /// Distance of neighbouring points, as a part of max(|x|, typical). Unset: 2^-30 at first, shorter where
    /// f changes too much, longer where it does not change at all; four tries.
    std::optional<double> spacing = std::nullopt;
    /// Values of f for one try, from 4 to 16.
    std::size_t points = 7;
    /// What counts as a change of a variable that is near 0. Above 0.
    double typical = 1.0;
    /// Where f is defined, as in GradientOptions.
    std::span<const double> lower = {};
    std::span<const double> upper = {};  ///< see lower
    /// Seed of the direction in which the points lie.
    std::uint32_t seed = 1;
    /// As in GradientOptions: n threads for an f that several may call at once. The estimate does not depend
    /// on the number.
    int threads = 1;
    /// How f is called where it fails at times, takes long or runs elsewhere; evaluations.hpp. Where an
    /// evaluation has failed and nothing is thrown, there is no estimate: noise is NaN.
    Evaluations* evaluations = nullptr;
};

/// What was found.
struct NoiseEstimate {
    double noise = 0.0;         ///< standard deviation of f's noise
    double relative = 0x1p-52;  ///< the same over the largest |f|, 2^-52 at least: for GradientOptions::noise
    bool found = false;         ///< whether differences of several orders agree on it
    double spacing = 0.0;       ///< of the points that it was found with
    std::size_t evaluations = 0;  ///< points at which f was asked for
};

/// Estimates the noise of f near x from its values at a few points on a line through x: the differences of
/// those of high order, which a smooth function does not have.
///
///     const auto f = [](std::span<const double> x) { return static_cast<float>(std::exp(x[0])); };
///     const std::vector<double> x = {1.0};
///     const NoiseEstimate noise = estimate_noise(f, x);
///     noise.found;  // true
///     const GradientResult slope = numerical_gradient(f, x, {.noise = noise.relative});
///     slope.gradient[0] > 2.7;  // true
///
/// shape    x: any length above 0
/// error    a factor of 4, nearly always
/// threads  options.threads, each with some of the points of a try
/// throws   std::invalid_argument for an option; DifferenceError when f is not finite or x is not within the
///          bounds; what f throws
/// source   More and Wild 2011, Estimating computational noise (ECnoise)
template <class Function, Variables Point>
NoiseEstimate estimate_noise(Function&& f, const Point& x, const NoiseOptions& options = {});

}  // namespace thalweg
THALWEG_END_PUBLIC

#include "thalweg/detail/noise.hpp"  // the template's body
