// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What samples hold lies in a store, which all copies and parts look at; a part is a range of its rows, or a
// list of them.
#include "thalweg/samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "core/float_control.hpp"
#include "core/indices.hpp"
#include "core/shape_check.hpp"
#include "core/shared.hpp"
#include "data/gather.hpp"

namespace thalweg {

namespace detail {

// Features are a matrix or images; of labels and targets there is one.
template <class T>
struct SampleStore {
    Matrix<T> features;
    Dataset images;
    ImageOptions options;
    bool pixels = false;
    std::vector<int> labels;
    Matrix<T> targets;
    std::size_t classes = 0;
    std::vector<std::string> class_names;

    std::size_t rows() const noexcept { return pixels ? images.size() : features.rows(); }
    std::size_t inputs() const noexcept { return pixels ? images.image_size() : features.cols(); }
    int label(std::size_t row) const noexcept { return pixels ? images.labels()[row] : labels[row]; }
    // One row of targets, or of zeros with a one.
    void copy_target(std::size_t row, T* out) const noexcept {
        if (classes != 0) {
            std::fill_n(out, classes, T(0));
            out[label(row)] = T(1);
        } else {
            std::copy_n(targets.data() + row * targets.cols(), targets.cols(), out);
        }
    }
};

}  // namespace detail

namespace {

template <class T>
void check_finite(const char* name, const Matrix<T>& values) {
    if (dispatch::active<T>().all_finite(values.data(), values.size())) {
        return;
    }
    const T* const all = values.data();
    const T* const wrong =
        std::find_if_not(all, all + values.size(), [](T value) { return std::isfinite(value); });
    const auto at = static_cast<std::size_t>(wrong - all);
    const char* const found = std::isnan(*wrong) ? "NaN" : *wrong > 0 ? "Inf" : "-Inf";
    throw ShapeError("Samples: row " + std::to_string(at / values.cols()) + ", column " +
                     std::to_string(at % values.cols()) + " of the " + name +
                     " must be a finite number, found " + found);
}

template <class T>
void check_features(const Matrix<T>& features) {
    if (features.size() == 0) {
        throw ShapeError("Samples: features must have at least one row and one column, found " +
                         check::shape_text(features.rows(), features.cols()));
    }
    check_finite("features", features);
}

// throws   ShapeError for a label that is not below `classes`, or for 0 that is none
std::vector<int> checked_labels(const Indices& labels, std::size_t rows, std::size_t classes) {
    constexpr std::size_t kMost = std::numeric_limits<int>::max();
    if (labels.size() != rows) {
        throw ShapeError("Samples: expected " + std::to_string(rows) + " labels, one a row, found " +
                         std::to_string(labels.size()));
    }
    core::check_indices("Samples", "labels", labels, classes == 0 ? kMost : std::min(classes, kMost));
    std::vector<int> copy(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        copy[i] = static_cast<int>(labels.bits(i));
    }
    return copy;
}

void check_rows(std::span<const std::size_t> rows, std::size_t size) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
        if (rows[k] >= size) {
            throw ShapeError("gather: rows[" + std::to_string(k) + "] must be below " + std::to_string(size) +
                             ", found " + std::to_string(rows[k]));
        }
    }
}

void check_part(const char* op, std::size_t first, std::size_t count, std::size_t size) {
    if (first > size || count > size - first) {
        throw ShapeError(std::string(op) + ": " + std::to_string(count) + " rows from " +
                         std::to_string(first) + " on must end by " + std::to_string(size));
    }
}

}  // namespace

template <class T>
Samples<T>::Samples(Matrix<T> features, const Indices& labels, std::size_t classes)
    : Samples(std::move(features), labels, classes, {}) {}

template <class T>
Samples<T>::Samples(Matrix<T> features, const Indices& labels, std::vector<std::string> class_names)
    : Samples(std::move(features), labels, class_names.size(), std::move(class_names)) {}

template <class T>
Samples<T>::Samples(Matrix<T> features, const Indices& labels, std::size_t classes,
                    std::vector<std::string>&& class_names) {
    check_features(features);
    detail::SampleStore<T> store;
    store.class_names = std::move(class_names);
    store.labels = checked_labels(labels, features.rows(), classes);
    store.features = std::move(features);
    store.classes = classes;
    if (classes == 0) {
        store.classes =
            static_cast<std::size_t>(*std::max_element(store.labels.begin(), store.labels.end())) + 1;
    }
    size_ = store.rows();
    store_ = detail::share(std::move(store), store_owner_);
}

template <class T>
Samples<T>::Samples(Matrix<T> features, Matrix<T> targets) {
    check_features(features);
    if (targets.rows() != features.rows() || targets.cols() == 0) {
        throw ShapeError("Samples: targets must have " + std::to_string(features.rows()) +
                         " rows, as features, and at least one column, found " +
                         check::shape_text(targets.rows(), targets.cols()));
    }
    check_finite("targets", targets);
    detail::SampleStore<T> store;
    store.features = std::move(features);
    store.targets = std::move(targets);
    size_ = store.rows();
    store_ = detail::share(std::move(store), store_owner_);
}

template <class T>
Samples<T>::Samples(const Dataset& images, ImageOptions options) : size_(images.size()) {
    detail::SampleStore<T> store;
    store.classes = images.classes();
    store.images = images;
    store.options = options;
    store.pixels = true;
    store_ = detail::share(std::move(store), store_owner_);
}

template <class T>
std::size_t Samples<T>::inputs() const noexcept {
    return store_ == nullptr ? 0 : store_->inputs();
}

template <class T>
std::size_t Samples<T>::classes() const noexcept {
    return store_ == nullptr ? 0 : store_->classes;
}

template <class T>
std::size_t Samples<T>::outputs() const noexcept {
    return store_ == nullptr ? 0 : store_->classes != 0 ? store_->classes : store_->targets.cols();
}

template <class T>
std::span<const std::string> Samples<T>::class_names() const noexcept {
    return store_ == nullptr ? std::span<const std::string>() : store_->class_names;
}

template <class T>
const Dataset* Samples<T>::images() const noexcept {
    return store_ != nullptr && store_->pixels ? &store_->images : nullptr;
}

template <class T>
ImageOptions Samples<T>::image_options() const noexcept {
    return store_ == nullptr ? ImageOptions{} : store_->options;
}

template <class T>
void Samples<T>::source_rows(std::span<const std::size_t> rows, std::span<std::size_t> out) const {
    check_rows(rows, size_);
    if (out.size() != rows.size()) {
        throw ShapeError("source_rows: out must have " + std::to_string(rows.size()) + " rows, found " +
                         std::to_string(out.size()));
    }
    std::transform(rows.begin(), rows.end(), out.begin(),
                   [this](std::size_t row) { return source_row(row); });
}

template <class T>
Samples<T> Samples<T>::slice(std::size_t first, std::size_t count) const {
    check_part("slice", first, count, size_);
    Samples part = *this;
    part.first_ += first;
    part.size_ = count;
    return part;
}

template <class T>
Samples<T> Samples<T>::take(const Indices& rows) const {
    core::check_indices("take", "rows", rows, size_);
    std::vector<std::size_t> chosen(rows.size());
    for (std::size_t k = 0; k < chosen.size(); ++k) {
        chosen[k] = source_row(core::index_at(rows, k));
    }
    Samples part = *this;
    part.size_ = chosen.size();
    part.first_ = 0;
    part.rows_ = detail::share(std::move(chosen), part.rows_owner_)->data();
    return part;
}

template <class T>
Samples<T> Samples<T>::shuffled(Rng& rng) const {
    return take(rng.permutation(size_));
}

template <class T>
TrainTestSamples<T> Samples<T>::split_off(long long n_test) const {
    const auto count = static_cast<std::size_t>(n_test);
    if (n_test < 1 || count >= size_) {
        throw ShapeError("split: n_test must leave a row in both parts of " + std::to_string(size_) +
                         " rows, found " + std::to_string(n_test));
    }
    return {slice(0, size_ - count), slice(size_ - count, count)};
}

template <class T>
TrainTestSamples<T> Samples<T>::split(double share) const {
    const core::FloatControlScope standard;
    const double count = share * static_cast<double>(size_) + 0.5;
    if (!(share > 0.0 && share < 1.0) || count < 1.0 || count >= static_cast<double>(size_)) {
        throw ShapeError("split: share must be between 0 and 1 and leave a row in both parts of " +
                         std::to_string(size_) + " rows, found " + std::to_string(share));
    }
    return split_off(static_cast<long long>(count));
}

namespace {

// Row k of x and what belongs to it: target(k, row of the store).
template <class T, class RowOf, class Target>
void gather_both(const detail::SampleStore<T>& store, MatrixView<T> x, const RowOf& row_of,
                 const Target& target) {
    if (store.pixels) {
        data::gather_images(store.images, x, store.options, row_of, target);
        return;
    }
    const T* const features = store.features.data();
    const std::size_t cols = store.features.cols();
    data::gather_rows({features, cols * sizeof(T)}, x.rows(), x.size(), row_of,
                      [&](std::size_t k, std::size_t row) {
                          std::copy_n(features + row * cols, cols, x.data() + k * x.ld());
                          target(k, row);
                      });
}

// What gather() asks of its arguments, but for the row numbers.
template <class T>
void check_gathered(const Samples<T>& samples, std::size_t count, MatrixView<T> x, std::span<int> labels) {
    check::shape("gather", "x", x, count, samples.inputs());
    if (labels.size() != count) {
        throw ShapeError("gather: expected room for " + std::to_string(count) +
                         " labels, one a row of x, found " + std::to_string(labels.size()));
    }
    if (samples.size() != 0 && !samples.has_labels()) {
        throw std::invalid_argument(
            "gather: the samples have targets, no labels: expected a matrix for them");
    }
}

template <class T>
void check_gathered(const Samples<T>& samples, std::size_t count, MatrixView<T> x, MatrixView<T> targets) {
    check::shape("gather", "x", x, count, samples.inputs());
    check::shape("gather", "targets", targets, count, samples.outputs());
    check::overlap("gather", "x", x, "targets", targets, check::Alias::kNone);
}

// How to write what belongs to row k of a batch.
template <class T>
auto target_writer(const detail::SampleStore<T>& store, std::span<int> labels) {
    return [&store, labels](std::size_t k, std::size_t row) { labels[k] = store.label(row); };
}

template <class T>
auto target_writer(const detail::SampleStore<T>& store, MatrixView<T> targets) {
    return [&store, targets](std::size_t k, std::size_t row) {
        store.copy_target(row, targets.data() + k * targets.ld());
    };
}

template <class T, class Target>
void gather_any(const Samples<T>& samples, const detail::SampleStore<T>& store,
                std::span<const std::size_t> rows, MatrixView<T> x, Target target) {
    check_gathered(samples, rows.size(), x, target);
    check_rows(rows, samples.size());
    gather_both(
        store, x, [&](std::size_t k) { return samples.source_row(rows[k]); }, target_writer(store, target));
}

template <class T, class Target>
void gather_from(const Samples<T>& samples, const detail::SampleStore<T>& store, std::size_t first,
                 MatrixView<T> x, Target target) {
    check_gathered(samples, x.rows(), x, target);
    check_part("gather", first, x.rows(), samples.size());
    gather_both(
        store, x, [&](std::size_t k) { return samples.source_row(first + k); }, target_writer(store, target));
}

// Stands for the store of samples that have none.
template <class T>
const detail::SampleStore<T>& or_empty(const detail::SampleStore<T>* store) {
    static const detail::SampleStore<T> kEmpty;
    return store == nullptr ? kEmpty : *store;
}

}  // namespace

template <class T>
void Samples<T>::gather(std::span<const std::size_t> rows, MatrixView<T> x, std::span<int> labels) const {
    gather_any(*this, or_empty(store_), rows, x, labels);
}

template <class T>
void Samples<T>::gather(std::span<const std::size_t> rows, MatrixView<T> x, MatrixView<T> targets) const {
    gather_any(*this, or_empty(store_), rows, x, targets);
}

template <class T>
void Samples<T>::gather(std::size_t first, MatrixView<T> x, std::span<int> labels) const {
    gather_from(*this, or_empty(store_), first, x, labels);
}

template <class T>
void Samples<T>::gather(std::size_t first, MatrixView<T> x, MatrixView<T> targets) const {
    gather_from(*this, or_empty(store_), first, x, targets);
}

template <class T>
Matrix<T> Samples<T>::features() const {
    Matrix<T> x(size_, inputs());
    gather_both(
        or_empty(store_), x.view(), [this](std::size_t k) { return source_row(k); },
        [](std::size_t, std::size_t) {});
    return x;
}

template <class T>
std::vector<int> Samples<T>::labels() const {
    if (size_ != 0 && !has_labels()) {
        throw std::invalid_argument("labels: the samples have targets, no labels");
    }
    std::vector<int> copy(size_);
    for (std::size_t k = 0; k < size_; ++k) {
        copy[k] = store_->label(source_row(k));
    }
    return copy;
}

template <class T>
Matrix<T> Samples<T>::targets() const {
    Matrix<T> t(size_, outputs());
    for (std::size_t k = 0; k < size_; ++k) {
        store_->copy_target(source_row(k), t.data() + k * t.cols());
    }
    return t;
}

template class Samples<float>;
template class Samples<double>;

}  // namespace thalweg
