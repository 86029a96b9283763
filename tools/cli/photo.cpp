// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From a photo to 28 x 28 pixels, in the order of the functions below: how much each pixel stands out from
// the ground around it; which of them are the digit; its strokes in the width and size that MNIST's have.
#include "photo.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "image_files.hpp"
#include "plane.hpp"
#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

// Longest side of what is searched. A digit of a twentieth of it still has more pixels than are wanted.
constexpr std::size_t kSearched = 640;
// A digit's longer side in MNIST, and in the size in which strokes are measured.
constexpr std::size_t kBox = 20;
constexpr std::size_t kMeasured = 80;
// MNIST's strokes are a ninth of that wide or more; a thin pen's would fade when they are made small.
constexpr float kThinnest = kMeasured / 9.0F;
// The ground under a stroke is that around it, as far as a third of the picture.
constexpr std::size_t kGroundShare = 3;
// A shade is a stroke if it is this part of the darkest strokes.
constexpr float kStrokeShare = 0.4F;
// Fewer pixels than this part of all are specks.
constexpr double kSpeckShare = 0.001;

// So many pixels of the picture, each way, become one that is searched.
std::size_t step_of(const Picture& picture) {
    return (std::max(picture.rows, picture.cols) + kSearched - 1) / kSearched;
}

// At most kSearched a side: the mean of squares of pixels. 1 is white.
Plane plane_of(const Picture& picture) {
    const std::size_t step = step_of(picture);
    Plane plane((picture.rows + step - 1) / step, (picture.cols + step - 1) / step);
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            double sum = 0.0;
            double count = 0.0;
            for (std::size_t k = i * step; k < std::min(picture.rows, (i + 1) * step); ++k) {
                for (std::size_t l = j * step; l < std::min(picture.cols, (j + 1) * step); ++l) {
                    sum += static_cast<double>(picture.samples[k * picture.cols + l]);
                    count += 1.0;
                }
            }
            plane(i, j) = static_cast<float>(sum / count / static_cast<double>(picture.largest));
        }
    }
    return plane;
}

// Of an even border, whether it is nearer to the lightest than to the darkest. Where light falls unevenly,
// whether the few pixels that differ most from those around them are darker: strokes are fewer than ground.
bool is_dark_on_light(const Plane& plane) {
    const std::size_t shorter = std::min(plane.rows, plane.cols);
    const std::size_t width = std::max<std::size_t>(1, shorter / 20);
    std::vector<float> border;
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            if (i < width || j < width || i + width >= plane.rows || j + width >= plane.cols) {
                border.push_back(plane(i, j));
            }
        }
    }
    const float lightest = quantile(plane.values, 1.0 - kSpeckShare);
    const float darkest = quantile(plane.values, kSpeckShare);
    if (quantile(border, 0.9) - quantile(border, 0.1) < (lightest - darkest) / 4) {
        return quantile(std::move(border), 0.5) > (lightest + darkest) / 2;
    }
    const Plane around = local_mean(plane, shorter / 4);
    double cubes = 0.0;
    for (std::size_t i = 0; i < plane.values.size(); ++i) {
        const auto apart = static_cast<double>(plane.values[i] - around.values[i]);
        cubes += apart * apart * apart;
    }
    return cubes < 0.0;
}

// How much of the light that the ground around it sends is missing at each pixel: a shadow takes as much from
// a stroke as from its ground. Of light strokes, how much lighter they are.
Plane contrast_of(Plane plane, bool dark_on_light) {
    if (!dark_on_light) {
        std::transform(plane.values.begin(), plane.values.end(), plane.values.begin(),
                       [](float value) { return 1.0F - value; });
    }
    const std::size_t shorter = std::min(plane.rows, plane.cols);
    if (shorter >= 64) {
        plane = local_mean(plane, 1);
    }
    const Plane ground = closed(plane, std::max<std::size_t>(3, shorter / kGroundShare));
    for (std::size_t i = 0; i < plane.values.size(); ++i) {
        const float lost = ground.values[i] - plane.values[i];
        plane.values[i] = dark_on_light ? lost / std::max(ground.values[i], 0.05F) : lost;
    }
    // Of noise the ground is the lightest part: what is ordinary becomes 0.
    const float ordinary = quantile(plane.values, 0.5);
    for (float& value : plane.values) {
        value -= ordinary;
    }
    return plane;
}

// Pixels that hang together, side by side or corner to corner.
struct Spot {
    std::size_t area = 0;
    std::size_t top, left, bottom = 0, right = 0;  // the last two are the last pixel's
    bool at_border = false;
};

struct Spots {
    std::vector<Spot> list;
    std::vector<std::size_t> of_pixel;  // 0: none; else 1 and its place in the list
};

void fill(const Plane& contrast, float threshold, std::size_t start, Spots& spots) {
    Spot spot{0, contrast.rows, contrast.cols};
    std::vector<std::size_t> waiting = {start};
    spots.of_pixel[start] = spots.list.size() + 1;
    while (!waiting.empty()) {
        const std::size_t row = waiting.back() / contrast.cols;
        const std::size_t col = waiting.back() % contrast.cols;
        waiting.pop_back();
        ++spot.area;
        spot.top = std::min(spot.top, row);
        spot.left = std::min(spot.left, col);
        spot.bottom = std::max(spot.bottom, row);
        spot.right = std::max(spot.right, col);
        for (std::size_t i = row - std::min<std::size_t>(row, 1); i <= std::min(row + 1, contrast.rows - 1);
             ++i) {
            for (std::size_t j = col - std::min<std::size_t>(col, 1);
                 j <= std::min(col + 1, contrast.cols - 1); ++j) {
                const std::size_t at = i * contrast.cols + j;
                if (contrast.values[at] > threshold && spots.of_pixel[at] == 0) {
                    spots.of_pixel[at] = spots.list.size() + 1;
                    waiting.push_back(at);
                }
            }
        }
    }
    spot.at_border = spot.top == 0 || spot.left == 0 || spot.bottom + 1 == contrast.rows ||
                     spot.right + 1 == contrast.cols;
    spots.list.push_back(spot);
}

Spots spots_of(const Plane& contrast, float threshold) {
    Spots spots{{}, std::vector<std::size_t>(contrast.values.size())};
    for (std::size_t i = 0; i < contrast.values.size(); ++i) {
        if (contrast.values[i] > threshold && spots.of_pixel[i] == 0) {
            fill(contrast, threshold, i, spots);
        }
    }
    return spots;
}

// The digit's strokes: the largest spot, and those near it that are no specks next to it. What reaches the
// border is the edge of the paper or a shadow, unless nothing else is large.
std::vector<bool> strokes_of(const std::vector<Spot>& spots) {
    const auto larger = [](const Spot& a, const Spot& b) { return a.area < b.area; };
    const auto inner = [&](const Spot& a, const Spot& b) {
        return std::pair(!a.at_border, a.area) < std::pair(!b.at_border, b.area);
    };
    const Spot* main = &*std::max_element(spots.begin(), spots.end(), inner);
    const Spot* const largest = &*std::max_element(spots.begin(), spots.end(), larger);
    if (10 * main->area < largest->area) {
        main = largest;
    }
    const std::size_t reach = std::max(main->bottom - main->top, main->right - main->left) / 2 + 1;
    std::vector<bool> kept(spots.size());
    for (std::size_t i = 0; i < spots.size(); ++i) {
        const Spot& spot = spots[i];
        const bool near = spot.top <= main->bottom + reach && main->top <= spot.bottom + reach &&
                          spot.left <= main->right + reach && main->left <= spot.right + reach;
        kept[i] = near && 20 * spot.area >= main->area && (main->at_border || !spot.at_border);
    }
    return kept;
}

// The strokes with soft edges, cut out; says where.
Plane cut_out(const Plane& contrast, float darkest, const Spots& spots, PreparedDigit& digit) {
    const std::vector<bool> kept = strokes_of(spots.list);
    Spot all{0, contrast.rows, contrast.cols};
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i]) {
            const Spot& spot = spots.list[i];
            all.top = std::min(all.top, spot.top);
            all.left = std::min(all.left, spot.left);
            all.bottom = std::max(all.bottom, spot.bottom);
            all.right = std::max(all.right, spot.right);
        }
    }
    digit.row = all.top;
    digit.col = all.left;
    digit.rows = all.bottom - all.top + 1;
    digit.cols = all.right - all.left + 1;
    Plane result(digit.rows, digit.cols);
    for (std::size_t i = 0; i < result.rows; ++i) {
        for (std::size_t j = 0; j < result.cols; ++j) {
            const std::size_t at = (all.top + i) * contrast.cols + all.left + j;
            const std::size_t spot = spots.of_pixel[at];
            if (spot == 0 || kept[spot - 1]) {
                const float part = contrast.values[at] / darkest;
                result(i, j) = std::clamp((part - kStrokeShare / 2) / 0.5F, 0.0F, 1.0F);
            }
        }
    }
    return result;
}

// The longer side becomes so long.
Plane with_longer_side(const Plane& plane, std::size_t side) {
    const std::size_t longer = std::max(plane.rows, plane.cols);
    const auto scaled = [&](std::size_t length) {
        return std::max<std::size_t>(1, (2 * length * side + longer) / (2 * longer));
    };
    return resized(plane, scaled(plane.rows), scaled(plane.cols));
}

void stretch(Plane& plane) {
    const float most = *std::max_element(plane.values.begin(), plane.values.end());
    for (float& value : plane.values) {
        value = most > 0.0F ? value / most : value;
    }
}

// Mean width of the strokes: twice the area by the length of its outline. Of all directions an outline's
// pixel edges are 4 / pi times as long as it is.
float stroke_width(const Plane& plane) {
    const auto inside = [&](std::size_t i, std::size_t j) {
        return i < plane.rows && j < plane.cols && plane(i, j) > 0.5F;
    };
    float area = 0.0F;
    float edges = 0.0F;
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            if (inside(i, j)) {
                area += 1.0F;
                edges += (inside(i - 1, j) ? 0.0F : 1.0F) + (inside(i + 1, j) ? 0.0F : 1.0F) +
                         (inside(i, j - 1) ? 0.0F : 1.0F) + (inside(i, j + 1) ? 0.0F : 1.0F);
            }
        }
    }
    constexpr float kQuarterTurn = 0.785398F;  // pi / 4
    return edges > 0.0F ? 2.0F * area / (edges * kQuarterTurn) : 0.0F;
}

// No stroke thinner than MNIST's.
Plane with_thick_strokes(const Plane& cut) {
    Plane plane = with_longer_side(cut, kMeasured);
    stretch(plane);
    const float missing = kThinnest - stroke_width(plane);
    return missing > 1.0F ? widened(plane, missing / 2, static_cast<std::size_t>(missing / 2)) : plane;
}

// On black, the centre of mass in the middle.
std::vector<std::uint8_t> centred(const Plane& plane) {
    double mass = 0.0;
    double row = 0.0;
    double col = 0.0;
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            const auto value = static_cast<double>(plane(i, j));
            mass += value;
            row += value * (static_cast<double>(i) + 0.5);
            col += value * (static_cast<double>(j) + 0.5);
        }
    }
    const auto place = [&](double moment, std::size_t size) {
        const double first = std::floor(kDigitSide / 2.0 - moment / mass + 0.5);
        return static_cast<std::size_t>(std::clamp(first, 0.0, static_cast<double>(kDigitSide - size)));
    };
    const std::size_t top = place(row, plane.rows);
    const std::size_t left = place(col, plane.cols);
    std::vector<std::uint8_t> pixels(kDigitSide * kDigitSide);
    for (std::size_t i = 0; i < plane.rows; ++i) {
        for (std::size_t j = 0; j < plane.cols; ++j) {
            const float value = std::clamp(plane(i, j), 0.0F, 1.0F) * 255.0F;
            pixels[(top + i) * kDigitSide + left + j] = static_cast<std::uint8_t>(std::lround(value));
        }
    }
    return pixels;
}

}  // namespace

PreparedDigit prepare_digit(const std::string& name, const Picture& picture) {
    PreparedDigit digit;
    const Plane plane = plane_of(picture);
    digit.inverted = is_dark_on_light(plane);
    const Plane contrast = contrast_of(plane, digit.inverted);
    const float darkest = quantile(contrast.values, 1.0 - kSpeckShare);
    // Half of all is ground: the middle of what lies below the ordinary is its noise.
    const float noise = -quantile(contrast.values, 0.16);
    const float threshold = std::max(kStrokeShare * darkest, 4.0F * noise);
    if (darkest < 0.04F || threshold > 0.9F * darkest) {
        throw IoError(name + ": expected a digit that stands out from its ground, found " +
                      std::to_string(picture.rows) + " x " + std::to_string(picture.cols) +
                      " pixels without one");
    }
    const Plane cut = cut_out(contrast, darkest, spots_of(contrast, threshold), digit);
    Plane small = with_longer_side(with_thick_strokes(cut), kBox);
    stretch(small);
    digit.pixels = centred(small);
    const std::size_t step = step_of(picture);
    digit.row *= step;
    digit.col *= step;
    digit.rows = std::min(digit.rows * step, picture.rows - digit.row);
    digit.cols = std::min(digit.cols * step, picture.cols - digit.col);
    return digit;
}

}  // namespace thalweg::cli
