// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// PNG through libpng's low-level interface: the simplified one changes pixels by the file's gAMA and cHRM.
#include <string>

#include "image_bytes.hpp"
#include "image_files.hpp"
#include "thalweg/error.hpp"

#ifdef THALWEG_HAS_PNG

#include <png.h>

#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <vector>

namespace thalweg::cli {
namespace {

// libpng leaves on an error by longjmp, which calls no destructor: each method that calls it has nothing to
// destroy, returns false then, and says why in message().
class PngDecoder {
public:
    explicit PngDecoder(const std::vector<std::uint8_t>& bytes) : rest_(bytes.data()), left_(bytes.size()) {
        png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
        info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
    }
    ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
    PngDecoder(const PngDecoder&) = delete;
    PngDecoder& operator=(const PngDecoder&) = delete;

    // Everything before the pixels. They will come as 8 or 16 bits a sample: palettes as colours, with alpha
    // where entries have it, and few bits spread over the 8.
    bool begin() {
        if (info_ == nullptr) {
            return false;
        }
        if (setjmp(png_jmpbuf(png_)) != 0) {
            return false;
        }
        png_set_read_fn(png_, this, on_read);
        // Also of what is optional: a damaged tRNS would change pixels.
        png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
        // Texts, profiles and the like are skipped, so that they cannot take memory: all but what pixels
        // need.
        png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
#endif
        png_read_info(png_, info_);
        // Not png_set_expand, which also takes tRNS of grey and colours: there it names one pixel value,
        // which is what the ground looks like, and stays.
        if (png_get_color_type(png_, info_) == PNG_COLOR_TYPE_PALETTE) {
            png_set_palette_to_rgb(png_);
        } else {
            png_set_expand_gray_1_2_4_to_8(png_);
        }
        png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        return true;
    }
    bool read(png_bytepp rows) {
        if (setjmp(png_jmpbuf(png_)) != 0) {
            return false;
        }
        png_read_image(png_, rows);
        png_read_end(png_, nullptr);
        return true;
    }

    std::size_t rows() const {
        return png_get_image_height(png_, info_);
    }
    std::size_t cols() const {
        return png_get_image_width(png_, info_);
    }
    std::size_t channels() const {
        return png_get_channels(png_, info_);
    }
    bool deep() const {
        return png_get_bit_depth(png_, info_) == 16;
    }
    std::size_t row_bytes() const {
        return png_get_rowbytes(png_, info_);
    }
    const char* message() const {
        return message_;
    }

private:
    static void on_error(png_structp png, png_const_charp message) {
        auto* const self = static_cast<PngDecoder*>(png_get_error_ptr(png));
        std::strncpy(self->message_, message, sizeof self->message_ - 1);
        png_longjmp(png, 1);
    }
    static void on_warning(png_structp, png_const_charp) {}
    static void on_read(png_structp png, png_bytep out, std::size_t count) {
        auto* const self = static_cast<PngDecoder*>(png_get_io_ptr(png));
        if (count > self->left_) {
            png_error(png, "the end of the file");
        }
        std::memcpy(out, self->rest_, count);
        self->rest_ += count;
        self->left_ -= count;
    }

    png_structp png_ = nullptr;
    png_infop info_ = nullptr;
    const std::uint8_t* rest_;
    std::size_t left_;
    char message_[128] = "no memory";
};

}  // namespace

Picture read_png(const ImageBytes& file, const Wanted& wanted) {
    // Room for colour profiles and texts that cameras and editors add.
    const std::vector<std::uint8_t>& bytes = file.all("a PNG image", wanted.most_pixels(), 16 << 20);
    const std::string& path = file.name();
    PngDecoder png(bytes);
    if (!png.begin()) {
        throw IoError(path + ": expected a PNG image, found: " + png.message());
    }
    wanted.check(path, png.rows(), png.cols());
    check_room(path, "PNG", png.rows(), png.cols(), bytes.size());
    std::vector<std::uint8_t> pixels(png.rows() * png.row_bytes());
    std::vector<png_bytep> rows;
    for (std::size_t i = 0; i < png.rows(); ++i) {
        rows.push_back(pixels.data() + i * png.row_bytes());
    }
    if (!png.read(rows.data())) {
        throw IoError(path + ": expected a whole PNG image, found: " + png.message());
    }
    Picture picture{png.rows(), png.cols(), png.channels(), png.deep() ? 65535U : 255U, {}};
    picture.samples.resize(picture.rows * picture.cols * picture.channels);
    for (std::size_t i = 0; i < picture.samples.size(); ++i) {
        picture.samples[i] =
            png.deep() ? static_cast<std::uint16_t>(pixels[2 * i] << 8 | pixels[2 * i + 1]) : pixels[i];
    }
    return picture;
}

}  // namespace thalweg::cli

#else

namespace thalweg::cli {

Picture read_png(const ImageBytes& file, const Wanted&) {
    throw IoError(file.name() +
                  ": this thalweg was built without libpng: expected IDX, PGM or .npy, found PNG");
}

}  // namespace thalweg::cli

#endif
