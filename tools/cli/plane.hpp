// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Grey as numbers, and the few filters that finding a digit takes.
#pragma once

#include <cstddef>
#include <vector>

namespace thalweg::cli {

struct Plane {
    Plane() = default;
    Plane(std::size_t height, std::size_t width) : rows(height), cols(width), values(height * width) {}

    float& operator()(std::size_t i, std::size_t j) { return values[i * cols + j]; }
    float operator()(std::size_t i, std::size_t j) const { return values[i * cols + j]; }

    std::size_t rows = 0;
    std::size_t cols = 0;
    std::vector<float> values;
};

// The value that this share of all is not above: 0.5 is the median.
float quantile(std::vector<float> values, double share);

// Each value becomes the mean of those at most so far away, each way.
Plane local_mean(const Plane& plane, std::size_t reach);

// Dark structures into which no square of this side fits take the value of what is around them.
Plane closed(const Plane& plane, std::size_t side);

// In other sizes: every value is a mean, weighted by a triangle that is as wide as two steps.
Plane resized(const Plane& plane, std::size_t rows, std::size_t cols);

// Each value becomes the largest within a circle of this radius; the plane grows by `margin` on all sides.
Plane widened(const Plane& plane, float radius, std::size_t margin);

}  // namespace thalweg::cli
