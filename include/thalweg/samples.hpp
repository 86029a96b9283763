// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Samples: rows to learn from, numbers or 8-bit images, each with a label or with targets.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/detail/shared.hpp"
#include "thalweg/images.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/minibatches.hpp"
#include "thalweg/random.hpp"
#include "thalweg/shape.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Rows to learn from. Element is float or double. Copies and parts share the features, which nobody can
/// change: neither a copy nor a part copies any.
///
///     const Matrix<float> x{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
///     const std::vector<int> t = {0, 1, 1, 0};
///     const Samples<float> samples(x, t);
///     samples.classes();                       // 2
///     const auto [train, test] = samples.split(0.25);
///     train.size();                            // 3
///     test.labels()[0];                        // 0
///
/// range    row numbers count from 0 within a part
/// error    pixel / 255 is rounded to float32, as in Dataset; everything else is exact
/// throws   ShapeError also for a row number that is not below size()
template <class Element>
class Samples {
public:
    /// Makes samples without rows.
    Samples() = default;
    /// Takes features, and a label of any integer type for each row. Without classes there are as many as the
    /// largest label and one more.
    /// shape    features: [n,inputs], at least [1,1]   labels: n
    /// throws   ShapeError also for a label that is not from 0 to classes - 1, with its row, and for a
    ///          feature that is NaN or infinite, with row and column
    Samples(Matrix<Element> features, const Indices& labels, std::size_t classes = 0);
    /// The same with a name for each class, in the order of their labels.
    Samples(Matrix<Element> features, const Indices& labels, std::vector<std::string> class_names);
    /// Takes features and the numbers that a net should answer with.
    /// shape    features: [n,inputs], at least [1,1]   targets: [n,outputs], at least one column
    /// throws   ShapeError also for a feature or target that is NaN or infinite, with row and column
    Samples(Matrix<Element> features, Matrix<Element> targets);
    /// Takes images with their labels; pixels stay bytes until a batch needs numbers.
    Samples(const Dataset& images, ImageOptions options = {});  // NOLINT(google-explicit-constructor)

    /// Copies no features; the object moved from stays as it was.
    Samples(const Samples&) = default;
    Samples& operator=(const Samples&) = default;
    ~Samples() = default;

    /// Returns the number of rows.
    std::size_t size() const noexcept { return size_; }
    /// Returns the number of features of a row, or pixels of an image.
    std::size_t inputs() const noexcept;
    /// Returns the number of classes, which labels are below; 0 for samples with targets.
    std::size_t classes() const noexcept;
    /// Returns the number of outputs that a net for them needs: classes() or columns of targets.
    std::size_t outputs() const noexcept;
    /// Returns the names of the classes; none where they have no names.
    std::span<const std::string> class_names() const noexcept;
    /// Tells whether rows have labels, and not targets.
    bool has_labels() const noexcept { return classes() != 0; }
    /// Tells whether rows are images, kept as bytes.
    bool has_pixels() const noexcept { return images() != nullptr; }

    /// Points to all the images that samples were made from; nullptr where features are numbers.
    const Dataset* images() const noexcept;
    /// Returns how the pixels become numbers.
    ImageOptions image_options() const noexcept;
    /// Returns where a row is in images(), or in the features that samples were made from.
    /// range    row < size(), not checked
    std::size_t source_row(std::size_t row) const noexcept {
        return rows_ == nullptr ? first_ + row : rows_[first_ + row];
    }
    /// The same for several rows.
    /// shape    out: as rows
    void source_rows(std::span<const std::size_t> rows, std::span<std::size_t> out) const;

    /// Returns the part of count rows from first on.
    /// shape    first + count <= size()
    Samples slice(std::size_t first, std::size_t count) const;
    /// Returns the part of these rows, in their order; a row may come more than once.
    /// shape    rows: any integer type
    Samples take(const Indices& rows) const;
    /// Returns all rows in random order, that of rng.permutation(size()).
    Samples shuffled(Rng& rng) const;
    /// Splits off the last n_test rows. Rows that come in an order should be shuffled() first.
    /// throws   ShapeError unless both parts have a row
    template <std::integral Integer>
    TrainTestSamples<Element> split(Integer n_test) const {
        return split_off(static_cast<long long>(n_test));
    }
    /// Splits off the last rows, this share of all, rounded to the nearest number of rows.
    /// throws   ShapeError unless both parts have a row
    TrainTestSamples<Element> split(double share) const;

    /// Copies a mini-batch: x's row k becomes row rows[k], labels[k] its label. Allocates nothing.
    /// shape    x: [rows.size(),inputs]   labels: rows.size()
    /// throws   std::invalid_argument where there are targets and no labels
    void gather(std::span<const std::size_t> rows, MatrixView<Element> x, std::span<int> labels) const;
    /// The same with targets. A label becomes a row of zeros with a one.
    /// shape    x: [rows.size(),inputs]   targets: [rows.size(),outputs]
    void gather(std::span<const std::size_t> rows, MatrixView<Element> x, MatrixView<Element> targets) const;
    /// The same for the consecutive rows first, first + 1, ..., as many as x has rows.
    /// shape    x: [n,inputs]   labels: n, or targets: [n,outputs], with first + n <= size()
    void gather(std::size_t first, MatrixView<Element> x, std::span<int> labels) const;
    void gather(std::size_t first, MatrixView<Element> x, MatrixView<Element> targets) const;

    /// Copies the features of all rows.
    /// shape    [size,inputs]
    Matrix<Element> features() const;
    /// Copies the labels of all rows.
    /// throws   std::invalid_argument where there are targets and no labels
    std::vector<int> labels() const;
    /// Copies the targets of all rows. A label becomes a row of zeros with a one.
    /// shape    [size,outputs]
    Matrix<Element> targets() const;

private:
    Samples(Matrix<Element> features, const Indices& labels, std::size_t classes,
            std::vector<std::string>&& class_names);
    TrainTestSamples<Element> split_off(long long n_test) const;

    detail::Shared store_owner_;
    detail::Shared rows_owner_;
    const detail::SampleStore<Element>* store_ = nullptr;
    const std::size_t* rows_ = nullptr;  // of the store; none: as they lie there
    std::size_t first_ = 0;              // in rows_, or in the store
    std::size_t size_ = 0;
};

/// Samples in two parts.
template <class Element>
struct TrainTestSamples {
    Samples<Element> train;  ///< to train with
    Samples<Element> test;   ///< to measure with; may be empty
};

// In the library.
extern template class Samples<float>;
extern template class Samples<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC
