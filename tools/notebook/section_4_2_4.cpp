// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.2.4 and 4.2.5: the cross-entropy error, and why it is what one minimises.
#include <algorithm>

#include "notebook/page.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/random.hpp"

namespace thalweg::notebook {

/// 4.2.4: cross_entropy_error of one-hot targets
///
/// One image, then a batch of two: -sum(t * log(y + 1e-7)) / batch_size.
///
/// Mistake in the notebook: "eee" behind the colon of def is a syntax error.
void cross_entropy_one_hot(Page& page) {
    const Matrix<double> y = {{0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0},
                              {0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0}};
    const Matrix<double> t = {{0, 0, 1, 0, 0, 0, 0, 0, 0, 0},  // a two
                              {0, 0, 1, 0, 0, 0, 0, 0, 0, 0}};
    page.print(cross_entropy_error(y.row(0), t.row(0)));
    page.print(cross_entropy_error(y.row(1), t.row(1)));
    page.print(cross_entropy_error(y, t));
}

/// 4.2.4: cross_entropy_error of labels
///
/// The same numbers from the labels alone: -sum(log(y[arange(batch_size), t] + 1e-7)) / batch_size.
///
/// Mistakes in the notebook: the last two lines are indented into "if y.ndim == 1", so that a batch gets
/// None; here it gets its error. And the comment there says that values which are not the answer are counted
/// too: only the probability at the label is read, as the last line shows, where all others have changed.
void cross_entropy_labels(Page& page) {
    const Matrix<double> y = {{0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0},
                              {0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0}};
    const std::vector<int> t = {2, 2};
    page.print(cross_entropy_error(y.row(0), Labels(t).first(1)));
    page.print(cross_entropy_error(y, t));
    const Matrix<double> others = {{0.0, 0.0, 0.6, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}};
    page.print(cross_entropy_error(others, Labels(t).first(1)));
}

/// 4.2.5: What moving one weight does
///
/// The accuracy moves in steps and mostly not at all, the loss moves with every change. Here one weight of an
/// untrained net moves, and 100 images are looked at.
void moving_a_weight(Page& page) {
    const Dataset& train = page.digits().train;
    Matrix<double> x(100, train.image_size());
    std::vector<int> t(100);
    train.gather<double>(0, x, t);
    Rng rng(1);
    TwoLayerNet<double> net(train.image_size(), 50, train.classes(), rng);
    double& weight = net.params.W2(0, 0);
    const double before = weight;
    page.printf("%8s  %8s  %s", "moved by", "accuracy", "loss");
    for (const double step : {-1.0, -0.1, -0.01, -0.0001, 0.0, 0.0001, 0.01, 0.1, 1.0}) {
        weight = before + step;
        page.printf("%8g  %8g  %s", step, net.accuracy(x, t), repr(net.loss(x, t)).c_str());
    }
}

/// 4.2.5: Both derivatives by all 500 weights of the second layer
///
/// Numerical derivatives, h = 1e-4: that of the accuracy is zero nearly everywhere and tells no weight where
/// to go; where it is not zero, a step lies within h, and 0.01 / 2h says nothing but that.
void accuracy_has_no_slope(Page& page) {
    const Dataset& train = page.digits().train;
    Matrix<double> x(100, train.image_size());
    std::vector<int> t(100);
    train.gather<double>(0, x, t);
    Rng rng(1);
    TwoLayerNet<double> net(train.image_size(), 50, train.classes(), rng);
    Matrix<double>& weights = net.params.W2;
    const Matrix<double> of_accuracy = numerical_gradient([&] { return net.accuracy(x, t); }, weights);
    const Matrix<double> of_loss = numerical_gradient([&] { return net.loss(x, t); }, weights);
    const auto zeros = [](const Matrix<double>& m) { return std::count(m.data(), m.data() + m.size(), 0.0); };
    page.printf("accuracy: %td of %zu derivatives are zero", zeros(of_accuracy), weights.size());
    page.printf("loss:     %td of %zu derivatives are zero", zeros(of_loss), weights.size());
}

}  // namespace thalweg::notebook
