// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Cross-entropy, the notebook's way (on probabilities, with 1e-7 inside the logarithm) and the stable way (on
// logits, fused with softmax and its gradient). Losses are double for both element types: numerical
// differentiation subtracts them.
//
// Common to all:
// throws   ShapeError also when N is 0 or a label is out of range, with its row
#pragma once

#include <span>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The correct class of each row, 0 to cols - 1.
using Labels = std::span<const int>;

/// Computes the mean cross-entropy of probabilities: -(1/N) sum_n log(y(n, t[n]) + 1e-7). One row is a batch
/// of one.
/// shape    y: [N,classes]  t: N labels
/// range    y >= 0; the logarithm of a negative sum is NaN
/// error    logarithm and sum in double, the sum in the order of sum(): (N/8+8)*2^-53 relative
/// source   Deep Learning from Scratch 4.2.4, second form
double cross_entropy_error(MatrixView<const float> y, Labels t);
double cross_entropy_error(MatrixView<const double> y, Labels t);

/// The same for targets as a matrix, one-hot or soft: -(1/N) sum_n sum_j t(n,j) * log(y(n,j) + 1e-7), as it
/// stands in the notebook: the terms of a row in column order, the rows in the order of sum(), in double.
/// shape    y, t: [N,classes]
/// range    as above, also where t is 0: 0 * NaN is NaN
/// error    as above, and classes*2^-53 of the sum of a row's |terms| more
/// source   Deep Learning from Scratch 4.2.4, first form
double cross_entropy_error(MatrixView<const float> y, MatrixView<const float> t);
double cross_entropy_error(MatrixView<const double> y, MatrixView<const double> t);

/// Computes softmax p, cross-entropy and gradient of logits in one stable pass, without the 1e-7. A row's
/// loss is log sum_j e^(x(j)-max) - (x(t)-max); the mean is returned, and dlogits is (p - one_hot(t)) / N.
///
///     const Matrix<float> logits{{0.3F, 2.9F, 4.0F}};
///     const std::vector<int> labels = {2};
///     Matrix<float> dlogits(1, 3);
///     softmax_cross_entropy(logits, labels, dlogits);  // 0.3057
///     dlogits(0, 2);                                   // -0.2634
///
/// shape    logits, dlogits: [N,classes]  labels: N
/// range    finite for finite float logits; in double Inf where a label's logit is more than the largest
///          double below the row's largest, or the rows' losses sum to more. A label at -Inf makes Inf, a row
///          with NaN or +Inf makes NaN
/// error    p as softmax(); logarithm and mean in double; three roundings more in dlogits. docs/numerics.md
/// alias    dlogits may be logits
/// source   Deep Learning from Scratch 5.6.3 (softmax with loss)
double softmax_cross_entropy(MatrixView<const float> logits, Labels labels, MatrixView<float> dlogits);
double softmax_cross_entropy(MatrixView<const double> logits, Labels labels, MatrixView<double> dlogits);

/// The same, and keeps the probabilities p.
/// shape    probabilities: as logits
/// alias    probabilities may be logits
double softmax_cross_entropy(MatrixView<const float> logits, Labels labels, MatrixView<float> dlogits,
                             MatrixView<float> probabilities);
double softmax_cross_entropy(MatrixView<const double> logits, Labels labels, MatrixView<double> dlogits,
                             MatrixView<double> probabilities);

}  // namespace thalweg
THALWEG_END_PUBLIC
