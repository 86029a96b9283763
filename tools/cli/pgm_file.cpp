// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// PGM: bytes or decimal text, with comments.
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

// P5 (bytes) and P2 (decimal text): magic, columns, rows, value of white, pixels; # begins a comment.
class Pgm {
public:
    // bytes: from the magic on.
    Pgm(const std::string& path, std::span<const std::uint8_t> bytes) : path_(path), bytes_(bytes) {}

    GreyImage read(std::size_t inputs) {
        const bool text = bytes_[1] == '2';
        at_ = 2;
        GreyImage image;
        image.cols = number("columns", 1, kLongestSide);
        image.rows = number("rows", 1, kLongestSide);
        image.largest = static_cast<unsigned>(number("white", 1, 255));
        check_size(path_, image.rows, image.cols, inputs);
        // A header is a claim: a pixel takes a byte at least.
        if (inputs > bytes_.size() - at_) {
            fail(std::to_string(inputs) + " pixels", std::to_string(bytes_.size() - at_) + " bytes");
        }
        image.pixels.resize(inputs);
        if (!text) {
            ++at_;  // one blank after the header; what follows may look like one
        }
        for (std::uint8_t& pixel : image.pixels) {
            pixel =
                static_cast<std::uint8_t>(text ? number("a pixel", 0, image.largest) : byte(image.largest));
        }
        while (text && at_ < bytes_.size() && blank()) {
            ++at_;
        }
        if (at_ < bytes_.size()) {
            fail("the end after " + std::to_string(inputs) + " pixels", "more");
        }
        return image;
    }

private:
    static constexpr std::size_t kLongestSide = 65'536;

    [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
        throw IoError(path_ + ": offset " + std::to_string(at_) + ": expected " + expected + ", found " +
                      found);
    }
    bool blank() const { return std::strchr(" \t\n\v\f\r", bytes_[at_]) != nullptr && bytes_[at_] != 0; }
    std::size_t byte(std::size_t largest) {
        if (at_ >= bytes_.size()) {
            fail("a pixel", "the end of the file");
        }
        if (bytes_[at_] > largest) {
            fail("a pixel up to " + std::to_string(largest), std::to_string(bytes_[at_]));
        }
        return bytes_[at_++];
    }
    void skip_blanks(const char* what) {
        const std::size_t begin = at_;
        while (at_ < bytes_.size() && (blank() || bytes_[at_] == '#')) {
            if (bytes_[at_] == '#') {
                while (at_ < bytes_.size() && bytes_[at_] != '\n') {
                    ++at_;
                }
            } else {
                ++at_;
            }
        }
        if (at_ >= bytes_.size()) {
            fail(what, "the end of the file");
        }
        if (at_ == begin) {
            fail(std::string("a blank before ") + what, "byte " + std::to_string(bytes_[at_]));
        }
    }
    std::size_t number(const char* what, std::size_t lowest, std::size_t highest) {
        skip_blanks(what);
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
    std::size_t at_ = 0;
};

}  // namespace

GreyImage read_pgm(const ImageBytes& file, std::size_t inputs) {
    // Room for comments and, in text, for "255" and a few blanks a pixel.
    const std::vector<std::uint8_t> bytes = file.all("a PGM image", inputs, 64 * 1024);
    return Pgm(file.path(), bytes).read(inputs);
}

}  // namespace thalweg::cli
