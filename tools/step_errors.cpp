// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// step_errors: the error of a derivative against the step, for three formulas, of a function in double and of
// the same with noise of 1e-6. As JSON: tools/docs_images.py draws it.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <vector>

#include <thalweg/finite_differences.hpp>

namespace {

using thalweg::DifferenceMethod;

constexpr double kAt = 0.8;
constexpr int kPerDecade = 4;
constexpr int kDecades = 14;

double smooth(double x) {
    return std::exp(x) * std::sin(3.0 * x);
}

double slope(double x) {
    return std::exp(x) * (std::sin(3.0 * x) + 3.0 * std::cos(3.0 * x));
}

// The same plus up to 1e-6 that depends on the bits of x: what a simulation's solver leaves.
double noisy(double x) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    bits = (bits ^ (bits >> 31)) * 0x9E3779B97F4A7C15U;
    bits = (bits ^ (bits >> 29)) * 0xBF58476D1CE4E5B9U;
    return smooth(x) + 1e-6 * (static_cast<double>(bits >> 11) * 0x1p-52 - 1.0);
}

double error(double (*f)(double), const thalweg::GradientOptions& options) {
    const auto of_span = [f](std::span<const double> x) { return f(x[0]); };
    return std::fabs(thalweg::numerical_gradient(of_span, std::vector<double>{kAt}, options).gradient[0] -
                     slope(kAt));
}

}  // namespace

int main() {
    const struct {
        const char* name;
        DifferenceMethod method;
    } methods[] = {{"forward", DifferenceMethod::kForward},
                   {"central2", DifferenceMethod::kCentral2},
                   {"central6", DifferenceMethod::kCentral6}};
    std::printf("[\n");
    for (int k = 0; k <= kDecades * kPerDecade; ++k) {
        const double h = std::pow(10.0, -static_cast<double>(k) / kPerDecade);
        std::printf("{\"h\": %.17g", h);
        for (const auto& [name, method] : methods) {
            std::printf(", \"%s\": %.3g, \"noisy_%s\": %.3g", name, error(smooth, {.method = method, .h = h}),
                        name, error(noisy, {.method = method, .h = h}));
        }
        std::printf(k == kDecades * kPerDecade ? "}\n" : "},\n");
    }
    std::printf("]\n");
}
