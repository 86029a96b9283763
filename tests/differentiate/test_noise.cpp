// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// estimate_noise: noise that is known is found within a factor of 4, whatever f is beside it.
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/inputs.hpp"
#include "thalweg/error.hpp"
#include "thalweg/evaluations.hpp"
#include "thalweg/noise.hpp"

namespace {

using namespace thalweg;
using Vector = std::vector<double>;

// exp(x0) + 2, and noise that depends on the bits of x alone, uniform in +-level times its size of about 4.7.
struct Noisy {
    double level;
    double operator()(std::span<const double> x) const {
        std::uint64_t bits = 0;
        std::memcpy(&bits, x.data(), sizeof bits);
        return std::exp(x[0]) + 2.0 + level * test::Source(bits).uniform(-1.0, 1.0);
    }
};

}  // namespace

TEST_CASE("noise of every size is found within a factor of 4", "[noise]") {
    double logarithms = 0.0;
    double levels = 0.0;
    double x = 1.0;
    for (double level = 1e-13; level < 0.05; level *= 1.3) {
        x += 1e-3;  // other noise
        const NoiseEstimate found = estimate_noise(Noisy{level}, Vector{x});
        CAPTURE(level, found.noise, found.spacing, found.evaluations);
        CHECK(found.found);
        // The standard deviation of a uniform number in +-1 is 1 / sqrt(3).
        const double right = level / std::sqrt(3.0);
        CHECK(found.noise <= 4.0 * right);
        CHECK(found.noise >= right / 4.0);
        CHECK(std::fabs(found.relative - found.noise / (std::exp(x) + 2.0)) <= 0.05 * found.relative);
        CHECK(found.evaluations <= 4 * 7);
        // Points 2^-30 apart: f moves by 4e-9 in between, which first differences take for noise.
        if (level > 1e-7) {
            logarithms += std::log(found.noise / right);
            levels += 1.0;
        }
    }
    // A deviation from six differences is off by about 1 / sqrt(12), their mean over fifty levels by
    // 0.04; its logarithm is low by another 0.1, as is the least of several levels.
    CHECK(levels > 48.0);
    CHECK(std::fabs(logarithms / levels) <= 0.3);
}

TEST_CASE("noise: floats round, doubles hardly, a wave is no noise", "[noise]") {
    const Vector x = {1.0, 0.5, 3.0};
    const auto sum = [](std::span<const double> v) { return std::exp(v[0]) + std::sin(v[1]) * v[2]; };
    const auto single = [&](std::span<const double> v) { return static_cast<float>(sum(v)); };
    // Near 4.2 floats are 2^-21 apart: rounding to them has a standard deviation of 2^-21 / sqrt(12).
    const NoiseEstimate rounded = estimate_noise(single, x);
    CHECK(rounded.found);
    CHECK(rounded.noise <= 4.0 * 0x1p-21 / std::sqrt(12.0));
    CHECK(rounded.noise >= 0x1p-21 / std::sqrt(12.0) / 4.0);
    const NoiseEstimate good = estimate_noise(sum, x);
    CHECK(good.found);
    // A few roundings of numbers up to 4.2.
    CHECK(good.noise <= 8 * 0x1p-51);
    // sin(1e6 x) is no noise: shorter and shorter points see it smooth.
    const NoiseEstimate wave =
        estimate_noise([](std::span<const double> v) { return std::sin(1e6 * v[0]) + 2.0; }, Vector{1.0});
    CHECK((!wave.found || wave.noise <= 1e-9));
}

TEST_CASE("the noise that was found makes a step that fits", "[noise]") {
    const Noisy f{1e-4};
    const NoiseEstimate noise = estimate_noise(f, Vector{1.0});
    const Vector x = {1.0};
    const double found = numerical_gradient(f, x, {.noise = noise.relative}).gradient[0];
    // At the balance of noise N: 3/2 N / h with h = cbrt(3 noise); a factor of 4 in the noise costs 4^(2/3).
    CHECK(std::fabs(found - std::exp(1.0)) <= 4 * 1.5 * 1e-4 / std::cbrt(3e-4 / 4.7));
    const double blind = numerical_gradient(f, x, {.h = 8.7e-6}).gradient[0];
    CHECK(std::fabs(blind - std::exp(1.0)) > 0.1);
}

TEST_CASE("noise: constants have none, bounds are kept, the direction does not matter much", "[noise]") {
    const NoiseEstimate none = estimate_noise([](std::span<const double>) { return 3.0; }, Vector{1.0});
    CHECK(!none.found);
    CHECK(none.noise == 0.0);
    CHECK(none.relative == 0x1p-52);
    const Vector lower = {1.0, -std::numeric_limits<double>::infinity()};
    const Vector upper = {2.0, 0.5};
    const auto within = [&](std::span<const double> x) {
        if (x[0] < lower[0] || x[0] > upper[0] || x[1] > upper[1]) {
            throw std::runtime_error("outside");
        }
        return Noisy{1e-6}(x);
    };
    for (std::uint32_t seed = 1; seed < 20; ++seed) {
        const NoiseEstimate found =
            estimate_noise(within, Vector{1.0, 0.5}, {.lower = lower, .upper = upper, .seed = seed});
        CHECK(found.found);
        CHECK(std::fabs(std::log(found.noise / (1e-6 / std::sqrt(3.0)))) <= std::log(4.0));
    }
}

TEST_CASE("noise: evaluations go through the seam", "[noise][seam]") {
    const Vector x = {1.0, 0.5, -2.0};
    const auto same = [](const NoiseEstimate& a, const NoiseEstimate& b) {
        return a.noise == b.noise && a.relative == b.relative && a.spacing == b.spacing && a.found && b.found;
    };
    const NoiseEstimate alone = estimate_noise(Noisy{1e-6}, x);
    for (const int threads : {2, 3, 7}) {
        CHECK(same(estimate_noise(Noisy{1e-6}, x, {.threads = threads}), alone));
    }
    const auto blocks = [](MatrixView<const double> points, MatrixView<double> values) {
        for (std::size_t k = 0; k < points.rows(); ++k) {
            values(k, 0) = Noisy{1e-6}({points.data() + k * points.ld(), points.cols()});
        }
    };
    CHECK(same(estimate_noise(BlockFunction(blocks), x), alone));

    // A run that was killed at its fifth call resumes with the values that it had.
    Evaluations kept;
    kept.journal = "noise_of_" + std::to_string(::getpid()) + ".thalweg";
    std::remove(kept.journal.c_str());
    std::size_t calls = 0;
    const auto killed = [&](std::span<const double> at) {
        if (++calls == 5) {
            throw std::runtime_error("killed");
        }
        return Noisy{1e-6}(at);
    };
    CHECK_THROWS_WITH(estimate_noise(killed, x, {.evaluations = &kept}), "killed");
    CHECK(same(estimate_noise(killed, x, {.evaluations = &kept}), alone));
    CHECK(kept.report.from_journal == 4);
    CHECK(kept.report.calls == alone.evaluations - 4);
    CHECK_THROWS_AS(estimate_noise(killed, x, {.points = 8, .evaluations = &kept}), IoError);
    std::remove(kept.journal.c_str());
}

TEST_CASE("noise: an evaluation that fails", "[noise][seam]") {
    std::size_t calls = 0;
    const auto once = [&](std::span<const double> at) {
        return ++calls == 3 ? std::nan("") : Noisy{1e-6}(at);
    };
    Evaluations again;
    again.retries = 1;
    CHECK(estimate_noise(once, Vector{1.0}, {.evaluations = &again}).found);
    CHECK(again.report.retried == 1);
    Evaluations skip;
    skip.on_failure = OnFailure::kSkip;
    calls = 0;
    const NoiseEstimate none = estimate_noise(once, Vector{1.0}, {.evaluations = &skip});
    CHECK(!none.found);
    CHECK(std::isnan(none.noise));
    CHECK(none.evaluations == 7);
    Evaluations ended;
    ended.progress = [](const EvaluationProgress& progress) { return progress.done < 3; };
    CHECK_THROWS_AS(estimate_noise(Noisy{1e-6}, Vector{1.0}, {.evaluations = &ended}), EvaluationsCancelled);
}

TEST_CASE("noise: options that do not fit", "[noise]") {
    const auto f = [](std::span<const double> x) { return x[0]; };
    CHECK_THROWS_WITH(estimate_noise(f, Vector{1.0}, {.spacing = 0.0}),
                      "estimate_noise: spacing must be finite and above 0, found 0");
    CHECK_THROWS_WITH(estimate_noise(f, Vector{1.0}, {.points = 3}),
                      "estimate_noise: points must be from 4 to 16, found 3");
    CHECK_THROWS_WITH(estimate_noise(f, Vector{}), "estimate_noise: x must have a variable, found none");
    CHECK_THROWS_AS(estimate_noise(f, Vector{1.0}, {.lower = Vector{2.0}}), DifferenceError);
    CHECK_THROWS_WITH(estimate_noise([](std::span<const double>) { return std::nan(""); }, Vector{1.0}),
                      ContainsSubstring("must be finite, found nan"));
}

TEST_CASE("relative noise does not depend on the scale of f", "[noise]") {
    const auto at = [](double scale) {
        return estimate_noise(
            [scale](std::span<const double> x) {
                const double jitter = std::fmod(1e6 * std::fabs(std::sin(1e7 * x[0])), 1.0);
                return scale * (std::exp(x[0]) + 1e-5 * jitter);
            },
            Vector{0.3});
    };
    const NoiseEstimate plain = at(1.0);
    REQUIRE(plain.found);
    for (const int exponent : {-540, -500, 500, 540}) {  // powers of two: all digits stay
        const NoiseEstimate scaled = at(std::ldexp(1.0, exponent));
        CHECK(scaled.found);
        CHECK(scaled.relative == plain.relative);
        CHECK(scaled.noise == std::ldexp(plain.noise, exponent));
    }
}
