// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "plane.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>

namespace thalweg::cli {
namespace {

Plane transposed(const Plane& plane) {
    Plane result(plane.cols, plane.rows);
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            result(j, i) = plane(i, j);
        }
    }
    return result;
}

// Along each row the mean of the values at most `reach` away.
Plane mean_along_rows(const Plane& plane, std::size_t reach) {
    Plane result(plane.rows, plane.cols);
    std::vector<double> sums(plane.cols + 1);
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            sums[j + 1] = sums[j] + static_cast<double>(plane(i, j));
        }
        for (std::size_t j = 0; j < plane.cols; ++j) {
            const std::size_t first = j - std::min(j, reach);
            const std::size_t last = std::min(plane.cols, j + reach + 1);
            result(i, j) = static_cast<float>((sums[last] - sums[first]) / static_cast<double>(last - first));
        }
    }
    return result;
}

// Along each row the extreme of the values at most `reach` away: those that can still become it wait in a
// queue, in order (Lemire 2006).
template <class Before>
Plane extreme_along_rows(const Plane& plane, std::size_t reach, Before before) {
    Plane result(plane.rows, plane.cols);
    for (std::size_t i = 0; i < plane.rows; ++i) {
        std::deque<std::size_t> waiting;
        std::size_t next = 0;
        for (std::size_t j = 0; j < plane.cols; ++j) {
            for (; next < std::min(plane.cols, j + reach + 1); ++next) {
                while (!waiting.empty() && !before(plane(i, waiting.back()), plane(i, next))) {
                    waiting.pop_back();
                }
                waiting.push_back(next);
            }
            while (waiting.front() + reach < j) {
                waiting.pop_front();
            }
            result(i, j) = plane(i, waiting.front());
        }
    }
    return result;
}

template <class Before>
Plane extreme(const Plane& plane, std::size_t reach, Before before) {
    return transposed(
        extreme_along_rows(transposed(extreme_along_rows(plane, reach, before)), reach, before));
}

Plane resized_rows(const Plane& plane, std::size_t cols) {
    Plane result(plane.rows, cols);
    const double step = static_cast<double>(plane.cols) / static_cast<double>(cols);
    const double reach = std::max(step, 1.0);
    std::vector<double> weights(plane.cols);
    for (std::size_t j = 0; j < cols; ++j) {
        const double centre = (static_cast<double>(j) + 0.5) * step;
        const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(centre - reach)));
        const auto last =
            std::min(plane.cols, static_cast<std::size_t>(std::max(0.0, std::ceil(centre + reach))));
        double total = 0.0;
        for (std::size_t k = first; k < last; ++k) {
            weights[k] = std::max(0.0, reach - std::abs(static_cast<double>(k) + 0.5 - centre));
            total += weights[k];
        }
        for (std::size_t i = 0; i < plane.rows; ++i) {
            double sum = 0.0;
            for (std::size_t k = first; k < last; ++k) {
                sum += weights[k] * static_cast<double>(plane(i, k));
            }
            result(i, j) = static_cast<float>(sum / total);
        }
    }
    return result;
}

}  // namespace

float quantile(std::vector<float> values, double share) {
    const auto last = static_cast<double>(values.size() - 1);
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * last);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

Plane local_mean(const Plane& plane, std::size_t reach) {
    return transposed(mean_along_rows(transposed(mean_along_rows(plane, reach)), reach));
}

Plane closed(const Plane& plane, std::size_t side) {
    return extreme(extreme(plane, side / 2, std::greater<>()), side / 2, std::less<>());
}

Plane resized(const Plane& plane, std::size_t rows, std::size_t cols) {
    return transposed(resized_rows(transposed(resized_rows(plane, cols)), rows));
}

Plane widened(const Plane& plane, float radius, std::size_t margin) {
    Plane result(plane.rows + 2 * margin, plane.cols + 2 * margin);
    const auto reach = static_cast<std::ptrdiff_t>(std::ceil(radius));
    const auto rows = static_cast<std::ptrdiff_t>(plane.rows);
    const auto cols = static_cast<std::ptrdiff_t>(plane.cols);
    for (std::size_t i = 0; i < result.rows; ++i) {
        for (std::size_t j = 0; j < result.cols; ++j) {
            const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(margin);
            const std::ptrdiff_t col = static_cast<std::ptrdiff_t>(j) - static_cast<std::ptrdiff_t>(margin);
            for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(0, row - reach);
                 k < std::min(rows, row + reach + 1); ++k) {
                for (std::ptrdiff_t l = std::max<std::ptrdiff_t>(0, col - reach);
                     l < std::min(cols, col + reach + 1); ++l) {
                    const auto square = static_cast<float>((k - row) * (k - row) + (l - col) * (l - col));
                    if (square <= radius * radius) {
                        result(i, j) = std::max(
                            result(i, j), plane(static_cast<std::size_t>(k), static_cast<std::size_t>(l)));
                    }
                }
            }
        }
    }
    return result;
}

}  // namespace thalweg::cli
