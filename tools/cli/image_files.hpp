// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Images for `thalweg predict`, from every kind of file that it takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg::cli {

// The images of one file.
template <class T>
struct Images {
    Matrix<T> x;               // one a row, as the net was shown its own
    std::size_t inverted = 0;  // how many look like dark strokes on a light ground
};

// The images of an IDX, PNG, PBM, PGM, PPM or .npy file, recognised by content; path "-" is standard input.
// Whole numbers are pixels from 0 to 255, or to the picture's white, and become the float32 quotient by it;
// floating-point ones are taken as they are.
// throws   IoError with the path unless each image has as many pixels as the net has inputs, which are 1 or
//          more
template <class T>
Images<T> read_images(const std::string& path, std::size_t inputs);

// A picture as files have it: samples side by side, rows one after another.
struct Picture {
    std::size_t rows = 0;
    std::size_t cols = 0;
    std::size_t channels = 1;  // grey; grey and alpha; red, green and blue; with alpha
    unsigned largest = 255;    // the value of white, and of an alpha that is opaque
    std::vector<std::uint16_t> samples;
};

class ImageBytes;

// The file begins as one.
// throws   IoError also unless the picture has so many pixels
Picture read_netpbm(const ImageBytes& file, std::size_t inputs);
Picture read_png(const ImageBytes& file, std::size_t inputs);

// The picture with one channel. What is transparent shows a ground: black under light strokes, white under
// dark ones.
// throws   IoError that begins with the name where a visible pixel has a colour
Picture in_grey(const std::string& name, Picture picture);

// throws   IoError unless rows x cols are as many as the net's inputs, and square where these are
void check_size(const std::string& path, std::size_t rows, std::size_t cols, std::size_t inputs);

}  // namespace thalweg::cli
