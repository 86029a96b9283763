// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Pictures of functions of one and two variables: the notebook's sections 4.3.2 to 4.4.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "figures/figure_folder.hpp"

namespace thalweg::figures {

struct Point {
    double x;
    double y;
};

// A tangent and where it touches.
struct Tangent {
    Point touch;
    std::vector<double> line;  // its value at every x of the curve
};

Figure curve(std::span<const double> x, std::span<const double> y);
// One panel a tangent: the curve, the line over all of x, dashed guides and a red dot where they touch.
Figure tangents(std::span<const double> x, std::span<const double> y, std::span<const Tangent> touching);
Figure surface(std::span<const double> x, std::span<const double> y,
               const std::function<double(double, double)>& f);
// Arrows along the negative gradient, shortened to fit, and the points a descent went through.
struct Arrow {
    Point from;
    Point gradient;
};
Figure gradient_field(std::span<const Arrow> arrows, std::span<const Point> path);

}  // namespace thalweg::figures
