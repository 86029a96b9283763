// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a drawing becomes before a net sees it: width and place of its strokes, which labels alone would not
// show.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cli/image_files.hpp"
#include "cli/photo.hpp"
#include "support/catch.hpp"

namespace thalweg::cli {
namespace {

constexpr std::size_t kSide = 200;

struct Drawing {
    Drawing() : picture{kSide, kSide, 1, 255, std::vector<std::uint16_t>(kSide * kSide)} {}
    void fill(std::size_t row, std::size_t col, std::size_t rows, std::size_t cols) {
        for (std::size_t i = row; i < row + rows; ++i) {
            std::fill_n(picture.samples.begin() + static_cast<std::ptrdiff_t>(i * kSide + col), cols,
                        std::uint16_t{255});
        }
    }
    PreparedDigit prepared() const { return prepare_digit("drawing", picture); }

    Picture picture;
};

struct Moments {
    explicit Moments(const PreparedDigit& digit) {
        for (std::size_t i = 0; i < kDigitSide; ++i) {
            for (std::size_t j = 0; j < kDigitSide; ++j) {
                const double ink = digit.pixels[i * kDigitSide + j] / 255.0;
                mass += ink;
                row += ink * (static_cast<double>(i) + 0.5);
                col += ink * (static_cast<double>(j) + 0.5);
            }
        }
        row /= mass;
        col /= mass;
    }
    double mass = 0.0;
    double row = 0.0;
    double col = 0.0;
};

// Pixels are moved as wholes, and rounding each of 400 to 8 bits moves a centre by far less than a hundredth.
TEST_CASE("the mass of a prepared digit, not its outline, is in the middle") {
    constexpr double kMost = 0.5 + 0.01;
    Drawing low;  // an L and, turned, a 7
    low.fill(40, 60, 120, 20);
    low.fill(120, 80, 40, 60);
    Drawing high;
    high.fill(40, 60, 40, 80);
    high.fill(80, 120, 80, 20);
    for (const Drawing* drawing : {&low, &high}) {
        const Moments found(drawing->prepared());
        CHECK(std::abs(found.row - kDigitSide / 2.0) <= kMost);
        CHECK(std::abs(found.col - kDigitSide / 2.0) <= kMost);
    }
}

// Widened to a ninth of the longer side, which is 20 pixels, where they are thinner by more than an
// 80th: 1.97 pixels.
TEST_CASE("strokes of a thin pen become as wide as MNIST's") {
    for (const std::size_t pen : {2U, 4U, 8U}) {
        Drawing line;
        line.fill(40, 100, 120, pen);
        const double width = Moments(line.prepared()).mass / 20;
        CAPTURE(pen, width);
        CHECK(width >= 20.0 / 9 - 20.0 / 80);
    }
}

}  // namespace
}  // namespace thalweg::cli
