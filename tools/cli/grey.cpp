// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// From a picture's channels to grey: without colours that are none, laid on a ground where it is transparent.
#include <cstdint>

#include "image_files.hpp"

namespace thalweg::cli {
namespace {

// How light a colour is, as television has it (ITU-R BT.601); of a grey itself.
std::uint16_t lightness(const std::uint16_t* pixel) {
    return static_cast<std::uint16_t>((299U * pixel[0] + 587U * pixel[1] + 114U * pixel[2] + 500U) / 1000U);
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

bool is_grey(const Picture& picture) {
    const bool alpha = picture.channels == 4;
    for (std::size_t i = 0; i < picture.rows * picture.cols && picture.channels >= 3; ++i) {
        const std::uint16_t* const pixel = picture.samples.data() + i * picture.channels;
        if ((pixel[0] != pixel[1] || pixel[1] != pixel[2]) && !(alpha && pixel[3] == 0)) {
            return false;
        }
    }
    return true;
}

Picture in_grey(Picture picture) {
    if (picture.channels == 1) {
        return picture;
    }
    for (std::size_t i = 0; i < picture.samples.size() && picture.channels >= 3; i += picture.channels) {
        picture.samples[i] = lightness(picture.samples.data() + i);
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
