// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// PNG through libpng's simplified interface: it returns on errors where the other one jumps.
#include <string>

#include "image_files.hpp"
#include "thalweg/error.hpp"

#ifdef THALWEG_HAS_PNG

#include <png.h>

#include <cstdint>
#include <filesystem>
#include <system_error>

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
void check_room(const std::string& path, const png_image& image) {
    constexpr std::uint64_t kMostPixelsOfAByte = 8 * 1032;
    const std::uint64_t pixels = std::uint64_t{image.height} * image.width;
    std::error_code gone;
    const std::uintmax_t bytes = std::filesystem::file_size(path, gone);
    if (gone || pixels / kMostPixelsOfAByte > bytes) {
        throw IoError(path + ": expected a PNG image of " + std::to_string(image.height) + " x " +
                      std::to_string(image.width) + " pixels, found " +
                      (gone ? gone.message() : std::to_string(bytes) + " bytes, which cannot hold them"));
    }
}

}  // namespace

GreyImage read_png(const std::string& path, std::size_t inputs) {
    Reader reader;
    png_image& image = reader.image;
    if (png_image_begin_read_from_file(&image, path.c_str()) == 0) {
        throw IoError(path + ": expected a PNG image, found: " + image.message);
    }
    constexpr png_uint_32 kOther = PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA | PNG_FORMAT_FLAG_LINEAR;
    if ((image.format & kOther) != 0) {
        throw IoError(path + ": expected a grey PNG image of 8 bits a pixel, found one with " +
                      depth_text(image.format));
    }
    check_size(path, image.height, image.width, inputs);
    check_room(path, image);
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

GreyImage read_png(const std::string& path, std::size_t) {
    throw IoError(path + ": this thalweg was built without libpng: expected IDX, PGM or .npy, found PNG");
}

}  // namespace thalweg::cli

#endif
