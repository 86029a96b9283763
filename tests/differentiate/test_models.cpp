// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The seam: BlackBox is the plain loop, and compare_models finds a model that cheats.
#include <cmath>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/difference_model.hpp"

namespace {

using namespace thalweg;

double cubes(std::span<const double> x) {
    double sum = 0.0;
    for (const double value : x) {
        sum += value * value * value;
    }
    return sum;
}

// f(x + h) - f(x - h) = 6 x^2 h + 2 h^3 for a cube, no cancellation.
struct Cubes {
    std::vector<double> x;
    std::size_t size() const { return x.size(); }
    void differences(std::size_t first, double h, std::span<double> out) const {
        for (std::size_t k = 0; k < out.size(); ++k) {
            const double value = x[first + k];
            out[k] = 6.0 * value * value * h + 2.0 * h * h * h;
        }
    }
};

// 2h f': backpropagation in disguise.
struct Cheat : Cubes {
    void differences(std::size_t first, double h, std::span<double> out) const {
        for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = 6.0 * x[first + k] * x[first + k] * h;
        }
    }
};

static_assert(DifferenceModel<Cubes>);
static_assert(!DifferenceModel<std::vector<double>>);

const std::vector<double> kPoint = {1.0, -0.5, 2.0, 0.25};
const std::vector<std::size_t> kAll = {0, 1, 2, 3};
const std::vector<double> kModelSteps = {1e-8, 1e-4, 1e-2, 0.5, 4.0};
// Four cubes, the largest (2 + 4)^3 = 216, all below 218 with their sum: 8 roundings a value, two values.
constexpr double kRounding = 2 * 8 * 0x1p-53 * 218;

}  // namespace

TEST_CASE("BlackBox has the bits of the plain loop", "[models]") {
    std::vector<double> x = kPoint;
    BlackBox box(cubes, x);
    for (const double h : kModelSteps) {
        CHECK(numerical_gradient(box, h) == numerical_gradient(cubes, x, h));
    }
    double two[2];
    box.differences(1, 1e-4, two);
    CHECK(two[0] / 2e-4 == partial(cubes, x, 1));
    CHECK(two[1] / 2e-4 == partial(cubes, x, 2));
}

TEST_CASE("BlackBox moves a span where it lies, and copies everything else", "[models]") {
    std::vector<double> x = kPoint;
    BlackBox in_place([&] { return cubes(x); }, std::span<double>(x));
    CHECK(numerical_gradient(in_place) == numerical_gradient(cubes, x));
    CHECK(x == kPoint);
    BlackBox on_copy(cubes, std::span<const double>(x));
    x.assign(4, 0.0);
    CHECK(numerical_gradient(on_copy) == numerical_gradient(cubes, kPoint));
    Matrix<double> w(2, 2, 1.0);
    BlackBox of_matrix([](const Matrix<double>& m) { return m(1, 0) * 3.0; }, w);
    CHECK(numerical_gradient(of_matrix, 0.5) == (std::vector<double>{0.0, 0.0, 3.0, 0.0}));
    BlackBox empty(cubes, std::vector<double>());
    CHECK(numerical_gradient(empty).empty());
}

TEST_CASE("compare_models: an honest model passes for every step, a cheat does not", "[models]") {
    BlackBox box(cubes, kPoint);
    const ModelComparison honest = compare_models(Cubes{kPoint}, box, kAll, kModelSteps);
    CHECK(honest.compared == 20);
    CHECK(honest.worst <= kRounding);
    const Cheat cheat{{kPoint}};
    const std::vector<double> small = {1e-8, 1e-6};
    CHECK(compare_models(cheat, box, kAll, small).worst <= kRounding);
    const ModelComparison found = compare_models(cheat, box, kAll, kModelSteps);
    CHECK(std::fabs(found.worst - 2 * 64.0) <= kRounding);
    CHECK(found.h == 4.0);
    CHECK(std::fabs(found.b - found.a - 2 * 64.0) <= kRounding);
}
