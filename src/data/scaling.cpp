// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Means and deviations are sums of doubles down the rows, in row order, by one thread.
#include "thalweg/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "thalweg/array.hpp"
#include "thalweg/error.hpp"

namespace thalweg {
namespace {

// Adds of(x, j) of every row to out[j], and divides by the number of rows.
template <class T, class Of>
std::vector<double> mean_of(MatrixView<const T> x, const Of& of) {
    std::vector<double> sums(x.cols());
    for (std::size_t i = 0; i < x.rows(); ++i) {
        for (std::size_t j = 0; j < x.cols(); ++j) {
            sums[j] += of(static_cast<double>(x(i, j)), j);
        }
    }
    for (double& sum : sums) {
        sum /= static_cast<double>(x.rows());
    }
    return sums;
}

template <class T>
bool constant(MatrixView<const T> x, std::size_t j) {
    std::size_t i = 1;
    while (i < x.rows() && x(i, j) == x(0, j)) {
        ++i;
    }
    return i == x.rows();
}

// The deviation of column j, whose squares overflow or are too small to be normal numbers, in units of the
// largest distance from its mean.
template <class T>
double deviation_in_units(MatrixView<const T> x, std::size_t j, double mean) {
    double largest = 0.0;
    for (std::size_t i = 0; i < x.rows(); ++i) {
        largest = std::max(largest, std::fabs(static_cast<double>(x(i, j)) - mean));
    }
    double sum = 0.0;
    for (std::size_t i = 0; largest > 0.0 && i < x.rows(); ++i) {
        const double part = (static_cast<double>(x(i, j)) - mean) / largest;
        sum += part * part;
    }
    return largest * std::sqrt(sum / static_cast<double>(x.rows()));
}

template <class T>
Matrix<T> features_of(const Samples<T>& train) {
    if (train.size() == 0) {
        throw ShapeError("Scaling: expected samples with at least one row, found none");
    }
    return train.features();
}

}  // namespace

template <class T>
Scaling<T>::Scaling(const Samples<T>& train) : Scaling(features_of(train).view()) {}

template <class T>
Scaling<T>::Scaling(MatrixView<const T> x) {
    if (x.rows() == 0 || x.cols() == 0) {
        throw ShapeError("Scaling: expected at least one row of at least one number, found " +
                         check::shape_text(x.rows(), x.cols()));
    }
    const core::FloatControlScope standard;
    const std::vector<double> means = mean_of(x, [](double value, std::size_t) { return value; });
    const std::vector<double> variances = mean_of(x, [&](double value, std::size_t j) {
        const double from_mean = value - means[j];
        return from_mean * from_mean;
    });
    mean = Matrix<T>(1, x.cols());
    deviation = Matrix<T>(1, x.cols());
    for (std::size_t j = 0; j < x.cols(); ++j) {
        // The mean of equal numbers may differ from them in its last bit, and so would each from 0.
        const bool same = constant(x, j);
        const double found =
            std::isnormal(variances[j]) ? std::sqrt(variances[j]) : deviation_in_units(x, j, means[j]);
        const auto rounded = same ? T(0) : static_cast<T>(found);
        mean(0, j) = same ? x(0, j) : static_cast<T>(means[j]);
        deviation(0, j) = rounded > T(0) ? rounded : T(1);
    }
}

template <class T>
Scaling<T>::Scaling(Matrix<T> mean_given, Matrix<T> deviation_given)
    : mean(std::move(mean_given)), deviation(std::move(deviation_given)) {
    if (mean.rows() != 1 || mean.cols() == 0 || deviation.rows() != 1 || deviation.cols() != mean.cols()) {
        throw ShapeError("Scaling: mean and deviation must be one row each, of one length, found " +
                         check::shape_text(mean.rows(), mean.cols()) + " and " +
                         check::shape_text(deviation.rows(), deviation.cols()));
    }
}

template <class T>
Matrix<T> Scaling<T>::apply(MatrixView<const T> x) const {
    check::shape("Scaling", "x", x, x.rows(), mean.cols());
    return (x - mean) / deviation;
}

template <class T>
Matrix<T> Scaling<T>::undo(MatrixView<const T> x) const {
    check::shape("Scaling", "x", x, x.rows(), mean.cols());
    return x * deviation + mean;
}

template <class T>
Samples<T> Scaling<T>::apply(const Samples<T>& samples) const {
    const Matrix<T> features = samples.features();
    Matrix<T> x = apply(features.view());
    if (!samples.has_labels()) {
        return {std::move(x), samples.targets()};
    }
    if (!samples.class_names().empty()) {
        const auto names = samples.class_names();
        return {std::move(x), samples.labels(), std::vector<std::string>(names.begin(), names.end())};
    }
    return {std::move(x), samples.labels(), samples.classes()};
}

template struct Scaling<float>;
template struct Scaling<double>;

}  // namespace thalweg
