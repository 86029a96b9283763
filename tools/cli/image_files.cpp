// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which kind a file is, PGM, and the way from all kinds to rows of a matrix. PNG: png_file.cpp.
#include "image_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "cli.hpp"
#include "thalweg/data.hpp"
#include "thalweg/error.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::cli {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The first bytes of a file, at most so many: no more memory than the file has bytes.
Bytes first_bytes(const std::string& path, std::uint64_t most) {
    // Opening a pipe waits for a writer, and what was read from it could not be read again.
    struct stat found = {};
    if (stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
        throw IoError(path + ": expected an image, found " +
                      (S_ISDIR(found.st_mode) ? "a directory" : "a device, pipe or socket"));
    }
    Bytes bytes(static_cast<std::size_t>(std::min(most, static_cast<std::uint64_t>(found.st_size))));
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (file == nullptr) {
        throw IoError(path + ": expected an image, found: " + std::strerror(errno));
    }
    const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), file.get());
    if (std::ferror(file.get()) != 0) {
        throw IoError(path + ": expected an image, found: " + std::strerror(errno));
    }
    bytes.resize(count);
    return bytes;
}

bool begins(const Bytes& bytes, std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// P5 (bytes) and P2 (decimal text): magic, columns, rows, value of white, pixels; # begins a comment.
class Pgm {
public:
    Pgm(const std::string& path, std::size_t inputs)
        : path_(path), bytes_(first_bytes(path, most_bytes(inputs) + 1)) {
        if (bytes_.size() > most_bytes(inputs)) {
            throw IoError(path + ": expected a PGM image of " + std::to_string(inputs) +
                          " pixels in at most " + std::to_string(most_bytes(inputs)) + " bytes, found more");
        }
    }

    GreyImage read(std::size_t inputs) {
        // Read once more, the file may be another: cut down to nothing, for one.
        if (!begins(bytes_, "P5") && !begins(bytes_, "P2")) {
            fail("P5 or P2 as before", "the file changed");
        }
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

    // Room for comments and, in text, for "255" and a few blanks a pixel. No image has more pixels than that.
    static std::uint64_t most_bytes(std::size_t inputs) {
        constexpr std::uint64_t kMostPixels = std::uint64_t{kLongestSide} * kLongestSide;
        return 64 * 1024 + 16 * std::min<std::uint64_t>(inputs, kMostPixels);
    }

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
    Bytes bytes_;
    std::size_t at_ = 0;
};

template <class T>
Matrix<T> in_rows(std::span<const std::uint8_t> pixels, std::size_t inputs, unsigned largest = 255) {
    T quotients[256];
    for (unsigned value = 0; value < 256; ++value) {
        quotients[value] = static_cast<T>(static_cast<float>(value) / static_cast<float>(largest));
    }
    Matrix<T> x(pixels.size() / inputs, inputs);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        x.data()[i] = quotients[pixels[i]];
    }
    return x;
}

template <class T>
Matrix<T> from_grey(const GreyImage& image, std::size_t inputs) {
    return in_rows<T>(image.pixels, inputs, image.largest);
}

template <class T>
Matrix<T> from_idx(const std::string& path, std::size_t inputs) {
    const IdxFile file = load_idx(path);
    const std::size_t dimensions = file.shape.size();
    if (dimensions != 2 && dimensions != 3) {
        throw IoError(path + ": expected images: 2 dimensions, or 3 for several, found " +
                      std::to_string(dimensions));
    }
    check_size(path, file.shape[dimensions - 2], file.shape[dimensions - 1], inputs);
    return in_rows<T>(file.values, inputs);
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    std::string text;
    for (const std::size_t size : shape) {
        text += (text.empty() ? "(" : ", ") + std::to_string(size);
    }
    return text.empty() ? "()" : text + (shape.size() == 1 ? ",)" : ")");
}

template <class T>
Matrix<T> from_npy(const std::string& path, std::size_t inputs) {
    NpyArray array = load_npy(path);
    const std::vector<std::size_t> shape = array.shape();
    const bool rows_of_images = shape.size() == 2 && shape[1] == inputs;
    if (!rows_of_images) {
        if (shape.size() == 2) {
            check_size(path, shape[0], shape[1], inputs);
        } else if (array.size() != inputs || shape.empty()) {
            throw IoError(path + ": expected (" + std::to_string(inputs) + ",) or (n, " +
                          std::to_string(inputs) + "), found " + shape_text(shape));
        }
        array = std::move(array).reshaped({1, inputs});
    }
    const bool whole =
        array.dtype() != DType::kFloat32 && array.dtype() != DType::kFloat64 && array.dtype() != DType::kBool;
    if (whole) {
        try {
            return in_rows<T>(
                std::move(array).reshaped({shape.empty() ? 1 : array.size()}).as<std::vector<std::uint8_t>>(),
                inputs);
        } catch (const ShapeError& error) {
            throw IoError(path + ": expected pixels from 0 to 255: " + error.what());
        }
    }
    Matrix<T> x;
    try {
        x = array.as<Matrix<T>>();
    } catch (const ShapeError& error) {
        throw IoError(path + ": " + error.what());
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!std::isfinite(x.data()[i])) {
            throw IoError(path + ": element " + std::to_string(i) + ": expected a finite number, found " +
                          number_text(static_cast<double>(x.data()[i])));
        }
    }
    return x;
}

}  // namespace

void check_size(const std::string& path, std::size_t rows, std::size_t cols, std::size_t inputs) {
    const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(inputs))));
    const bool square = side * side == inputs;
    if (square ? rows != side || cols != side : rows == 0 || inputs % rows != 0 || cols != inputs / rows) {
        const std::string expected = square ? std::to_string(side) + " x " + std::to_string(side) + " pixels"
                                            : std::to_string(inputs) + " pixels in all";
        throw IoError(path + ": expected images of " + expected + ", the net's inputs, found " +
                      std::to_string(rows) + " x " + std::to_string(cols));
    }
}

template <class T>
Matrix<T> read_images(const std::string& path, std::size_t inputs) {
    const Bytes magic = first_bytes(path, 8);
    if (begins(magic, "\x89PNG")) {
        return from_grey<T>(read_png(path, inputs), inputs);
    }
    if (begins(magic, "P5") || begins(magic, "P2")) {
        return from_grey<T>(Pgm(path, inputs).read(inputs), inputs);
    }
    if (begins(magic, "\x93NUMPY")) {
        return from_npy<T>(path, inputs);
    }
    if (begins(magic, std::string_view("\0\0", 2)) || begins(magic, "\x1f\x8b")) {
        return from_idx<T>(path, inputs);
    }
    throw IoError(path + ": offset 0: expected an IDX, PNG, PGM or .npy file, found " +
                  (magic.empty()         ? "an empty one"
                   : begins(magic, "PK") ? "a zip archive"
                                         : "another"));
}

template Matrix<float> read_images(const std::string&, std::size_t);
template Matrix<double> read_images(const std::string&, std::size_t);

}  // namespace thalweg::cli
