// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How good a net is on samples.
//
// Common to all:
// throws   ShapeError when the samples do not fit the net; std::invalid_argument when its loss does not fit
//          their labels or targets
#pragma once

#include <cstddef>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/net.hpp"
#include "thalweg/samples.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// What evaluate() finds.
struct Metrics {
    /// The mean loss of the rows, without weight decay. 0 for no rows.
    double loss = 0.0;
    /// With labels and Loss::kSoftmaxCrossEntropy: the share of right answers, 0 to 1; with targets the share
    /// of rows whose largest output is the largest target. With Loss::kBinaryCrossEntropy: the share of
    /// outputs on the target's side of 0.5. With Loss::kMeanSquaredError: R2, the mean over the outputs of
    /// 1 - sum (t - y)^2 / sum (t - mean of t)^2; where a target never changes, 1 if it is met and else 0.
    double score = 0.0;
};

/// Measures a net, a block of rows after another: memory does not grow with the samples.
///
///     Rng rng(1);
///     const Net<float> net({784, 50, 10}, {}, rng);
///     const Samples<float> digits = synthetic_digits(500, 1);
///     evaluate(net, digits).score < 0.5;  // true
///
/// error    losses are double, their sum is in the order of sum(); sums of R2 are in row order
Metrics evaluate(const Net<float>& net, const Samples<float>& samples);
Metrics evaluate(const Net<double>& net, const Samples<double>& samples);

/// Counts how often a row with label i was taken for class j.
/// shape    [classes,classes], classes as the net's outputs
Matrix<double> confusion_matrix(const Net<float>& net, const Samples<float>& samples);
Matrix<double> confusion_matrix(const Net<double>& net, const Samples<double>& samples);

}  // namespace thalweg
THALWEG_END_PUBLIC
