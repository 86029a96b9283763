// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// JPEG through libjpeg(-turbo), in grey. A photo that is much larger than what is looked at is decoded in an
// eighth, a quarter or half of its size, and turned as its camera says.
#include <string>

#include "image_bytes.hpp"
#include "image_files.hpp"
#include "thalweg/error.hpp"

#ifdef THALWEG_HAS_JPEG

#include <jpeglib.h>
// Names of its messages, which jpeglib.h shows.
#include <jerror.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

namespace thalweg::cli {
namespace {

// Sides that are long enough to find a digit.
constexpr unsigned kEnough = 1280;
// A progressive file may repeat its picture as often as it likes, which takes the time of as many.
constexpr int kMostScans = 100;

// The Exif tag that says how the camera was held: 1 upright; 2 to 8 mirrored, turned, both.
// Source: CIPA DC-008 (Exif 2.3), 4.6.4 A, on the TIFF structure that it lies in.
class Exif {
public:
    explicit Exif(std::span<const std::uint8_t> marker) {
        constexpr std::size_t kHead = 6;
        if (marker.size() > kHead + 8 && std::memcmp(marker.data(), "Exif\0", kHead) == 0) {
            tiff_ = marker.subspan(kHead);
            little_ = tiff_[0] == 'I';
        }
    }

    unsigned orientation() const {
        constexpr unsigned kOrientation = 0x112;
        constexpr std::size_t kEntry = 12;
        const std::size_t list = number(4, 4);
        const std::size_t entries = number(list, 2);
        for (std::size_t i = 0; i < entries && list + 2 + (i + 1) * kEntry <= tiff_.size(); ++i) {
            const std::size_t entry = list + 2 + i * kEntry;
            if (number(entry, 2) == kOrientation) {
                const std::size_t found = number(entry + 8, 2);
                return found >= 1 && found <= 8 ? static_cast<unsigned>(found) : 1;
            }
        }
        return 1;
    }

private:
    // 0 beyond the end.
    std::size_t number(std::size_t at, std::size_t bytes) const {
        std::size_t value = 0;
        for (std::size_t i = 0; i < bytes && at < tiff_.size() && tiff_.size() - at >= bytes; ++i) {
            value = value << 8 | tiff_[at + (little_ ? bytes - 1 - i : i)];
        }
        return value;
    }

    std::span<const std::uint8_t> tiff_;
    bool little_ = false;
};

// libjpeg leaves on an error by what error_exit does, here longjmp, which calls no destructor: each method
// that calls it has nothing to destroy, returns false then, and says why in message().
class JpegDecoder {
public:
    explicit JpegDecoder(const std::vector<std::uint8_t>& bytes) {
        jpeg_.err = jpeg_std_error(&errors_.base);
        errors_.base.error_exit = on_error;
        errors_.base.emit_message = on_warning;
        if (setjmp(errors_.leave) == 0) {
            jpeg_create_decompress(&jpeg_);
            jpeg_.progress = &progress_.base;
            progress_.base.progress_monitor = on_progress;
            jpeg_mem_src(&jpeg_, bytes.data(), bytes.size());
            jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);
        }
    }
    ~JpegDecoder() { jpeg_destroy_decompress(&jpeg_); }
    JpegDecoder(const JpegDecoder&) = delete;
    JpegDecoder& operator=(const JpegDecoder&) = delete;

    bool begin() {
        if (setjmp(errors_.leave) != 0) {
            return false;
        }
        jpeg_read_header(&jpeg_, TRUE);
        return true;
    }
    bool start(unsigned shrunk) {
        if (setjmp(errors_.leave) != 0) {
            return false;
        }
        jpeg_.out_color_space = JCS_GRAYSCALE;
        jpeg_.scale_num = 1;
        jpeg_.scale_denom = shrunk;
        jpeg_start_decompress(&jpeg_);
        return true;
    }
    // The next row.
    bool read(std::uint8_t* row) {
        if (setjmp(errors_.leave) != 0) {
            return false;
        }
        jpeg_read_scanlines(&jpeg_, &row, 1);
        return true;
    }

    unsigned rows() const { return jpeg_.image_height; }
    unsigned cols() const { return jpeg_.image_width; }
    unsigned rows_read() const { return jpeg_.output_height; }
    unsigned cols_read() const { return jpeg_.output_width; }
    bool printed() const { return jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK; }
    unsigned orientation() const {
        unsigned found = 1;
        for (const jpeg_marker_struct* marker = jpeg_.marker_list; marker != nullptr && found == 1;
             marker = marker->next) {
            found = Exif({marker->data, marker->data_length}).orientation();
        }
        return found;
    }
    const char* message() const { return errors_.message; }

private:
    struct Errors {
        jpeg_error_mgr base = {};
        std::jmp_buf leave = {};
        char message[JMSG_LENGTH_MAX] = "no memory";
    };
    struct Progress {
        jpeg_progress_mgr base = {};
    };

    [[noreturn]] static void leave(j_common_ptr jpeg) {
        auto* const errors = reinterpret_cast<Errors*>(jpeg->err);  // it begins with what err points to
        jpeg->err->format_message(jpeg, errors->message);
        std::longjmp(errors->leave, 1);
    }
    static void on_error(j_common_ptr jpeg) { leave(jpeg); }
    // What is missing would be grey. Other oddities are those of cameras and editors.
    static void on_warning(j_common_ptr jpeg, int level) {
        const int code = jpeg->err->msg_code;
        if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
                          code == JWRN_ARITH_BAD_CODE)) {
            leave(jpeg);
        }
    }
    static void on_progress(j_common_ptr jpeg) {
        if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > kMostScans) {
            auto* const errors = reinterpret_cast<Errors*>(jpeg->err);
            std::strncpy(errors->message, "too many scans", sizeof errors->message - 1);
            std::longjmp(errors->leave, 1);
        }
    }

    jpeg_decompress_struct jpeg_ = {};
    Errors errors_;
    Progress progress_;
};

// The picture as it was seen: rows of the result from rows or columns of the file.
Picture upright(Picture picture, unsigned orientation) {
    if (orientation == 1) {
        return picture;
    }
    const bool turned = orientation >= 5;
    const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    Picture result = {turned ? picture.cols : picture.rows,
                      turned ? picture.rows : picture.cols,
                      1,
                      picture.largest,
                      std::vector<std::uint16_t>(picture.samples.size()),
                      picture.shrunk};
    for (std::size_t i = 0; i < result.rows; ++i) {
        for (std::size_t j = 0; j < result.cols; ++j) {
            const std::size_t row = turned ? j : i;
            const std::size_t col = turned ? i : j;
            result.samples[i * result.cols + j] =
                picture.samples[(from_bottom ? picture.rows - 1 - row : row) * picture.cols +
                                (from_right ? picture.cols - 1 - col : col)];
        }
    }
    return result;
}

}  // namespace

Picture read_jpeg(const ImageBytes& file, const Wanted& wanted) {
    // Room for colour profiles and previews that cameras add.
    const std::vector<std::uint8_t>& bytes = file.all("a JPEG image", wanted.most_pixels(), 16 << 20);
    const std::string& path = file.name();
    JpegDecoder jpeg(bytes);
    if (!jpeg.begin()) {
        throw IoError(path + ": expected a JPEG image, found: " + jpeg.message());
    }
    wanted.check(path, jpeg.rows(), jpeg.cols());
    check_room(path, "JPEG", jpeg.rows(), jpeg.cols(), bytes.size());
    if (jpeg.printed()) {
        throw IoError(path + ": expected a JPEG image in grey or colours of light, found one in inks (CMYK)");
    }
    unsigned shrunk = 8;
    while (shrunk > 1 && (!wanted.may_shrink || std::max(jpeg.rows(), jpeg.cols()) / shrunk < kEnough)) {
        shrunk /= 2;
    }
    if (!jpeg.start(shrunk)) {
        throw IoError(path + ": expected a JPEG image, found: " + jpeg.message());
    }
    Picture picture = {jpeg.rows_read(), jpeg.cols_read(), 1, 255, {}, shrunk};
    std::vector<std::uint8_t> row(picture.cols);
    picture.samples.reserve(picture.rows * picture.cols);
    for (std::size_t i = 0; i < picture.rows; ++i) {
        if (!jpeg.read(row.data())) {
            throw IoError(path + ": expected a whole JPEG image, found: " + jpeg.message());
        }
        picture.samples.insert(picture.samples.end(), row.begin(), row.end());
    }
    return upright(std::move(picture), jpeg.orientation());
}

}  // namespace thalweg::cli

#else

namespace thalweg::cli {

Picture read_jpeg(const ImageBytes& file, const Wanted&) {
    throw IoError(file.name() + ": this thalweg was built without libjpeg: expected PNG or PGM, found JPEG");
}

}  // namespace thalweg::cli

#endif
