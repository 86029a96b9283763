// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.3.1 to 4.3.3: numerical differentiation, the notebook's two functions, partial derivatives.
#include <cstdio>
#include <stdexcept>

#include "figures/functions.hpp"
#include "notebook/page.hpp"
#include "thalweg/array.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/shape.hpp"

namespace thalweg::notebook {

/// 4.3.1: The wrong implementation
///
/// As it stands in the notebook, whose h = 10e-50 is 1e-49: x + h is x, and the derivative of everything is
/// zero. numerical_diff() rejects such a step.
void wrong_difference(Page& /*page*/) {
    const auto wrong_diff = [](auto f, double x) {
        const double h = 10e-50;
        return (f(x + h) - f(x)) / h;
    };
    const auto f = [](double x) { return x * x; };
    std::printf("%.1f\n", wrong_diff(f, 5));
    try {
        numerical_diff(f, 5, 10e-50);
    } catch (const std::invalid_argument& error) {
        std::printf("%s\n", error.what());
    }
}

/// 4.3.1: np.float32(1e-50)
///
/// Limit 1, rounding: the smallest float32 above zero is 1.4e-45. (Not "digits after the eighth are dropped",
/// as the notebook's comment has it: a float32 keeps 24 significant bits wherever the point is.)
void smallest_float(Page& /*page*/) {
    const auto small = static_cast<float>(1e-50);
    std::printf("%.1f\n", static_cast<double>(small));
}

/// 4.3.1: The central difference
///
/// Limit 2, the difference itself: (f(x+h) - f(x)) / h is off by h/2 f'', (f(x+h) - f(x-h)) / 2h by h^2/6
/// f'''. The derivative of x^3 at 1 is 3.
void central_difference(Page& /*page*/) {
    const auto cube = [](double x) { return x * x * x; };
    const double h = 1e-4;
    std::printf("forward  %.16g\n", (cube(1.0 + h) - cube(1.0)) / h);
    std::printf("central  %.16g\n", numerical_diff(cube, 1.0));
}

/// 4.3.2: function_1
///
/// Of a number, as derivatives need it, and of all of x = np.arange(0.0, 20.0, 0.1) in one line.
template <class Number>
auto function_1(const Number& x) {
    return 0.01 * (x * x) + 0.1 * x;
}

void plot_function_1(Page& page) {
    const Matrix<double> x = arange(0.0, 20.0, 0.1);
    const Matrix<double> y = function_1(x);
    std::printf("%zu points, the last at (%.4g, %.4g)\n", x.size(), max(x), max(y));
    // The page's:
    page.draw(figures::curve(elements(x), elements(y)));
}

/// 4.3.2: The derivative at 5
///
/// Mistake in the notebook: its comment says "close to 2". The derivative 0.02 x + 0.1 is 0.2 there.
void derivative_at_5(Page& /*page*/) {
    std::printf("%.16g\n", numerical_diff(function_1<double>, 5));
}

/// 4.3.2: The derivative at 10
///
/// Mistake in the notebook: not close to 3, but to 0.3.
void derivative_at_10(Page& /*page*/) {
    std::printf("%.16g\n", numerical_diff(function_1<double>, 10));
}

/// 4.3.2: Tangents at 5 and 10
///
/// The lines run over all of x, as in the notebook; dashes and a red dot show where they touch.
void tangents_at_5_and_10(Page& page) {
    const Matrix<double> x = arange(0.0, 20.0, 0.1);
    const auto tf = tangent_line(function_1<double>, 5.0);
    const Matrix<double> y2 = tf.slope * x + tf.intercept;
    const auto tg = tangent_line(function_1<double>, 10.0);
    const Matrix<double> y3 = tg.slope * x + tg.intercept;
    std::printf("%.16g x + %.16g\n", tf.slope, tf.intercept);
    std::printf("%.16g x + %.16g\n", tg.slope, tg.intercept);
    // The page's:
    const Matrix<double> y = function_1(x);
    const std::vector<figures::Tangent> touching = {{{5.0, function_1(5.0)}, elements(y2)},
                                                    {{10.0, function_1(10.0)}, elements(y3)}};
    page.draw(figures::tangents(elements(x), elements(y), touching));
}

/// 4.3.3: function_2, of two variables
double function_2(std::span<const double> x) {
    return x[0] * x[0] + x[1] * x[1];
}

void plot_function_2(Page& page) {
    const Matrix<double> X = arange(-3.0, 3.0, 0.25);
    const Matrix<double> Y = arange(-3.0, 3.0, 0.25);
    const auto [XX, YY] = meshgrid(X, Y);
    const Matrix<double> ZZ = square(XX) + square(YY);
    std::printf("(%zu, %zu), from %g to %g\n", ZZ.rows(), ZZ.cols(), min(ZZ), max(ZZ));
    // The page's:
    page.draw(figures::surface(elements(X), elements(X), [](double x0, double x1) {
        return function_2(std::vector<double>{x0, x1});
    }));
}

/// 4.3.3: The partial derivative by x0 at (3, 4)
///
/// The other variable is a constant: a function of x0 alone. partial() does the same without writing that
/// function.
double function_tmp1(double x0) {
    return x0 * x0 + 4.0 * 4.0;
}

void partial_by_x0(Page& /*page*/) {
    std::printf("%.16g\n", numerical_diff(function_tmp1, 3.0));
    Matrix<double> x = {3, 4};
    std::printf("%.16g\n", partial(function_2, x, 0));
}

/// 4.3.3: The partial derivative by x1 at (3, 4)
double function_tmp2(double x1) {
    return 3.0 * 3.0 + x1 * x1;
}

void partial_by_x1(Page& /*page*/) {
    std::printf("%.16g\n", numerical_diff(function_tmp2, 4.0));
    Matrix<double> x = {3, 4};
    std::printf("%.16g\n", partial(function_2, x, 1));
}

}  // namespace thalweg::notebook
