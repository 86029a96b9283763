// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Labelled images with 8-bit pixels: where they come from (MNIST's IDX files, or synthetic digits) and how
// they become matrices.
//
// Common to all:
// source   Deep Learning from Scratch 3.6 and 4.2.3: load_mnist, np.random.choice
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/shared.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// How pixels become numbers.
struct ImageOptions {
    bool normalize = true;  ///< true: pixel / 255 as load_mnist does, in [0, 1]; false: 0 to 255
};

/// N grey images of equal size with their labels, kept as bytes: an eighth of the memory of doubles. Copies
/// share them.
/// error    pixel / 255 is rounded to float32; everything else is exact
class Dataset {
public:
    /// Makes a data set without images.
    Dataset() = default;
    /// Takes pixels and labels.
    /// shape    pixels: labels.size() images of image_rows * image_cols bytes, row by row; 0 is background
    /// throws   ShapeError also when a label is not below classes
    Dataset(std::size_t image_rows, std::size_t image_cols, std::vector<std::uint8_t> pixels,
            std::vector<std::uint8_t> labels, std::size_t classes = 10);

    /// Returns the number of images.
    std::size_t size() const noexcept { return labels_.size(); }
    /// Returns the height of an image in pixels.
    std::size_t image_rows() const noexcept { return image_rows_; }
    /// Returns the width of an image in pixels.
    std::size_t image_cols() const noexcept { return image_cols_; }
    /// Returns the number of pixels of an image, the net's input size.
    std::size_t image_size() const noexcept { return image_rows_ * image_cols_; }
    /// Returns the number of classes; labels are below it.
    std::size_t classes() const noexcept { return classes_; }
    /// Returns all pixels, image after image.
    std::span<const std::uint8_t> pixels() const noexcept { return pixels_; }
    /// Returns the pixels of image i, row by row.
    /// shape    image_size()
    /// range    i < size(), not checked
    std::span<const std::uint8_t> image(std::size_t i) const {
        return {pixels().data() + i * image_size(), image_size()};
    }
    /// Returns all labels, one an image.
    std::span<const std::uint8_t> labels() const noexcept { return labels_; }

    /// Converts all images to the notebook's x, one image a row. A normalised pixel is the float32 quotient
    /// pixel / 255, also for double.
    /// shape    [size, image_size]
    template <class Element>
    Matrix<Element> images(ImageOptions options = {}) const;
    /// Converts all labels to the notebook's t with one_hot_label=True.
    /// shape    [size, classes]
    template <class Element>
    Matrix<Element> targets() const;

    /// Converts a mini-batch: x's row k becomes image rows[k], normalised unless options say otherwise, and
    /// labels[k] its label. Allocates nothing.
    ///
    ///     const Dataset digits = synthetic_digits(500, 1);
    ///     Rng rng(1);
    ///     MiniBatches batches(digits.size(), 100, Sampling::kReplacement, rng);
    ///     Matrix<float> x(100, digits.image_size());
    ///     std::vector<int> labels(100);
    ///     digits.gather<float>(batches.next(), x, labels);
    ///
    /// shape    x: [rows.size(), image_size]  labels: rows.size()
    /// throws   ShapeError also when an index is not below size()
    template <class Element>
    void gather(std::span<const std::size_t> rows, MatrixView<Element> x, std::span<int> labels,
                ImageOptions options = {}) const;
    /// The same for the consecutive images first, first + 1, ..., as many as x has rows.
    /// shape    x: [n, image_size]  labels: n, with first + n <= size()
    template <class Element>
    void gather(std::size_t first, MatrixView<Element> x, std::span<int> labels,
                ImageOptions options = {}) const;

private:
    std::size_t image_rows_ = 0;
    std::size_t image_cols_ = 0;
    std::size_t classes_ = 0;
    detail::Shared owner_;  // of what both look at
    std::span<const std::uint8_t> pixels_;
    std::span<const std::uint8_t> labels_;
};

// In the library.
extern template Matrix<float> Dataset::images(ImageOptions) const;
extern template Matrix<double> Dataset::images(ImageOptions) const;
extern template Matrix<float> Dataset::targets() const;
extern template Matrix<double> Dataset::targets() const;
extern template void Dataset::gather(std::span<const std::size_t>, MatrixView<float>, std::span<int>,
                                     ImageOptions) const;
extern template void Dataset::gather(std::span<const std::size_t>, MatrixView<double>, std::span<int>,
                                     ImageOptions) const;
extern template void Dataset::gather(std::size_t, MatrixView<float>, std::span<int>, ImageOptions) const;
extern template void Dataset::gather(std::size_t, MatrixView<double>, std::span<int>, ImageOptions) const;

/// A data set in two parts.
struct TrainTest {
    Dataset train;  ///< images to train with
    Dataset test;   ///< images to measure the accuracy with
};

/// The contents of an IDX file.
struct IdxFile {
    std::vector<std::size_t> shape;    ///< one entry a dimension, at most 4
    std::vector<std::uint8_t> values;  ///< as many as the product of shape
};

/// Reads one IDX file of unsigned bytes, raw or gzip (recognised by content; gzip needs zlib). Memory follows
/// what the file holds, whatever its header promises. A pipe is read to its end, at most 1 GiB.
/// throws   IoError with path, offset, expected and found
/// source   the MNIST pages' description of the format
IdxFile load_idx(const std::string& path);
/// The same from the bytes of such a file; messages begin with the name.
/// shape    bytes: the whole file
IdxFile load_idx(std::span<const std::uint8_t> bytes, const std::string& name);

/// Reads MNIST from a directory: the four files {train,t10k}-{images-idx3,labels-idx1}-ubyte, each raw or
/// with .gz (also under their older names with a dot, train-images.idx3-ubyte).
///
///     try {
///         const TrainTest mnist = load_mnist("mnist");
///         std::printf("%zu images to train with\n", mnist.train.size());
///     } catch (const IoError& error) {
///         std::printf("%s\n", error.what());  // one line: the file, what was expected, what was found
///     }
///
/// throws   IoError with the file, expected and found
TrainTest load_mnist(const std::string& directory);

/// Draws n grey 28 x 28 synthetic digits from stroke descriptions, with random slant, scale, shift, thickness
/// and jitter, in a random order of classes. The same seed gives the same bytes on every platform.
Dataset synthetic_digits(std::size_t n, std::uint32_t seed);

/// Draws 60,000 synthetic digits to train with and 10,000 to test with, from different seeds.
TrainTest synthetic_digits_train_test(std::uint32_t seed);

}  // namespace thalweg
THALWEG_END_PUBLIC
