// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Features of mean 0 and standard deviation 1: nets learn faster from numbers of one size.
#pragma once

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/samples.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// Standardises features by the means and standard deviations of the training part: (x - mean) / deviation.
///
///     const Matrix<double> x{{1, 100}, {3, 300}};
///     const Scaling<double> scaling(Samples<double>(x, std::vector<int>{0, 1}));
///     scaling.apply(x)(1, 1);       // 1
///     scaling.mean(0, 1);           // 200
///
/// shape    mean, deviation: [1,inputs]
/// error    sums in double, down each column in one chain; mean and deviation are rounded once; apply() and
///          undo() have two roundings
template <class Element>
struct Scaling {
    /// Takes the means and deviations of these samples. A feature that is the same in all of them has the
    /// deviation 1 and becomes 0.
    /// throws   ShapeError for samples without rows
    explicit Scaling(const Samples<Element>& train);
    /// The same of rows of numbers, such as targets.
    /// shape    rows: [n,inputs], at least [1,1]
    explicit Scaling(MatrixView<const Element> rows);
    /// Takes both, as from a file.
    /// throws   ShapeError unless both are one row of the same length
    Scaling(Matrix<Element> mean, Matrix<Element> deviation);

    /// Standardises rows.
    /// shape    x: [n,inputs] -> [n,inputs]
    Matrix<Element> apply(MatrixView<const Element> x) const;
    /// Makes numbers of what is standardised: x * deviation + mean, for predictions of scaled targets.
    /// shape    x: [n,inputs] -> [n,inputs]
    Matrix<Element> undo(MatrixView<const Element> x) const;
    /// Standardises the features of samples, which become numbers where they were pixels. Labels and targets
    /// stay.
    /// throws   ShapeError also for a feature that becomes infinite
    Samples<Element> apply(const Samples<Element>& samples) const;

    Matrix<Element> mean;       ///< [1,inputs]
    Matrix<Element> deviation;  ///< [1,inputs]
};

// In the library.
extern template struct Scaling<float>;
extern template struct Scaling<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC
