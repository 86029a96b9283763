// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Which kind a file is, and the way from all kinds to rows of a matrix.
#include "image_files.hpp"

#include <cmath>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "cli.hpp"
#include "image_bytes.hpp"
#include "thalweg/error.hpp"
#include "thalweg/images.hpp"
#include "thalweg/npy.hpp"

namespace thalweg::cli {
namespace {

bool begins(std::span<const std::uint8_t> bytes, std::string_view magic) {
    return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

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
    const ImageBytes file(path);
    const std::vector<std::uint8_t> magic = file.first(8);
    if (begins(magic, "\x89PNG")) {
        return from_grey<T>(read_png(file, inputs), inputs);
    }
    if (begins(magic, "P5") || begins(magic, "P2")) {
        return from_grey<T>(read_pgm(file, inputs), inputs);
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
