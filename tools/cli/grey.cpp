// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From a picture's channels to grey: without colours that are none, laid on a ground where it is transparent.
#include <cstdint>
#include <string>

#include "image_files.hpp"
#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

// Where every visible pixel has three equal samples, they are its grey.
void check_colours(const std::string& name, const Picture& picture) {
    const bool alpha = picture.channels == 4;
    for (std::size_t i = 0; i < picture.samples.size(); i += picture.channels) {
        const std::uint16_t* const pixel = picture.samples.data() + i;
        if ((pixel[0] != pixel[1] || pixel[1] != pixel[2]) && !(alpha && pixel[3] == 0)) {
            const std::size_t index = i / picture.channels;
            throw IoError(name + ": row " + std::to_string(index / picture.cols) + ", column " +
                          std::to_string(index % picture.cols) + ": expected a grey pixel, found red " +
                          std::to_string(pixel[0]) + ", green " + std::to_string(pixel[1]) + ", blue " +
                          std::to_string(pixel[2]) + "; save the picture in grey");
        }
    }
}

// The ground that what is drawn stands out from: white under dark strokes, black under light ones.
std::uint64_t ground(const Picture& picture) {
    std::uint64_t seen = 0;
    std::uint64_t light = 0;
    for (std::size_t i = 0; i < picture.samples.size(); i += picture.channels) {
        const std::uint64_t alpha = picture.samples[i + picture.channels - 1];
        seen += alpha;
        light += alpha * picture.samples[i];
    }
    // light is a sum of alpha times sample: its half of the possible is seen * largest / 2. Both fit: 2^16 x
    // 2^16 for each of fewer than 2^31 pixels.
    return 2 * light < seen * picture.largest ? picture.largest : 0;
}

}  // namespace

Picture in_grey(const std::string& name, Picture picture) {
    if (picture.channels == 1) {
        return picture;
    }
    if (picture.channels >= 3) {
        check_colours(name, picture);
    }
    const bool alpha = picture.channels % 2 == 0;
    const std::uint64_t below = alpha ? ground(picture) : 0;
    const std::uint64_t largest = picture.largest;
    for (std::size_t i = 0; i < picture.rows * picture.cols; ++i) {
        const std::uint16_t* const pixel = picture.samples.data() + i * picture.channels;
        const std::uint64_t opaque = alpha ? pixel[picture.channels - 1] : largest;
        // Rounded to nearest; an opaque pixel stays what it is.
        picture.samples[i] = static_cast<std::uint16_t>(
            (opaque * pixel[0] + (largest - opaque) * below + largest / 2) / largest);
    }
    picture.samples.resize(picture.rows * picture.cols);
    picture.channels = 1;
    return picture;
}

}  // namespace thalweg::cli
