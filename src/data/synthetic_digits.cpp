// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Draws digits: a hand's control points are jittered and moved about the paper, corners cut to curves, and a
// round pen drawn along them. Only + - * / and sqrt in double, which every platform rounds alike, so that the
// same seed gives the same bytes everywhere. Start reading at draw().
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "data/digit_strokes.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/images.hpp"
#include "thalweg/random.hpp"

namespace thalweg {
namespace {

constexpr std::size_t kSide = 28;
constexpr std::size_t kPixels = kSide * kSide;

// How far hands differ. Tuned so that the notebook's two-layer net ends near 96 % on digits it has not seen.
constexpr double kJitter = 8.0;  // of each control point, in hundredths of the paper
constexpr double kSlant = 0.4;   // sideways shift of the top against the bottom, as a part of the height
constexpr double kTurn = 0.12;   // tangent of half the rotation's angle
constexpr double kHeight[] = {15.0, 21.0};   // pixels
constexpr double kAspect[] = {0.6, 1.05};    // width of the paper to its height
constexpr double kShift = 2.4;               // of the paper's centre along either axis, in pixels
constexpr double kHalfWidth[] = {0.6, 1.5};  // of the pen, in pixels

struct Point {
    double x;
    double y;
};

// A few random numbers an image, cheaper to seed than Rng's 624 words: SplitMix64 (Steele, Lea and Flood
// 2014).
class ImageRandom {
public:
    explicit ImageRandom(std::uint64_t seed) : state_(seed) {}

    // Uniform in [low, high), a multiple of 2^-32 of the range.
    double between(double low, double high) { return low + (high - low) * (next_u32() / 4294967296.0); }

    std::size_t below(std::size_t n) {
        return static_cast<std::size_t>(std::uint64_t{next_u32()} * std::uint64_t{n} >> 32);
    }

private:
    std::uint32_t next_u32() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
    }

    std::uint64_t state_;
};

// From paper to pixels: rotation after slant after scaling.
struct Placement {
    double xx, xy, yx, yy;
    Point centre;

    explicit Placement(ImageRandom& random) {
        const double height = random.between(kHeight[0], kHeight[1]) / 100.0;
        const double width = height * random.between(kAspect[0], kAspect[1]);
        const double slant = random.between(-kSlant, kSlant);
        const double t = random.between(-kTurn, kTurn);
        const double cosine = (1.0 - t * t) / (1.0 + t * t);
        const double sine = 2.0 * t / (1.0 + t * t);
        xx = cosine * width;
        yx = sine * width;
        xy = -cosine * slant * height - sine * height;
        yy = cosine * height - sine * slant * height;
        centre.x = kSide / 2.0 + random.between(-kShift, kShift);
        centre.y = kSide / 2.0 + random.between(-kShift, kShift);
    }

    Point operator()(Point paper) const {
        const double x = paper.x - 50.0;
        const double y = paper.y - 50.0;
        return {centre.x + xx * x + xy * y, centre.y + yx * x + yy * y};
    }
};

// A polyline of at most 4 times the control points: what two rounds of corner cutting make of them.
class Curve {
public:
    void add(Point p) { points_[size_++] = p; }
    std::size_t size() const { return size_; }
    const Point& operator[](std::size_t i) const { return points_[i]; }

    // Chaikin 1974: every edge keeps its middle half, the curve keeps its ends. Tends to a quadratic
    // B-spline.
    Curve cut() const {
        Curve finer;
        finer.add(points_[0]);
        for (std::size_t i = 0; i + 1 < size_; ++i) {
            const Point a = points_[i];
            const Point b = points_[i + 1];
            finer.add({0.75 * a.x + 0.25 * b.x, 0.75 * a.y + 0.25 * b.y});
            finer.add({0.25 * a.x + 0.75 * b.x, 0.25 * a.y + 0.75 * b.y});
        }
        finer.add(points_[size_ - 1]);
        return finer;
    }

private:
    std::array<Point, 4 * data::kMostPenPoints> points_;
    std::size_t size_ = 0;
};

// For each pixel the square of the distance from its centre to the pen's path, as far as the pen reaches.
class Paper {
public:
    explicit Paper(double half_width) : half_width_(half_width) { distance2_.fill(kFar); }

    // Looks only at the pixels that the segment's ink can reach.
    void line(Point a, Point b) {
        const double reach = half_width_ + 0.5;
        const double dx = b.x - a.x;
        const double dy = b.y - a.y;
        const double length2 = dx * dx + dy * dy;
        const double scale = length2 > 0.0 ? 1.0 / length2 : 0.0;
        const std::size_t first_x = pixel(std::min(a.x, b.x) - reach);
        const std::size_t first_y = pixel(std::min(a.y, b.y) - reach);
        const std::size_t last_x = pixel(std::max(a.x, b.x) + reach + 1.0);
        const std::size_t last_y = pixel(std::max(a.y, b.y) + reach + 1.0);
        for (std::size_t y = first_y; y < last_y; ++y) {
            const double py = static_cast<double>(y) + 0.5 - a.y;
            for (std::size_t x = first_x; x < last_x; ++x) {
                const double px = static_cast<double>(x) + 0.5 - a.x;
                const double along = std::clamp((px * dx + py * dy) * scale, 0.0, 1.0);
                const double ex = px - along * dx;
                const double ey = py - along * dy;
                double& distance2 = distance2_[y * kSide + x];
                distance2 = std::min(distance2, ex * ex + ey * ey);
            }
        }
    }

    // A pixel's grey is the part of it that the pen's edge leaves inked, taken along the line to the path.
    void print(std::uint8_t* pixels) const {
        for (std::size_t i = 0; i < kPixels; ++i) {
            if (distance2_[i] != kFar) {
                const double ink = std::clamp(half_width_ + 0.5 - std::sqrt(distance2_[i]), 0.0, 1.0);
                pixels[i] = static_cast<std::uint8_t>(
                    ink * 255.0 + 0.5);  // NOLINT(bugprone-incorrect-roundings): half up, without libm
            }
        }
    }

private:
    static constexpr double kFar = 1e9;

    static std::size_t pixel(double coordinate) {
        return static_cast<std::size_t>(std::clamp(coordinate, 0.0, static_cast<double>(kSide)));
    }

    double half_width_;
    std::array<double, kPixels> distance2_;
};

Curve control_points(data::Stroke stroke, const Placement& place, ImageRandom& random) {
    Curve curve;
    for (std::size_t i = 0; i < stroke.size(); ++i) {
        const bool corner = i > 0 && stroke[i].x == stroke[i - 1].x && stroke[i].y == stroke[i - 1].y;
        if (corner) {
            curve.add(curve[i - 1]);
            continue;
        }
        const double x = stroke[i].x + random.between(-kJitter, kJitter);
        const double y = stroke[i].y + random.between(-kJitter, kJitter);
        curve.add(place({x, y}));
    }
    return curve;
}

void draw(std::size_t digit, std::uint64_t seed, std::uint8_t* pixels) {
    ImageRandom random(seed);
    const std::span<const data::Hand> hands = data::kDigits[digit];
    const data::Hand& hand = hands[random.below(hands.size())];
    const Placement place(random);
    Paper paper(random.between(kHalfWidth[0], kHalfWidth[1]));
    for (const data::Stroke stroke : {hand.first, hand.second}) {
        if (stroke.empty()) {
            continue;
        }
        const Curve curve = control_points(stroke, place, random).cut().cut();
        for (std::size_t i = 0; i + 1 < curve.size(); ++i) {
            paper.line(curve[i], curve[i + 1]);
        }
    }
    paper.print(pixels);
}

}  // namespace

Dataset synthetic_digits(std::size_t n, std::uint32_t seed) {
    // Labels and seeds in order from one generator: which thread draws an image does not matter.
    Rng rng(seed);
    std::vector<std::uint8_t> labels(n);
    std::vector<std::uint64_t> seeds(n);
    for (std::size_t i = 0; i < n; ++i) {
        labels[i] = static_cast<std::uint8_t>(rng.below(data::kDigits.size()));
        const std::uint64_t high = rng.next_u32();
        seeds[i] = high << 32 | rng.next_u32();
    }
    std::vector<std::uint8_t> pixels(n * kPixels);
    parallel::run(parallel::team_size(n, parallel::kDrawingGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(n, 1);
        for (std::size_t i = first; i < last; ++i) {
            draw(labels[i], seeds[i], pixels.data() + i * kPixels);
        }
    });
    return Dataset(kSide, kSide, std::move(pixels), std::move(labels));
}

TrainTest synthetic_digits_train_test(std::uint32_t seed) {
    Rng rng(seed);
    const std::uint32_t train_seed = rng.next_u32();
    const std::uint32_t test_seed = rng.next_u32();
    return {synthetic_digits(60000, train_seed), synthetic_digits(10000, test_seed)};
}

}  // namespace thalweg
