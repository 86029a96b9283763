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

// The images of an IDX, PNG, PGM or .npy file, recognised by content: one a row, as the net was shown its
// own. Whole numbers are pixels from 0 to 255 and become the float32 quotient by 255; floating-point ones are
// taken as they are.
// throws   IoError with the path unless each image has as many pixels as the net has inputs, which are 1 or
//          more
template <class T>
Matrix<T> read_images(const std::string& path, std::size_t inputs);

// An image as files have it.
struct GreyImage {
    std::size_t rows = 0;
    std::size_t cols = 0;
    unsigned largest = 255;  // the value of white
    std::vector<std::uint8_t> pixels;
};

class ImageBytes;

// The file begins as one. Here a white of at most 255.
GreyImage read_pgm(const ImageBytes& file, std::size_t inputs);
// The same, grey of at most 8 bits a pixel and without transparency.
GreyImage read_png(const ImageBytes& file, std::size_t inputs);

// throws   IoError unless rows x cols are as many as the net's inputs, and square where these are
void check_size(const std::string& path, std::size_t rows, std::size_t cols, std::size_t inputs);

}  // namespace thalweg::cli
