// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.3.1 to 4.3.3: numerical differentiation, the notebook's two functions, partial derivatives.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "figures/functions.hpp"
#include "notebook/page.hpp"
#include "thalweg/differentiate.hpp"

namespace thalweg::notebook {

/// 4.3.1: The wrong implementation
///
/// As it stands in the notebook, whose h = 10e-50 is 1e-49: x + h is x, and the derivative of everything is
/// zero. numerical_diff() rejects such a step.
void wrong_difference(Page& page) {
    const auto wrong_diff = [](auto f, double x) {
        const double h = 10e-50;
        return (f(x + h) - f(x)) / h;
    };
    page.print(wrong_diff(function_1, 5));
    try {
        page.print(numerical_diff(function_1, 5, 10e-50));
    } catch (const std::invalid_argument& error) {
        page.print(error.what());
    }
}

/// 4.3.1: np.float32(1e-50)
///
/// Limit 1, rounding: the smallest float32 above zero is 1.4e-45. (Not "digits after the eighth are dropped",
/// as the notebook's comment has it: a float32 keeps 24 significant bits wherever the point is.)
void smallest_float(Page& page) {
    page.print(static_cast<float>(1e-50));
}

/// 4.3.1: The central difference
///
/// Limit 2, the difference itself: (f(x+h) - f(x)) / h is off by h/2 f'', (f(x+h) - f(x-h)) / 2h by h^2/6
/// f'''. The derivative of x^3 at 1 is 3.
void central_difference(Page& page) {
    const auto cube = [](double x) { return x * x * x; };
    const double h = 1e-4;
    page.printf("forward  %s", repr((cube(1.0 + h) - cube(1.0)) / h).c_str());
    page.printf("central  %s", repr(numerical_diff(cube, 1.0)).c_str());
}

/// 4.3.2: function_1
double function_1(double x) {
    return 0.01 * (x * x) + 0.1 * x;
}

void plot_function_1(Page& page) {
    const std::vector<double> x = arange(0.0, 20.0, 0.1);
    std::vector<double> y(x.size());
    std::transform(x.begin(), x.end(), y.begin(), function_1);  // y = function_1(x)
    page.draw(figures::curve(x, y));
}

/// 4.3.2: The derivative at 5
///
/// Mistake in the notebook: its comment says "close to 2". The derivative 0.02 x + 0.1 is 0.2 there.
void derivative_at_5(Page& page) {
    page.print(numerical_diff(function_1, 5));
}

/// 4.3.2: The derivative at 10
///
/// Mistake in the notebook: not close to 3, but to 0.3.
void derivative_at_10(Page& page) {
    page.print(numerical_diff(function_1, 10));
}

/// 4.3.2: Tangents at 5 and 10
///
/// The lines run over all of x, as in the notebook; dashes and a red dot show where they touch.
void tangents_at_5_and_10(Page& page) {
    const std::vector<double> x = arange(0.0, 20.0, 0.1);
    std::vector<double> y(x.size());
    std::transform(x.begin(), x.end(), y.begin(), function_1);  // y = function_1(x)
    std::vector<figures::Tangent> touching;
    for (const double at : {5.0, 10.0}) {
        const auto line = tangent_line(function_1, at);
        std::vector<double> y2(x.size());
        std::transform(x.begin(), x.end(), y2.begin(), line);
        touching.push_back({{at, function_1(at)}, y2});
        page.printf("%s x + %s", repr(line.slope).c_str(), repr(line.intercept).c_str());
    }
    page.draw(figures::tangents(x, y, touching));
}

/// 4.3.3: function_2, of two variables
double function_2(std::span<const double> x) {
    return x[0] * x[0] + x[1] * x[1];
}

void plot_function_2(Page& page) {
    const std::vector<double> grid = arange(-3.0, 3.0, 0.25);
    page.draw(figures::surface(grid, grid, [](double x0, double x1) {
        return function_2(std::vector<double>{x0, x1});
    }));
}

/// 4.3.3: The partial derivative by x0 at (3, 4)
///
/// The other variable is a constant: a function of x0 alone. partial() does the same without writing that
/// function.
double function_tmp1(double x0) {
    return x0 * x0 + std::pow(4.0, 2.0);
}

void partial_by_x0(Page& page) {
    page.print(numerical_diff(function_tmp1, 3.0));
    std::vector<double> x = {3.0, 4.0};
    page.print(partial(function_2, x, 0));
}

/// 4.3.3: The partial derivative by x1 at (3, 4)
double function_tmp2(double x1) {
    return std::pow(3.0, 2.0) + x1 * x1;
}

void partial_by_x1(Page& page) {
    page.print(numerical_diff(function_tmp2, 4.0));
    std::vector<double> x = {3.0, 4.0};
    page.print(partial(function_2, x, 1));
}

}  // namespace thalweg::notebook
