// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Dataset: bytes in, matrices out. The conversion itself is the kernels' slot `pixels`.
#include <string>
#include <utility>

#include "core/shape_check.hpp"
#include "core/shared.hpp"
#include "data/gather.hpp"
#include "dispatch/dispatch.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/error.hpp"
#include "thalweg/images.hpp"

namespace thalweg {
namespace {

// Shares begin at multiples of this many pixels, so that no two threads write one cache line.
constexpr std::size_t kUnit = 64;

template <class T>
void convert(const std::uint8_t* x, bool normalize, T* y, std::size_t count) {
    const auto pixels = dispatch::active<T>().pixels;
    parallel::run(parallel::team_size(count, parallel::kConversionGrain), [=](parallel::Part part) {
        const auto [first, last] = part.share(count, kUnit);
        pixels(x + first, normalize, y + first, last - first);
    });
}

template <class T>
void check_batch(const Dataset& data, std::size_t count, MatrixView<T> x, std::span<int> labels) {
    check::shape("gather", "x", x, count, data.image_size());
    if (labels.size() != count) {
        throw ShapeError("gather: expected room for " + std::to_string(count) +
                         " labels, one a row of x, found " + std::to_string(labels.size()));
    }
}

}  // namespace

Dataset::Dataset(std::size_t image_rows, std::size_t image_cols, std::vector<std::uint8_t> pixels,
                 std::vector<std::uint8_t> labels, std::size_t classes)
    : image_rows_(image_rows), image_cols_(image_cols), classes_(classes) {
    // By division: the product of untrusted sizes could wrap around to the right number.
    const std::size_t found = pixels.size();
    const bool none = labels.empty() || image_rows == 0 || image_cols == 0;
    const bool fits = none ? found == 0
                           : found % labels.size() == 0 && found / labels.size() % image_rows == 0 &&
                                 found / labels.size() / image_rows == image_cols;
    if (!fits) {
        throw ShapeError("Dataset: expected the pixels of " + std::to_string(labels.size()) + " images of " +
                         std::to_string(image_rows) + " x " + std::to_string(image_cols) +
                         ", one a label, found " + std::to_string(found) + " bytes");
    }
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= classes) {
            throw ShapeError("Dataset: the label of image " + std::to_string(i) + " must be below " +
                             std::to_string(classes) + ", found " + std::to_string(labels[i]));
        }
    }
    const auto* const bytes = detail::share(std::pair(std::move(pixels), std::move(labels)), owner_);
    pixels_ = bytes->first;
    labels_ = bytes->second;
}

template <class T>
Matrix<T> Dataset::images(ImageOptions options) const {
    Matrix<T> x(size(), image_size());
    convert(pixels_.data(), options.normalize, x.data(), x.size());
    return x;
}

template <class T>
Matrix<T> Dataset::targets() const {
    Matrix<T> t(size(), classes_);
    for (std::size_t i = 0; i < size(); ++i) {
        t.data()[i * classes_ + labels_[i]] = T(1);
    }
    return t;
}

template <class T>
void Dataset::gather(std::span<const std::size_t> rows, MatrixView<T> x, std::span<int> labels,
                     ImageOptions options) const {
    check_batch(*this, rows.size(), x, labels);
    for (std::size_t k = 0; k < rows.size(); ++k) {
        if (rows[k] >= size()) {
            throw ShapeError("gather: rows[" + std::to_string(k) + "] must be below " +
                             std::to_string(size()) + ", found " + std::to_string(rows[k]));
        }
    }
    const std::uint8_t* const all = labels_.data();
    data::gather_images(
        *this, x, options, [&](std::size_t k) { return rows[k]; },
        [&](std::size_t k, std::size_t image) { labels[k] = all[image]; });
}

template <class T>
void Dataset::gather(std::size_t first, MatrixView<T> x, std::span<int> labels, ImageOptions options) const {
    const std::size_t count = x.rows();
    check_batch(*this, count, x, labels);
    if (first > size() || count > size() - first) {
        throw ShapeError("gather: " + std::to_string(count) + " images from " + std::to_string(first) +
                         " on must end by " + std::to_string(size()));
    }
    const std::size_t cols = image_size();
    const std::uint8_t* const source = pixels_.data() + first * cols;
    if (x.contiguous()) {
        convert(source, options.normalize, x.data(), count * cols);
    } else {
        const auto pixels = dispatch::active<T>().pixels;
        const core::FloatControlScope standard;
        for (std::size_t k = 0; k < count; ++k) {
            pixels(source + k * cols, options.normalize, x.data() + k * x.ld(), cols);
        }
    }
    const std::uint8_t* const all = labels_.data();
    for (std::size_t k = 0; k < count; ++k) {
        labels[k] = all[first + k];
    }
}

template Matrix<float> Dataset::images(ImageOptions) const;
template Matrix<double> Dataset::images(ImageOptions) const;
template Matrix<float> Dataset::targets() const;
template Matrix<double> Dataset::targets() const;
template void Dataset::gather(std::span<const std::size_t>, MatrixView<float>, std::span<int>,
                              ImageOptions) const;
template void Dataset::gather(std::span<const std::size_t>, MatrixView<double>, std::span<int>,
                              ImageOptions) const;
template void Dataset::gather(std::size_t, MatrixView<float>, std::span<int>, ImageOptions) const;
template void Dataset::gather(std::size_t, MatrixView<double>, std::span<int>, ImageOptions) const;

}  // namespace thalweg
