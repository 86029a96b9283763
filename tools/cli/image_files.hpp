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
    std::string prepared;      // how the picture was made one of MNIST's; empty: it is as it was
};

// Whether pictures for a net of MNIST's digits may have any size, ground and colour.
enum class Prepare { kWhereNeeded, kNever };

// The images of an IDX, PNG, JPEG, PBM, PGM, PPM or .npy file, recognised by content; path "-" is standard
// input. Whole numbers are pixels from 0 to 255, or to the picture's white, and become the float32 quotient
// by it; floating-point ones are taken as they are.
// throws   IoError with the path unless each image has as many pixels as the net has inputs, which are 1 or
//          more, or is prepared
template <class T>
Images<T> read_images(const std::string& path, std::size_t inputs, Prepare prepare = Prepare::kWhereNeeded);

// A picture as files have it: samples side by side, rows one after another.
struct Picture {
    std::size_t rows = 0;
    std::size_t cols = 0;
    std::size_t channels = 1;  // grey; grey and alpha; red, green and blue; with alpha
    unsigned largest = 255;    // the value of white, and of an alpha that is opaque
    std::vector<std::uint16_t> samples;
    std::size_t shrunk = 1;  // a pixel was so many of the file's, each way
};

// Whether the file begins as a PNG, JPEG, PBM, PGM or PPM; false for one that cannot be read.
bool is_picture(const std::string& path);
// One of those, in grey.
// throws   IoError with the path
Picture read_any_picture(const std::string& path);

class ImageBytes;

// The pictures that are wanted: those of a net's inputs, or of any size.
struct Wanted {
    // Of what there is no more in a photo. A header is a claim.
    static constexpr std::size_t kMostPixels = std::size_t{1} << 26;

    std::size_t inputs = 0;
    bool any_size = false;
    bool may_shrink = false;  // it will be made smaller in any case

    std::size_t most_pixels() const { return any_size ? kMostPixels : inputs; }
    // throws   IoError for others
    void check(const std::string& path, std::size_t rows, std::size_t cols) const;
};

// The file begins as one.
// throws   IoError also unless the picture is wanted
Picture read_netpbm(const ImageBytes& file, const Wanted& wanted);
Picture read_png(const ImageBytes& file, const Wanted& wanted);
Picture read_jpeg(const ImageBytes& file, const Wanted& wanted);  // in grey

// throws   IoError where so many bytes cannot hold a picture that only a header has claimed
void check_room(const std::string& path, const char* kind, std::size_t rows, std::size_t cols,
                std::size_t bytes);

// Every visible pixel has three equal samples, or there is one channel.
bool is_grey(const Picture& picture);
// The picture with one channel: of a colour, how light it is. What is transparent shows a ground: black under
// light strokes, white under dark ones.
Picture in_grey(Picture picture);

// throws   IoError unless rows x cols are as many as the net's inputs, and square where these are
void check_size(const std::string& path, std::size_t rows, std::size_t cols, std::size_t inputs);

}  // namespace thalweg::cli
