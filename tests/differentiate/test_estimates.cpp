// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Error estimates are earned: a thousand random waves of every length, with noise and without, and the inputs
// on which estimates of two orders agree by accident.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/inputs.hpp"
#include "thalweg/derivatives.hpp"
#include "thalweg/gradient_check.hpp"

namespace {

using namespace thalweg;
using Method = DifferenceMethod;
using Vector = std::vector<double>;

// amplitude * (wave(k x + phase) + offset), and noise that depends on x alone.
struct Wave {
    std::uint64_t kind;
    double k;
    double phase;
    double amplitude;
    double offset;
    double noise;

    double operator()(std::span<const double> x) const {
        const double t = k * x[0] + phase;
        const double value = kind == 0   ? std::sin(t)
                             : kind == 1 ? std::cos(t)
                             : kind == 2 ? std::exp(std::sin(t))
                                         : 1.0 / std::cosh(0.1 * t);
        std::uint64_t bits = 0;
        std::memcpy(&bits, x.data(), sizeof bits);
        const double random = test::Source(bits).uniform(-1.0, 1.0);
        return amplitude * (value + offset + noise * random);
    }
    double derivative(double x) const {
        const auto at = static_cast<long double>(x);
        const long double t = static_cast<long double>(k) * at + static_cast<long double>(phase);
        const long double slope = kind == 0   ? std::cos(t)
                                  : kind == 1 ? -std::sin(t)
                                  : kind == 2 ? std::exp(std::sin(t)) * std::cos(t)
                                              : -0.1L * std::tanh(0.1L * t) / std::cosh(0.1L * t);
        return amplitude * k * static_cast<double>(slope);
    }
};

// The least error of the method with the steps 10^k max(|x|, 1) that do not
// reach farther than half a wave, where a quotient is right by accident only.
double least_error(const Wave& wave, double x, Method method) {
    const double reach = method == Method::kCentral4 ? 2.0 : (method == Method::kCentral6 ? 3.0 : 1.0);
    const double right = wave.derivative(x);
    double least = std::fabs(right);
    for (int power = -14; power <= 0; ++power) {
        const double h = std::pow(10.0, power) * std::max(std::fabs(x), 1.0);
        if (reach * h * wave.k <= 3.0 && h > 0x1p-47 * std::fabs(x)) {
            const double found = numerical_gradient(wave, Vector{x}, {.method = method, .h = h}).gradient[0];
            least = std::min(least, std::fabs(found - right));
        }
    }
    return std::max(least, 0x1p-53 * std::fabs(right));
}

struct Tried {
    std::size_t too_small = 0;  // estimates below a tenth of the error, without doubt
    std::size_t fit = 0;        // no noise, and a wave that the formula can see
    std::size_t doubted = 0;    // of those
    std::size_t far = 0;        // errors above 100 times that of the best step, with an estimate
    std::size_t far_plain = 0;  // and without
    std::vector<double> ratios;
};

Tried try_waves(Method method, std::uint64_t salt, std::size_t count) {
    test::Source draw(salt);
    const auto decades = [&](double low, double high) { return std::pow(10.0, draw.uniform(low, high)); };
    Tried tried;
    for (std::size_t n = 0; n < count; ++n) {
        const double scale = draw.next() % 2 == 0 ? 1.0 : decades(-6, 6);
        Wave wave{draw.next() % 4,
                  2 * 3.14159265358979 / decades(-3, 3) / scale,
                  draw.uniform(-3, 3),
                  draw.next() % 2 == 0 ? 1.0 : decades(-6, 6),
                  draw.next() % 2 == 0 ? 0.0 : draw.uniform(-3, 3),
                  draw.next() % 2 == 0 ? 0.0 : decades(-14, -2)};
        const double x = draw.uniform(-3, 3) * scale;
        // The tail of 1/cosh is below the rounding of its offset, or of anything: no estimate can see it.
        wave.kind = wave.kind == 3 && std::fabs(wave.k * x) > 200.0 ? 0 : wave.kind;
        const GradientResult result =
            numerical_gradient(wave, Vector{x}, {.method = method, .estimate_error = true});
        const double error = std::fabs(result.gradient[0] - wave.derivative(x));
        const bool doubtful = !result.doubtful.empty();
        const double most = 100.0 * least_error(wave, x, method);
        tried.far += error <= most ? 0 : 1;
        const double plain = numerical_gradient(wave, Vector{x}, {.method = method}).gradient[0];
        tried.far_plain += std::fabs(plain - wave.derivative(x)) <= most ? 0 : 1;
        tried.too_small += !doubtful && result.error_estimate[0] < 0.1 * error ? 1 : 0;
        // The outermost point of the formula, in radians of the wave; the relative steps of docs/numerics.md.
        const double c = method == Method::kCentral2   ? 8.8e-6
                         : method == Method::kCentral4 ? 3 * 1.2e-3
                         : method == Method::kCentral6 ? 4 * 1e-2
                         : method == Method::kRidders  ? 0.1
                                                       : 2 * 3e-8;
        if (wave.noise == 0.0 && wave.k * c * std::max(std::fabs(x), 1.0) <= 1.0) {
            ++tried.fit;
            tried.doubted += doubtful ? 1 : 0;
            tried.ratios.push_back(result.error_estimate[0] / std::max(error, 1e-300));
        }
    }
    return tried;
}

const Method kWithEstimate[] = {Method::kForward,  Method::kBackward, Method::kCentral2,
                                Method::kCentral4, Method::kCentral6, Method::kRidders};

Derivative estimated(double (*f)(double), double x, Method method) {
    const auto of_span = [f](std::span<const double> v) { return f(v[0]); };
    const GradientResult result =
        numerical_gradient(of_span, Vector{x}, {.method = method, .estimate_error = true});
    return {result.gradient[0], result.error_estimate[0], result.evaluations, !result.doubtful.empty()};
}

void check_waves(std::uint64_t salt, std::size_t count) {
    for (const Method method : kWithEstimate) {
        Tried tried = try_waves(method, salt, count);
        CAPTURE(test::test_seed(), static_cast<int>(method), tried.fit, tried.doubted);
        CHECK(tried.too_small == 0);
        REQUIRE(tried.fit > count / 8);
        CHECK(static_cast<double>(tried.doubted) <= 0.05 * static_cast<double>(tried.fit));
        const auto middle = tried.ratios.begin() + static_cast<std::ptrdiff_t>(tried.ratios.size() / 2);
        std::nth_element(tried.ratios.begin(), middle, tried.ratios.end());
        CHECK(*middle <= 100.0);
        // The default step: 95 % within 100 times the best step's error. Without an estimate, one-sided
        // formulas have no value to tell with, and central ones see less of the noise.
        CAPTURE(tried.far, tried.far_plain);
        CHECK(static_cast<double>(tried.far) <= 0.05 * static_cast<double>(count));
        const bool central = method != Method::kForward && method != Method::kBackward;
        CHECK((!central || static_cast<double>(tried.far_plain) <= 0.1 * static_cast<double>(count)));
    }
}

}  // namespace

TEST_CASE("estimates of a thousand waves cover the error or say that they are doubtful", "[estimates]") {
    check_waves(17, 1000);
}

TEST_CASE("estimates of ten thousand waves", "[estimates][slow]") {
    check_waves(18, 10000);
}

TEST_CASE("Ridders' estimates on the waves it is known to miss", "[estimates]") {
    std::size_t doubtful = 0;
    for (double k = 1; k < 3000; k *= 1.07) {
        for (const double x : {0.3, 1.0, 2.5}) {
            const auto f = [k](std::span<const double> v) { return std::sin(k * v[0]); };
            const GradientResult r = numerical_gradient(f, Vector{x}, {.method = Method::kRidders});
            CAPTURE(k, x, r.gradient[0], r.error_estimate[0]);
            CHECK((!r.doubtful.empty() ||
                   std::fabs(r.gradient[0] - k * std::cos(k * x)) <= 10 * r.error_estimate[0]));
            doubtful += r.doubtful.size();
        }
    }
    // It looks for a step that fits, and finds one: 357 waves.
    CHECK(doubtful <= 17);
}

TEST_CASE("a wave much shorter than a fixed step is doubtful, the default step finds it", "[estimates]") {
    const auto f = [](std::span<const double> x) { return std::sin(1e6 * x[0]) + std::exp(x[1] / 1e6); };
    const Vector point = {1e-7, 1e6};
    // The steps that max(|x|, 1) would give.
    const Vector steps = {1e-2, 1e4};
    CHECK(numerical_gradient(f, point, {.method = Method::kCentral6, .estimate_error = true, .h_each = steps})
              .doubtful == std::vector<std::size_t>{0});
    const GradientResult result =
        numerical_gradient(f, point, {.method = Method::kCentral6, .estimate_error = true});
    CHECK(result.doubtful.empty());
    // cos(0.1), known to the rounding of |f| near 4 over a step of 1e-8 or longer.
    CHECK(std::fabs(result.gradient[0] - 1e6 * std::cos(0.1)) <= result.error_estimate[0]);
    CHECK(result.error_estimate[0] <= 20 * 0x1p-52 * 4 / 1e-9);
    // x[1] fits: e / 1e6, and the rounding of |f| near 3 over a step of 1e4.
    CHECK(std::fabs(result.gradient[1] - std::exp(1.0) / 1e6) <= result.error_estimate[1]);
    CHECK(result.error_estimate[1] <= 1e-16);
    const auto one = [](std::span<const double> x) { return std::sin(1e6 * x[0]); };
    CHECK(directional_derivative(one, Vector{1e-7}, Vector{2.0},
                                 {.method = Method::kCentral6, .h = 1e-2, .estimate_error = true})
              .doubtful);
    const Derivative found = directional_derivative(one, Vector{1e-7}, Vector{2.0},
                                                    {.method = Method::kCentral6, .estimate_error = true});
    CHECK(!found.doubtful);
    CHECK(std::fabs(found.value - 2e6 * std::cos(0.1)) <= found.error_estimate);
}

TEST_CASE("a kink at x is doubtful, a turning point is not", "[estimates]") {
    for (const Method method : {Method::kCentral2, Method::kCentral4, Method::kCentral6, Method::kRidders}) {
        CAPTURE(static_cast<int>(method));
        CHECK(estimated([](double x) { return std::fabs(x - 1.0); }, 1.0, method).doubtful);
        CHECK(estimated([](double x) { return x < 0.0 ? 0.0 : x; }, 0.0, method).doubtful);
        CHECK(!estimated([](double x) { return x * x; }, 0.0, method).doubtful);
        CHECK(!estimated([](double x) { return std::cos(x); }, 0.0, method).doubtful);
        CHECK(!estimated([](double) { return 3.0; }, 1.0, method).doubtful);
    }
}

TEST_CASE("a value that cancels is not doubtful: its rounding is that of the terms", "[estimates]") {
    for (const Method method : kWithEstimate) {
        CAPTURE(static_cast<int>(method));
        const Derivative d = estimated([](double x) { return std::exp(x) - 1.0; }, 0.0, method);
        CHECK(!d.doubtful);
        CHECK(std::fabs(d.value - 1.0) <= 10 * d.error_estimate);
    }
}

TEST_CASE("rounded to a coarse grid: flat where a fixed step looks; the default step sees the slope",
          "[estimates]") {
    const auto stairs = [](std::span<const double> x) { return std::floor(1000.0 * x[0]) / 1000.0; };
    for (const Method method : {Method::kForward, Method::kCentral2}) {
        const GradientResult flat =
            numerical_gradient(stairs, Vector{1.0005}, {.method = method, .h = 1e-6, .estimate_error = true});
        CHECK(flat.doubtful == std::vector<std::size_t>{0});
        CHECK(flat.error_estimate[0] >= 0.1);
        const GradientResult found =
            numerical_gradient(stairs, Vector{1.0005}, {.method = method, .estimate_error = true});
        // A grid of 1e-3 over a step of 0.1 or longer.
        CHECK(std::fabs(found.gradient[0] - 1.0) <= 1e-3 / 0.1);
        CHECK(std::fabs(found.gradient[0] - 1.0) <= found.error_estimate[0]);
    }
}

// Their squares overflow, or vanish.
TEST_CASE("estimates with steps of any size", "[estimates]") {
    for (const double unit : {1e-200, 1e-160, 1.0, 1e160, 1e200}) {
        const auto f = [&](double x) { return 1.0 + x / unit; };
        const Derivative found = numerical_diff(f, unit, {.estimate_error = true});
        INFO(unit);
        CHECK(std::isfinite(found.error_estimate));
        CHECK(std::fabs(found.value - 1.0 / unit) <= found.error_estimate);
        CHECK_FALSE(found.doubtful);
    }
}

TEST_CASE("check_gradient: a step too long for f acquits a right gradient", "[estimates]") {
    const auto f = [](std::span<const double> x) { return std::sin(1e6 * x[0]); };
    std::size_t differs = 0;
    for (double x = 0.1; x < 3.0; x += 0.01) {
        const Vector right = {1e6 * std::cos(1e6 * x)};
        differs += check_gradient(f, Vector{x}, right).verdict == GradientVerdict::kDiffers ? 1 : 0;
    }
    CHECK(differs == 0);
}
