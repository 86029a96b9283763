// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Labelled images with 8-bit pixels, where they come from (MNIST's IDX files, or digits drawn here), and how
// they become matrices.
//
// Common to all:
// threads  functions may run in several threads at once; converting more than 262,144 pixels is split over
//          threads(), with the same result for every number
// throws   std::bad_alloc; SimdError from a program's first conversion when THALWEG_SIMD is wrong
// source   Deep Learning from Scratch 3.6 and 4.2.3: load_mnist, np.random.choice
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// How pixels become numbers.
struct ImageOptions {
    bool normalize = true;  ///< true: pixel / 255 as load_mnist does, in [0, 1]; false: 0 to 255
};

/// N grey images of equal size with their labels, kept as bytes: an eighth of what doubles would take.
/// error    none but the rounding of pixel / 255 to float32
/// threads  a value that never changes: const members may run in several threads at once
class Dataset {
public:
    /// No images.
    Dataset() = default;
    /// Takes pixels and labels.
    /// shape    pixels: labels.size() images of image_rows * image_cols bytes, row by row; 0 is background
    /// throws   ShapeError when the sizes disagree or a label is not below classes
    Dataset(std::size_t image_rows, std::size_t image_cols, std::vector<std::uint8_t> pixels,
            std::vector<std::uint8_t> labels, std::size_t classes = 10);

    /// Number of images.
    std::size_t size() const noexcept { return labels_.size(); }
    /// Height of an image in pixels.
    std::size_t image_rows() const noexcept { return image_rows_; }
    /// Width of an image in pixels.
    std::size_t image_cols() const noexcept { return image_cols_; }
    /// Pixels of one image, the net's input size.
    std::size_t image_size() const noexcept { return image_rows_ * image_cols_; }
    /// Number of classes: labels are below it.
    std::size_t classes() const noexcept { return classes_; }
    /// All pixels, image after image.
    std::span<const std::uint8_t> pixels() const noexcept { return pixels_; }
    /// Pixels of image i, row by row.
    /// shape    image_size()
    /// range    i < size(), not checked
    std::span<const std::uint8_t> image(std::size_t i) const {
        return pixels().subspan(i * image_size(), image_size());
    }
    /// All labels, one an image.
    std::span<const std::uint8_t> labels() const noexcept { return labels_; }

    /// The notebook's x: one image a row. A normalised pixel is the float32 quotient pixel / 255 for both T.
    /// shape    [size, image_size]
    /// throws   std::bad_alloc; ShapeError for more elements than memory can address
    template <class T>
    Matrix<T> images(ImageOptions options = {}) const;
    /// The notebook's t with one_hot_label=True.
    /// shape    [size, classes]
    /// threads  serial
    template <class T>
    Matrix<T> targets() const;

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
    /// throws   ShapeError when sizes disagree or an index is not below size()
    template <class T>
    void gather(std::span<const std::size_t> rows, MatrixView<T> x, std::span<int> labels,
                ImageOptions options = {}) const;
    /// The same for the consecutive images first, first + 1, ..., as many as x has rows.
    /// shape    x: [n, image_size]  labels: n, with first + n <= size()
    template <class T>
    void gather(std::size_t first, MatrixView<T> x, std::span<int> labels, ImageOptions options = {}) const;

private:
    std::size_t image_rows_ = 0;
    std::size_t image_cols_ = 0;
    std::size_t classes_ = 0;
    std::vector<std::uint8_t> pixels_;
    std::vector<std::uint8_t> labels_;
};

/// A data set in its two parts.
struct TrainTest {
    Dataset train;  ///< to learn from
    Dataset test;   ///< to judge by
};

/// The contents of an IDX file.
struct IdxFile {
    std::vector<std::size_t> shape;    ///< one entry a dimension, at most 4
    std::vector<std::uint8_t> values;  ///< the product of shape many
};
/// Reads one IDX file of unsigned bytes, raw or gzip (told by content, not by name; gzip needs zlib).
/// error    none: the bytes that are there
/// throws   IoError with path, offset, expected and found; nothing is allocated from a header's word alone
/// source   the format as the MNIST pages describe it
IdxFile load_idx(const std::string& path);

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
/// error    none: the bytes that are there
/// throws   IoError naming the file, what was expected and what was found
TrainTest load_mnist(const std::string& directory);

/// Draws n grey 28 x 28 digits from stroke descriptions with random slant, scale, shift, thickness and
/// jitter, in a random order of classes.
/// error    none: the same bytes on every platform for the same seed
/// threads  many digits are split over threads()
/// source   of this library; MNIST's size and layout
Dataset synthetic_digits(std::size_t n, std::uint32_t seed);

/// The default training material: 60,000 training and 10,000 test digits drawn with different seeds.
/// error    none: the same bytes on every platform for the same seed
TrainTest synthetic_digits_train_test(std::uint32_t seed);

}  // namespace thalweg
THALWEG_END_PUBLIC
