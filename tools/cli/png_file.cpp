// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// PNG through libpng's simplified interface: it returns on errors where the other one jumps.
#include <string>

#include "image_bytes.hpp"
#include "image_files.hpp"
#include "thalweg/error.hpp"

#ifdef THALWEG_HAS_PNG

#include <png.h>

#include <cstdint>
#include <vector>

namespace thalweg::cli {
namespace {

struct Reader {
    Reader() { image.version = PNG_IMAGE_VERSION; }
    ~Reader() { png_image_free(&image); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    png_image image = {};
};

std::string depth_text(png_uint_32 format) {
    if ((format & PNG_FORMAT_FLAG_COLOR) != 0) {
        return "colours";
    }
    return (format & PNG_FORMAT_FLAG_ALPHA) != 0 ? "transparency" : "16 bits";
}

// A header is a claim. Deflate makes at most 1032 bytes of one, and a byte holds eight pixels at most.
void check_room(const std::string& path, const png_image& image, std::size_t bytes) {
    constexpr std::uint64_t kMostPixelsOfAByte = 8 * 1032;
    if (std::uint64_t{image.height} * image.width / kMostPixelsOfAByte > bytes) {
        throw IoError(path + ": expected a PNG image of " + std::to_string(image.height) + " x " +
                      std::to_string(image.width) + " pixels, found " + std::to_string(bytes) +
                      " bytes, which cannot hold them");
    }
}

}  // namespace

GreyImage read_png(const ImageBytes& file, std::size_t inputs) {
    // Room for colour profiles and texts that cameras and editors add.
    const std::vector<std::uint8_t> bytes = file.all("a PNG image", inputs, 16 << 20);
    const std::string& path = file.path();
    Reader reader;
    png_image& image = reader.image;
    if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) {
        throw IoError(path + ": expected a PNG image, found: " + image.message);
    }
    constexpr png_uint_32 kOther = PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_LINEAR;
    if ((image.format & kOther) != 0) {
        throw IoError(path + ": expected a grey PNG image of 8 bits a pixel, found one with " +
                      depth_text(image.format));
    }
    check_size(path, image.height, image.width, inputs);
    check_room(path, image, bytes.size());
    image.format = PNG_FORMAT_GRAY;
    GreyImage grey{image.height, image.width, 255, {}};
    grey.pixels.resize(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, grey.pixels.data(), 0, nullptr) == 0) {
        throw IoError(path + ": expected a whole PNG image, found: " + image.message);
    }
    return grey;
}

}  // namespace thalweg::cli

#else

namespace thalweg::cli {

GreyImage read_png(const ImageBytes& file, std::size_t) {
    throw IoError(file.path() +
                  ": this thalweg was built without libpng: expected IDX, PGM or .npy, found PNG");
}

}  // namespace thalweg::cli

#endif
