// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// function_1 with its tangents, function_2 as a surface and as a field.
#include "figures/functions.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "cli/cli.hpp"

namespace thalweg::figures {
namespace {

std::string curve_rows(std::span<const double> x, std::span<const double> y) {
    Rows rows;
    for (std::size_t i = 0; i < x.size(); ++i) {
        rows.add({x[i], y[i]});
    }
    return rows.text();
}

}  // namespace

Figure curve(std::span<const double> x, std::span<const double> y) {
    return {.name = "function_1",
            .width = 800,
            .height = 560,
            .script =
                "set title 'f(x) = 0.01 x^2 + 0.1 x'\n"
                "set xlabel 'x'\n"
                "set ylabel 'f(x)'\n"
                "set xrange [0:20]\n"
                "plot curve using 1:2 with lines linestyle 1 notitle\n",
            .data = {{"curve", curve_rows(x, y)}}};
}

Figure tangents(std::span<const double> x, std::span<const double> y, std::span<const Tangent> touching) {
    Figure figure{.name = "tangents",
                  .width = 800,
                  .height = static_cast<unsigned>(440 * touching.size()),
                  .script = "set multiplot layout " + std::to_string(touching.size()) +
                            ",1\n"
                            "set xlabel 'x'\n"
                            "set ylabel 'f(x)'\n"
                            "set xrange [0:20]\n"
                            "set yrange [-1.4:6.4]\n",
                  .data = {{"curve", curve_rows(x, y)}}};
    for (std::size_t i = 0; i < touching.size(); ++i) {
        const auto& [touch, line] = touching[i];
        const std::string name = "line" + std::to_string(i + 1);
        const std::string at = cli::number_text(touch.x);
        const std::string value = cli::number_text(touch.y);
        figure.data.push_back({name, curve_rows(x, line)});
        // The notebook's guides begin at x = 0 and y = -1.
        const std::string guides = "set arrow 1 from " + at + ",-1 to " + at + "," + value +
                                   " nohead linestyle 11\nset arrow 2 from 0," + value + " to " + at + "," +
                                   value + " nohead linestyle 11\n";
        figure.script += "set title 'Tangent at x = " + at + "'\n" + guides +
                         "plot curve using 1:2 with lines linestyle 1 title 'f(x)', " + name +
                         " using 1:2 with lines linestyle 2 title 'tangent', '+' using (" + at + "):(" +
                         value + ") every ::0::0 with points linestyle 3 notitle\n";
    }
    figure.script += "unset multiplot\n";
    return figure;
}

Figure surface(std::span<const double> x, std::span<const double> y,
               const std::function<double(double, double)>& f) {
    Rows rows;
    for (const double row : y) {
        for (const double column : x) {
            rows.add({column, row, f(column, row)});
        }
        rows.gap();
    }
    // matplotlib's 'hot': red rises to 0.365, then green to 0.746, then blue.
    return {.name = "function_2",
            .width = 800,
            .height = 640,
            .script =
                "set title 'f(x_0, x_1) = x_0^2 + x_1^2'\n"
                "set xlabel 'x_0'\n"
                "set ylabel 'x_1'\n"
                "set zlabel 'f' offset -1,0\n"
                "set border 127 linecolor rgb '#bbbbbb'\n"
                "set xyplane at 0\n"
                "set ticslevel 0\n"
                "set view 60, 30, 1, 1\n"
                "set grid x y z vertical\n"
                "set palette defined (0 '#0b0000', 0.365 '#ff0000', 0.746 '#ffff00', 1 '#ffffff')\n"
                "set pm3d depthorder corners2color mean border linecolor rgb '#884400' linewidth 0.3\n"
                "set colorbox user origin 0.92,0.25 size 0.02,0.5\n"
                "splot surface using 1:2:3 with pm3d notitle\n",
            .data = {{"surface", rows.text()}}};
}

Figure gradient_field(std::span<const Arrow> arrows, std::span<const Point> path) {
    // The longest arrow is as long as the arrows are apart, so that none reaches into the next.
    double longest = 0.0;
    double apart = 1.0;
    for (const Arrow& arrow : arrows) {
        longest = std::max(longest, std::hypot(arrow.gradient.x, arrow.gradient.y));
    }
    if (arrows.size() > 1) {
        apart =
            std::fabs(arrows[1].from.x - arrows[0].from.x) + std::fabs(arrows[1].from.y - arrows[0].from.y);
    }
    const double scale = longest > 0.0 ? apart / longest : 0.0;
    Rows field;
    for (const auto& [from, gradient] : arrows) {
        field.add({from.x, from.y, -scale * gradient.x, -scale * gradient.y});
    }
    Rows descent;
    for (const Point& point : path) {
        descent.add({point.x, point.y});
    }
    return {.name = "gradient",
            .width = 720,
            .height = 720,
            .script =
                "set title 'Negative gradient of f = x_0^2 + x_1^2, and a descent'\n"
                "set xlabel 'x_0'\n"
                "set ylabel 'x_1'\n"
                "set size square\n"
                "set xrange [-4.4:4.4]\n"
                "set yrange [-4.4:4.4]\n"
                "set key outside bottom center horizontal\n"
                "plot field using 1:2:3:4 with vectors head size 0.1,25 filled linestyle 4 "
                "linewidth 1.5 title 'negative gradient', "
                "path using 1:2 with linespoints linestyle 3 title 'gradient descent'\n",
            .data = {{"field", field.text()}, {"path", descent.text()}}};
}

}  // namespace thalweg::figures
