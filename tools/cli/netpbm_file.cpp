// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// PBM, PGM and PPM: decimal text (P1, P2, P3) or bytes (P4, P5, P6), with comments.
// Source: the netpbm manual's pages pbm(5), pgm(5) and ppm(5).
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "image_bytes.hpp"
#include "image_files.hpp"
#include "thalweg/error.hpp"

namespace thalweg::cli {
namespace {

// Magic, columns, rows, value of white (not of PBM), samples; # begins a comment.
class Netpbm {
public:
    // bytes: from the magic on.
    Netpbm(const std::string& path, std::span<const std::uint8_t> bytes)
        : path_(path), bytes_(bytes), text_(bytes[1] <= '3'), bits_(bytes[1] == '1' || bytes[1] == '4') {}

    Picture read(const Wanted& wanted) {
        at_ = 2;
        Picture picture;
        picture.channels = bytes_[1] == '3' || bytes_[1] == '6' ? 3 : 1;
        picture.cols = number("columns", 1, kLongestSide);
        picture.rows = number("rows", 1, kLongestSide);
        picture.largest = bits_ ? 1 : static_cast<unsigned>(number("white", 1, 65535));
        wanted.check(path_, picture.rows, picture.cols);
        const std::size_t pixels = picture.rows * picture.cols;
        const std::size_t width = picture.largest > 255 ? 2 : 1;
        check_room(pixels, picture.channels * (text_ ? 1 : width));
        if (!text_) {
            skip_line_end(picture.rows, picture.cols * picture.channels * width);
        }
        picture.samples.resize(pixels * picture.channels);
        if (bits_) {
            read_bits(picture);
        } else {
            for (std::uint16_t& sample : picture.samples) {
                sample = static_cast<std::uint16_t>(text_ ? number("a pixel", 0, picture.largest)
                                                          : binary(width, picture.largest));
            }
        }
        while (text_ && at_ < bytes_.size() && blank()) {
            ++at_;
        }
        if (at_ < bytes_.size()) {
            fail("the end after " + std::to_string(pixels) + " pixels", "more");
        }
        return picture;
    }

private:
    static constexpr std::size_t kLongestSide = 65'536;

    [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
        throw IoError(path_ + ": offset " + std::to_string(at_) + ": expected " + expected + ", found " +
                      found);
    }
    // A header is a claim: a pixel takes so many bytes at least, of a bitmap an eighth.
    void check_room(std::size_t pixels, std::size_t pixel_bytes) const {
        const std::size_t left = bytes_.size() - at_;
        if (pixels / (bits_ && !text_ ? 8 : 1) > left / pixel_bytes) {
            fail(std::to_string(pixels) + " pixels", std::to_string(left) + " bytes");
        }
    }
    // One blank ends the header, and what follows may look like one. A file that went through a program which
    // ends lines in two characters has two of them, if it is one byte longer than its pixels.
    void skip_line_end(std::size_t rows, std::size_t row_bytes) {
        const std::size_t pixels = rows * (bits_ ? (row_bytes + 7) / 8 : row_bytes);
        const bool two = bytes_.size() - at_ == pixels + 2 && bytes_[at_] == '\r' && bytes_[at_ + 1] == '\n';
        at_ += two ? 2 : 1;
    }
    bool blank() const { return std::strchr(" \t\n\v\f\r", bytes_[at_]) != nullptr && bytes_[at_] != 0; }
    std::size_t binary(std::size_t width, std::size_t largest) {
        std::size_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            if (at_ + i >= bytes_.size()) {
                fail("a pixel", "the end of the file");
            }
            value = value << 8 | bytes_[at_ + i];
        }
        if (value > largest) {
            fail("a pixel up to " + std::to_string(largest), std::to_string(value));
        }
        at_ += width;
        return value;
    }
    // 1 is black. In bytes a row begins with the highest bit of a byte of its own; in text digits need no
    // blanks.
    void read_bits(Picture& picture) {
        for (std::size_t i = 0; i < picture.samples.size(); ++i) {
            const std::size_t column = i % picture.cols;
            std::size_t bit = 0;
            if (text_) {
                bit = digit();
            } else {
                bit = binary(1, 255) >> (7 - column % 8) & 1U;
                at_ -= column % 8 == 7 || column + 1 == picture.cols ? 0 : 1;
            }
            picture.samples[i] = bit == 0 ? 1 : 0;
        }
    }
    std::size_t digit() {
        skip_blanks("a pixel");
        if (bytes_[at_] != '0' && bytes_[at_] != '1') {
            fail("a pixel, 0 or 1", "byte " + std::to_string(bytes_[at_]));
        }
        return bytes_[at_++] - std::size_t{'0'};
    }
    // Whether there was a blank.
    bool skip_blanks(const char* what) {
        const std::size_t begin = at_;
        while (at_ < bytes_.size() && (blank() || bytes_[at_] == '#')) {
            if (bytes_[at_] == '#') {
                while (at_ < bytes_.size() && bytes_[at_] != '\n' && bytes_[at_] != '\r') {
                    ++at_;
                }
            } else {
                ++at_;
            }
        }
        if (at_ >= bytes_.size()) {
            fail(what, "the end of the file");
        }
        return at_ != begin;
    }
    std::size_t number(const char* what, std::size_t lowest, std::size_t highest) {
        if (!skip_blanks(what)) {
            fail(std::string("a blank before ") + what, "byte " + std::to_string(bytes_[at_]));
        }
        const std::size_t begin = at_;
        std::size_t value = 0;
        while (at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9' && value <= highest) {
            value = value * 10 + bytes_[at_++] - '0';
        }
        if (at_ == begin || value < lowest || value > highest) {
            const std::string found =
                at_ == begin ? "byte " + std::to_string(bytes_[at_]) : std::to_string(value);
            at_ = begin;
            fail(std::string(what) + " from " + std::to_string(lowest) + " to " + std::to_string(highest),
                 found);
        }
        return value;
    }

    const std::string& path_;
    std::span<const std::uint8_t> bytes_;
    bool text_;
    bool bits_;
    std::size_t at_ = 0;
};

}  // namespace

Picture read_netpbm(const ImageBytes& file, const Wanted& wanted) {
    // Room for comments and, in text, for "255 255 255" and a few blanks a pixel.
    const std::vector<std::uint8_t>& bytes = file.all("a netpbm picture", wanted.most_pixels(), 64 * 1024);
    return Netpbm(file.name(), bytes).read(wanted);
}

}  // namespace thalweg::cli
