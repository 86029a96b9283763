// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sections 4.3 and 4.4 of the notebook, digit by digit.
#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/differentiate.hpp"

namespace {

using namespace thalweg;

double function_1(double x) {
    return 0.01 * (x * x) + 0.1 * x;
}

double function_2(std::span<const double> x) {
    return x[0] * x[0] + x[1] * x[1];
}

}  // namespace

TEST_CASE("4.3.1: h = 1e-49 is no small step but none at all", "[notebook]") {
    // The notebook's wrong implementation, as it stands: x + h is x, and 0 / h is 0.
    const double h = 10e-50;
    const auto wrong = [&](double x) { return (function_1(x + h) - function_1(x)) / h; };
    CHECK(wrong(5.0) == 0.0);
    CHECK_THROWS_WITH(
        numerical_diff(function_1, 5.0, h),
        "numerical_diff: h must move x = 5 to both sides, found h = 1e-49, which is lost in rounding; "
        "try 4.4e-05");
    // np.float32(1e-50) is 0.0: in float there is not even an h.
    CHECK(static_cast<float>(1e-50) == 0.0F);
    const auto in_float = [](float x) { return 0.01F * x * x + 0.1F * x; };
    CHECK_THROWS_WITH(numerical_diff(in_float, 5.0F, 1e-50),
                      "numerical_diff: h must be finite and above 0, found 0");
}

TEST_CASE("4.3.1: float32 keeps seven digits, and the difference of two such numbers none", "[notebook]") {
    // 2^-24 * |f| a value, twice, over 2h: f = 0.75, so up to 4.5e-4 around the true 0.2; the central
    // difference itself is exact for a parabola. x + h is rounded as well: 2^-22 / 1e-4 = 0.24 % of 0.2.
    const auto in_float = [](float x) { return 0.01F * x * x + 0.1F * x; };
    const double error = std::fabs(static_cast<double>(numerical_diff(in_float, 5.0F)) - 0.2);
    CHECK(error > 1e-5);
    CHECK(error < 4.5e-4 + 0.0024 * 0.2 + 4 * 0x1p-24 * 0.75 / 2e-4);
}

TEST_CASE("4.3.2: the derivatives of 0.01 x^2 + 0.1 x at 5 and 10", "[notebook]") {
    CHECK(numerical_diff(function_1, 5) == 0.1999999999990898);
    CHECK(numerical_diff(function_1, 10) == 0.2999999999986347);
}

TEST_CASE("4.3.2: tangent lines", "[notebook]") {
    const auto line = tangent_line(function_1, 5);
    CHECK(line.slope == 0.1999999999990898);
    CHECK(line.intercept == function_1(5.0) - 0.1999999999990898 * 5.0);
    // Two roundings of numbers below 1 in the intercept, two in the line.
    CHECK(std::fabs(line(5.0) - function_1(5.0)) <= 4 * 0x1p-53);
    CHECK(line(0.0) == line.intercept);
}

TEST_CASE("4.3.3: partial derivatives of x0^2 + x1^2 at (3, 4)", "[notebook]") {
    const auto function_tmp1 = [](double x0) { return x0 * x0 + 4.0 * 4.0; };
    const auto function_tmp2 = [](double x1) { return 3.0 * 3.0 + x1 * x1; };
    CHECK(numerical_diff(function_tmp1, 3.0) == 6.00000000000378);
    CHECK(numerical_diff(function_tmp2, 4.0) == 7.999999999999119);
    std::vector<double> x = {3.0, 4.0};
    CHECK(partial(function_2, x, 0) == 6.00000000000378);
    CHECK(partial(function_2, x, 1) == 7.999999999999119);
    CHECK(x == std::vector<double>{3.0, 4.0});
}

TEST_CASE("4.4: the gradient, for every kind of x and of f", "[notebook]") {
    const std::vector<double> expected = {6.00000000000378, 7.999999999999119};
    std::vector<double> x = {3.0, 4.0};
    CHECK(numerical_gradient(function_2, x) == expected);
    CHECK(numerical_gradient(function_2, std::vector<double>{3.0, 4.0}) == expected);
    CHECK(numerical_gradient(function_2, std::as_const(x)) == expected);
    CHECK(numerical_gradient(function_2, std::span<const double>(x)) == expected);
    CHECK(numerical_gradient(function_2, std::array<double, 2>{3.0, 4.0}) == expected);
    CHECK(numerical_gradient([](const auto& v) { return v[0] * v[0] + v[1] * v[1]; }, x) == expected);
    CHECK(numerical_gradient([](std::vector<double>& v) { return v[0] * v[0] + v[1] * v[1]; }, x) ==
          expected);
    // As the notebook's loss_W, which ignores its argument and looks at the parameters themselves.
    CHECK(numerical_gradient([&] { return function_2(x); }, x) == expected);

    Matrix<double> w = {{3.0, 4.0}};
    const auto of_matrix = [](const Matrix<double>& m) { return m(0, 0) * m(0, 0) + m(0, 1) * m(0, 1); };
    const Matrix<double> want = {{6.00000000000378, 7.999999999999119}};
    CHECK(numerical_gradient(of_matrix, w) == want);
    CHECK(numerical_gradient(of_matrix, std::as_const(w)) == want);
    CHECK(numerical_gradient(function_2, w) == want);
    CHECK(numerical_gradient([&] { return of_matrix(w); }, w.row(0)) == want);
    CHECK(numerical_gradient(function_2, std::as_const(w).row(0)) == want);
}

TEST_CASE("4.4: variables move one at a time, in index order, and come back bit for bit", "[notebook]") {
    // 0.1 + h - h is not 0.1: adding the step back would leave another number. -0 is not +0 either.
    const std::vector<double> start = {0.1, -0.0, 1e300, 0x1p-1070};
    std::vector<double> x = start;
    std::vector<std::vector<double>> seen;
    const auto f = [&] {
        seen.push_back(x);
        return 1.0;
    };
    const double h = 1e292;  // moves 1e300 as well
    CHECK(numerical_gradient(f, x, h) == std::vector<double>(4, 0.0));
    CHECK(test::first_difference(x.data(), start.data(), 4) == "");
    REQUIRE(seen.size() == 8);
    for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t side = 0; side < 2; ++side) {
            std::vector<double> expected = start;
            expected[i] = side == 0 ? start[i] + h : start[i] - h;
            CHECK(test::first_difference(seen[2 * i + side].data(), expected.data(), 4) == "");
        }
    }
}

TEST_CASE("4.4: a function that throws leaves x as it was", "[notebook]") {
    const std::vector<double> start = {0.1, 0.2, 0.3};
    std::vector<double> x = start;
    int calls = 0;
    const auto f = [&] {
        if (++calls == 4) {
            throw std::runtime_error("enough");
        }
        return 1.0;
    };
    CHECK_THROWS_WITH(numerical_gradient(f, x), "enough");
    CHECK(test::first_difference(x.data(), start.data(), 3) == "");
    calls = 3;
    CHECK_THROWS_WITH(partial(f, x, 2), "enough");
    CHECK(test::first_difference(x.data(), start.data(), 3) == "");
}

TEST_CASE("4.4: the gradient in float is in float", "[notebook]") {
    std::vector<float> x = {3.0F, 4.0F};
    const auto f = [](std::span<const float> v) { return v[0] * v[0] + v[1] * v[1]; };
    const std::vector<float> gradient = numerical_gradient(f, x, 0x1p-7);
    // A parabola, and a step that makes every value below a multiple of 2^-14: nothing is rounded.
    CHECK(gradient == std::vector<float>{6.0F, 8.0F});
}

TEST_CASE("4.4: no variables, no gradient", "[notebook]") {
    std::vector<double> none;
    CHECK(numerical_gradient([](std::span<const double>) { return 1.0; }, none).empty());
    Matrix<double> empty(0, 3);
    const Matrix<double> gradient = numerical_gradient([] { return 1.0; }, empty);
    CHECK((gradient.rows() == 0 && gradient.cols() == 3));
}
