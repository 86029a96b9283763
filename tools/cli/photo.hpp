// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A digit on any picture becomes what MNIST's digits are: light on black, at most 20 x 20 pixels of 28 x 28,
// its mass in the centre.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace thalweg::cli {

struct Picture;

// The side of the images that are made.
inline constexpr std::size_t kDigitSide = 28;

struct PreparedDigit {
    std::vector<std::uint8_t> pixels;  // kDigitSide x kDigitSide
    bool inverted = false;             // it was dark on light
    // Where it was found, in pixels of the picture.
    std::size_t row = 0;
    std::size_t col = 0;
    std::size_t rows = 0;
    std::size_t cols = 0;
};

// Finds what is written on a picture of one channel, however large, lit and rough its ground.
// throws   IoError that begins with the name where nothing stands out
PreparedDigit prepare_digit(const std::string& name, const Picture& picture);

}  // namespace thalweg::cli
