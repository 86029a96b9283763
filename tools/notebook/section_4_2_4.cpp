// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.2.4 and 4.2.5: the cross-entropy error, and why it is what one minimises.
#include <cstdio>

#include "notebook/page.hpp"
#include "thalweg/array.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/random.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/shape.hpp"

namespace thalweg::notebook {

/// 4.2.4: cross_entropy_error of one-hot targets
///
/// One image, then a batch of two: the notebook's line. In the library it is cross_entropy_error(y, t).
///
/// Mistake in the notebook: "eee" behind the colon of def is a syntax error.
double mean_cross_entropy(const Matrix<double>& y, const Matrix<double>& t) {
    return -sum(t * log(y + 1e-7)) / static_cast<double>(y.rows());
}

void cross_entropy_one_hot(Page& /*page*/) {
    const Matrix<double> a = {0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0};
    const Matrix<double> b = {0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0};
    const Matrix<double> t = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0};  // a two
    std::printf("%.16g\n", mean_cross_entropy(a, t));
    std::printf("%.16g\n", mean_cross_entropy(b, t));
    std::printf("%.16g\n", mean_cross_entropy(vstack(a, b), vstack(t, t)));
}

/// 4.2.4: cross_entropy_error of labels
///
/// The same numbers from the labels alone: pick(y, t) is y[np.arange(batch_size), t]. In the library it is
/// cross_entropy_error(y, t), too.
///
/// Mistakes in the notebook: the last two lines are indented into "if y.ndim == 1", so that a batch gets
/// None; here it gets its error. And the comment there says that values which are not the answer are counted
/// too: only the probability at the label is read, as the last line shows, where all others have changed.
double mean_cross_entropy(const Matrix<double>& y, const std::vector<int>& t) {
    return -sum(log(pick(y, t) + 1e-7)) / static_cast<double>(y.rows());
}

void cross_entropy_labels(Page& /*page*/) {
    const Matrix<double> a = {0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0};
    const Matrix<double> b = {0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0};
    const Matrix<double> others = {0.0, 0.0, 0.6, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
    const std::vector<int> two = {2};
    const std::vector<int> twos = {2, 2};
    std::printf("%.16g\n", mean_cross_entropy(a, two));
    std::printf("%.16g\n", mean_cross_entropy(vstack(a, b), twos));
    std::printf("%.16g\n", mean_cross_entropy(others, two));
}

/// 4.2.5: What moving one weight does
///
/// The accuracy moves in steps and mostly not at all, the loss moves with every change. Here one weight of an
/// untrained net moves, and 100 images are looked at.
void moving_a_weight(Page& page) {
    const TrainTest& digits = page.digits();
    Matrix<double> x(100, digits.train.image_size());
    std::vector<int> t(100);
    digits.train.gather<double>(0, x, t);
    Rng rng(1);
    TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    double& weight = net.params.W2(0, 0);
    const double before = weight;
    std::printf("%8s  %8s  %s\n", "moved by", "accuracy", "loss");
    for (const double step : {-1.0, -0.1, -0.01, -0.0001, 0.0, 0.0001, 0.01, 0.1, 1.0}) {
        weight = before + step;
        std::printf("%8g  %8g  %.16g\n", step, net.accuracy(x, t), net.loss(x, t));
    }
}

/// 4.2.5: Both derivatives by all 500 weights of the second layer
///
/// Numerical derivatives, h = 1e-4: that of the accuracy is zero nearly everywhere and tells no weight where
/// to go; where it is not zero, a step lies within h, and 0.01 / 2h says nothing but that.
void accuracy_has_no_slope(Page& page) {
    const TrainTest& digits = page.digits();
    Matrix<double> x(100, digits.train.image_size());
    std::vector<int> t(100);
    digits.train.gather<double>(0, x, t);
    Rng rng(1);
    TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    Matrix<double>& W2 = net.params.W2;
    const Matrix<double> of_accuracy = numerical_gradient([&] { return net.accuracy(x, t); }, W2);
    const Matrix<double> of_loss = numerical_gradient([&] { return net.loss(x, t); }, W2);
    std::printf("accuracy: %zu of %zu derivatives are zero\n", count_nonzero(equal(of_accuracy, 0)),
                W2.size());
    std::printf("loss:     %zu of %zu derivatives are zero\n", count_nonzero(equal(of_loss, 0)), W2.size());
}

}  // namespace thalweg::notebook
