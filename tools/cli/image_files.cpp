// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which kind a file is, and the way from all kinds to rows of a matrix.
#include "image_files.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "cli.hpp"
#include "image_bytes.hpp"
#include "photo.hpp"
#include "thalweg/error.hpp"
#include "thalweg/file_kind.hpp"
#include "thalweg/images.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::cli {
namespace {

bool begins(std::span<const std::uint8_t> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

template <class T, class Sample>
Matrix<T> in_rows(const std::vector<Sample>& pixels, std::size_t inputs, unsigned largest = 255) {
    Matrix<T> x(pixels.size() / inputs, inputs);
    std::transform(pixels.begin(), pixels.end(), x.data(), [&](Sample pixel) {
        return static_cast<T>(static_cast<float>(pixel) / static_cast<float>(largest));
    });
    return x;
}

std::size_t side_of(std::size_t inputs) {
    const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(inputs))));
    return side * side == inputs ? side : 0;
}

// The outermost pixels are nearer to the lightest than to the darkest on average, and what they surround is
// darker than they are: dark strokes on a light ground.
template <class T>
bool has_light_border(std::span<const T> pixels, std::size_t side) {
    const auto [darkest, lightest] = std::minmax_element(pixels.begin(), pixels.end());
    const std::size_t border_pixels = side < 3 ? 0 : 4 * (side - 1);
    double border = 0;
    double inside = 0;
    for (std::size_t i = 0; i < pixels.size() && border_pixels != 0; ++i) {
        const std::size_t row = i / side;
        const std::size_t col = i % side;
        const bool outermost = row == 0 || col == 0 || row == side - 1 || col == side - 1;
        (outermost ? border : inside) += static_cast<double>(pixels[i]);
    }
    if (border_pixels == 0) {
        return false;
    }
    border /= static_cast<double>(border_pixels);
    inside /= static_cast<double>(pixels.size() - border_pixels);
    return border > (static_cast<double>(*darkest) + static_cast<double>(*lightest)) / 2 && inside < border;
}

Picture read_picture(const ImageBytes& file, const Wanted& wanted) {
    const std::uint8_t first = file.first(kFileKindBytes)[0];
    return first == 0x89   ? read_png(file, wanted)
           : first == 0xff ? read_jpeg(file, wanted)
                           : read_netpbm(file, wanted);
}

// What was done, for a line on stderr.
std::string preparation(const PreparedDigit& digit, const Picture& picture) {
    const auto pixels = [&](std::size_t count) { return std::to_string(count * picture.shrunk); };
    return std::string("prepared as MNIST's digits: ") + (digit.inverted ? "inverted, " : "") +
           "taken from rows " + pixels(digit.row) + " to " + pixels(digit.row + digit.rows) + ", columns " +
           pixels(digit.col) + " to " + pixels(digit.col + digit.cols) + " of " + pixels(picture.rows) +
           " x " + pixels(picture.cols);
}

// A grey picture of the net's size with a dark border, as MNIST's are, is taken as it is.
template <class T>
Images<T> from_picture(const ImageBytes& file, std::size_t inputs, Prepare prepare) {
    const bool digits = inputs == kDigitSide * kDigitSide && prepare == Prepare::kWhereNeeded;
    Picture picture = read_picture(file, {inputs, digits, digits});
    const bool fits = picture.rows * picture.cols == inputs && picture.rows == picture.cols;
    const bool candidate = !digits || (fits && is_grey(picture));
    picture = in_grey(std::move(picture));
    if (candidate) {
        Matrix<T> x = in_rows<T>(picture.samples, inputs, picture.largest);
        if (!digits || !has_light_border(std::span<const T>(x.data(), inputs), kDigitSide)) {
            return {std::move(x), 0, ""};
        }
    }
    const PreparedDigit digit = prepare_digit(file.name(), picture);
    return {in_rows<T>(digit.pixels, inputs), 0, preparation(digit, picture)};
}

template <class T>
Matrix<T> from_idx(const ImageBytes& file, std::size_t inputs) {
    const IdxFile idx = file.pipe() ? load_idx(file.all(), file.name()) : load_idx(file.name());
    const std::size_t dimensions = idx.shape.size();
    if (dimensions != 2 && dimensions != 3) {
        throw IoError(file.name() + ": expected images: 2 dimensions, or 3 for several, found " +
                      std::to_string(dimensions));
    }
    check_size(file.name(), idx.shape[dimensions - 2], idx.shape[dimensions - 1], inputs);
    return in_rows<T>(idx.values, inputs);
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    std::string text;
    for (const std::size_t size : shape) {
        text += (text.empty() ? "(" : ", ") + std::to_string(size);
    }
    return text.empty() ? "()" : text + (shape.size() == 1 ? ",)" : ")");
}

// How many images an array holds: rows of all pixels, or rows of rows. Axes of length 1, such as channels
// have in some programs, say nothing.
std::size_t images_in(const std::string& name, const NpyArray& array, std::size_t inputs) {
    const std::vector<std::size_t>& shape = array.shape();
    if (shape.size() == 2 && shape[1] == inputs) {
        return shape[0];
    }
    std::vector<std::size_t> long_axes;
    std::copy_if(shape.begin(), shape.end(), std::back_inserter(long_axes),
                 [](auto size) { return size != 1; });
    if (shape.empty() || long_axes.size() > 3 || (long_axes.size() < 2 && array.size() != inputs)) {
        throw IoError(name + ": expected (" + std::to_string(inputs) + ",), (n, " + std::to_string(inputs) +
                      ") or (n, rows, columns), found " + shape_text(shape));
    }
    if (long_axes.size() < 2 || (long_axes.size() == 2 && long_axes[1] == inputs)) {
        return array.size() / inputs;
    }
    const bool one = long_axes.size() == 2;
    const std::size_t channels = shape.back();
    if (!one && (channels == 3 || channels == 4) && long_axes[0] * long_axes[1] == inputs) {
        throw IoError(name + ": expected grey images, found shape " + shape_text(shape) + ", which has " +
                      std::to_string(channels) + " channels of colour");
    }
    check_size(name, long_axes[one ? 0 : 1], long_axes[one ? 1 : 2], inputs);
    return one ? 1 : long_axes[0];
}

template <class T>
Matrix<T> from_npy(const ImageBytes& file, std::size_t inputs) {
    const std::string& name = file.name();
    NpyArray array = file.pipe() ? load_npy(file.all(), name) : load_npy(name);
    array = array.reshaped({images_in(name, array, inputs), inputs});
    const bool whole =
        array.dtype() != DType::kFloat32 && array.dtype() != DType::kFloat64 && array.dtype() != DType::kBool;
    if (whole) {
        try {
            const std::size_t size = array.size();
            return in_rows<T>(std::move(array).reshaped({size}).as<std::vector<std::uint8_t>>(), inputs);
        } catch (const ShapeError& error) {
            throw IoError(name + ": expected pixels from 0 to 255: " + error.what());
        }
    }
    Matrix<T> x;
    try {
        x = array.as<Matrix<T>>();
    } catch (const ShapeError& error) {
        throw IoError(name + ": " + error.what());
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!std::isfinite(x.data()[i])) {
            throw IoError(name + ": element " + std::to_string(i) + ": expected a finite number, found " +
                          number_text(static_cast<double>(x.data()[i])));
        }
    }
    return x;
}

std::string found_kind(const std::vector<std::uint8_t>& start) {
    const std::string kind = file_kind(start);
    return start.empty() ? "an empty one" : !kind.empty() ? kind : "another";
}

bool begins_as_picture(const std::vector<std::uint8_t>& start) {
    return begins(start, "\x89PNG") || begins(start, "\xff\xd8\xff") ||
           (start.size() >= 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '6');
}

template <class T>
Images<T> read(const ImageBytes& file, std::size_t inputs, Prepare prepare) {
    const std::vector<std::uint8_t>& start = file.first(kFileKindBytes);
    if (begins_as_picture(start)) {
        return from_picture<T>(file, inputs, prepare);
    }
    if (begins(start, "\x93NUMPY")) {
        return {from_npy<T>(file, inputs), 0, ""};
    }
    // Of IDX the first two bytes are zero; those of some pictures are as well.
    const std::string kind = file_kind(start);
    if (begins(start, "\x1f\x8b") || (kind.empty() && begins(start, std::string_view("\0\0", 2)))) {
        return {from_idx<T>(file, inputs), 0, ""};
    }
    throw IoError(file.name() + ": offset 0: expected an IDX, PNG, JPEG, PGM or .npy file, found " +
                  found_kind(start));
}

}  // namespace

void check_size(const std::string& path, std::size_t rows, std::size_t cols, std::size_t inputs) {
    const std::size_t side = side_of(inputs);
    const bool square = side != 0;
    if (square ? rows != side || cols != side : rows == 0 || inputs % rows != 0 || cols != inputs / rows) {
        const std::string expected = square ? std::to_string(side) + " x " + std::to_string(side) + " pixels"
                                            : std::to_string(inputs) + " pixels in all";
        throw IoError(path + ": expected images of " + expected + ", the net's inputs, found " +
                      std::to_string(rows) + " x " + std::to_string(cols));
    }
}

void check_room(const std::string& path, const char* kind, std::size_t rows, std::size_t cols,
                std::size_t bytes) {
    // Deflate makes at most 1032 bytes of one, and a byte holds eight pixels at most. A JPEG's bit stands for
    // 64 pixels, which may be drawn 16 times as large: as many.
    constexpr std::uint64_t kMostPixelsOfAByte = 8 * 1032;
    if (std::uint64_t{rows} * cols / kMostPixelsOfAByte > bytes) {
        throw IoError(path + ": expected a " + kind + " image of " + std::to_string(rows) + " x " +
                      std::to_string(cols) + " pixels, found " + std::to_string(bytes) +
                      " bytes, which cannot hold them");
    }
}

void Wanted::check(const std::string& path, std::size_t rows, std::size_t cols) const {
    if (!any_size) {
        check_size(path, rows, cols, inputs);
    } else if (rows == 0 || cols == 0 || cols > kMostPixels / rows) {
        throw IoError(path + ": expected a picture of 1 to " + std::to_string(kMostPixels) +
                      " pixels, found " + std::to_string(rows) + " x " + std::to_string(cols));
    }
}

bool is_picture(const std::string& path) {
    try {
        return begins_as_picture(ImageBytes(path).first(kFileKindBytes));
    } catch (const IoError&) {
        return false;
    }
}

Picture read_any_picture(const std::string& path) {
    const ImageBytes file(path);
    const std::vector<std::uint8_t>& start = file.first(kFileKindBytes);
    if (!begins_as_picture(start)) {
        throw IoError(path + ": expected a PNG, JPEG or PGM image, found " + found_kind(start));
    }
    return in_grey(read_picture(file, {.inputs = 0, .any_size = true}));
}

template <class T>
Images<T> read_images(const std::string& path, std::size_t inputs, Prepare prepare) {
    Images<T> images = read<T>(ImageBytes(path), inputs, prepare);
    for (std::size_t i = 0; i < images.x.rows(); ++i) {
        const std::span<const T> row(images.x.data() + i * inputs, inputs);
        images.inverted += has_light_border(row, side_of(inputs)) ? 1 : 0;
    }
    return images;
}

template Images<float> read_images(const std::string&, std::size_t, Prepare);
template Images<double> read_images(const std::string&, std::size_t, Prepare);

}  // namespace thalweg::cli
