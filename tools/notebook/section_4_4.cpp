// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.4: gradients, descent, the two-layer net, its gradient by both ways, a short training.
#include <algorithm>
#include <cmath>

#include "figures/functions.hpp"
#include "notebook/page.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/random.hpp"

namespace thalweg::notebook {

/// 4.4: The gradient: all partial derivatives at once
void gradient_of_function_2(Page& page) {
    page.print(numerical_gradient(function_2, std::vector<double>{3.0, 4.0}));
    page.print(numerical_gradient(function_2, std::vector<double>{0.0, 2.0}));
    page.print(numerical_gradient(function_2, std::vector<double>{3.0, 0.0}));
}

/// 4.4: Gradient descent
///
/// Against the gradient the function falls fastest. Twenty steps of learning rate 0.1 from (-3, 4); each
/// takes a fifth of the way to the minimum at (0, 0).
void descend_function_2(Page& page) {
    std::vector<figures::Arrow> field;
    for (const double x0 : arange(-4.0, 4.5, 0.5)) {
        for (const double x1 : arange(-4.0, 4.5, 0.5)) {
            const std::vector<double> g = numerical_gradient(function_2, std::vector<double>{x0, x1});
            field.push_back({{x0, x1}, {g[0], g[1]}});
        }
    }
    std::vector<double> x = {-3.0, 4.0};
    std::vector<figures::Point> path = {{x[0], x[1]}};
    for (int step = 0; step < 20; ++step) {
        const std::vector<double> g = numerical_gradient(function_2, x);
        x = {x[0] - 0.1 * g[0], x[1] - 0.1 * g[1]};
        path.push_back({x[0], x[1]});
    }
    page.print(x);
    page.draw(figures::gradient_field(field, path));
}

/// 4.4: TwoLayerNet
///
/// The class with predict, loss and accuracy: include/thalweg/two_layer_net.hpp. params.W1 and its like are
/// public, as in the notebook.
///
/// Mistake in the notebook: it calls sigmoid, softmax and numerical_gradient without defining them. These
/// here are the book's.
void two_layer_net(Page& page) {
    const Dataset& train = page.digits().train;
    Rng rng(1);
    const TwoLayerNet<double> net(train.image_size(), 50, train.classes(), rng);
    page.print_shape(net.params.W1);
    page.print_shape(net.params.b1);
    page.print_shape(net.params.W2);
    page.print_shape(net.params.b2);
    Matrix<double> x(100, train.image_size());
    std::vector<int> t(100);
    train.gather<double>(0, x, t);
    const Matrix<double> y = net.predict(x);
    page.print_shape(y);
    page.printf("loss %s, accuracy %s", repr(net.loss(x, t)).c_str(), repr(net.accuracy(x, t)).c_str());
}

/// 4.4: predict and gradient, line by line
///
/// The notebook's lines, each next to its C++. The net computes the same, with less memory; the last line is
/// the largest difference between its gradient and this one.
double largest_difference(const Matrix<double>& a, const Matrix<double>& b) {
    double largest = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::fabs(a.data()[i] - b.data()[i]));
    }
    return largest;
}

void line_by_line(Page& page) {
    const Dataset& train = page.digits().train;
    Matrix<double> x(100, train.image_size());
    std::vector<int> t(100);
    train.gather<double>(0, x, t);
    Rng rng(1);
    const TwoLayerNet<double> net(train.image_size(), 50, train.classes(), rng);
    const auto& [W1, b1, W2, b2] = net.params;

    const Matrix<double> a1 = add_bias(dot(x, W1), b1);   // a1 = np.dot(x, W1) + b1
    const Matrix<double> z1 = sigmoid(a1);                // z1 = sigmoid(a1)
    const Matrix<double> a2 = add_bias(dot(z1, W2), b2);  // a2 = np.dot(z1, W2) + b2
    const Matrix<double> y = softmax(a2);                 // y = softmax(a2)

    Matrix<double> dy = y;  // dy = (y - t) / batch_num
    for (std::size_t i = 0; i < dy.rows(); ++i) {
        for (std::size_t j = 0; j < dy.cols(); ++j) {
            const double target = t[i] == static_cast<int>(j) ? 1.0 : 0.0;
            dy(i, j) = (y(i, j) - target) / static_cast<double>(dy.rows());
        }
    }
    const Matrix<double> dw2 = dot(z1.transposed(), dy);  // grads['W2'] = np.dot(z1.T, dy)
    const Matrix<double> db2 = sum(dy, 0);      // grads['b2'] = np.sum(dy, axis=0)
    Matrix<double> dz1 = dot(dy, W2.transposed());        // da1 = np.dot(dy, W2.T)
    const Matrix<double> slope = sigmoid_grad(a1);        // sigmoid_grad(a1)
    for (std::size_t i = 0; i < dz1.size(); ++i) {
        dz1.data()[i] *= slope.data()[i];  // dz1 = sigmoid_grad(a1) * da1
    }
    const Matrix<double> dw1 = dot(x.transposed(), dz1);  // grads['W1'] = np.dot(x.T, dz1)
    const Matrix<double> db1 = sum(dz1, 0);     // grads['b1'] = np.sum(dz1, axis=0)

    const TwoLayerParams<double> grads = net.gradient(x, t);
    page.print(std::max({largest_difference(dw1, grads.W1), largest_difference(db1, grads.b1),
                         largest_difference(dw2, grads.W2), largest_difference(db2, grads.b2)}));
}

/// 4.4: The net's gradient by both ways
///
/// numerical_gradient moves every parameter by h = 1e-4 and takes the difference of the loss; gradient is
/// backpropagation. The largest difference of all elements, matrix by matrix. The notebook's backpropagation
/// leaves out the 1e-7 that its loss has inside the logarithm: the second column leaves it out on both sides.
void gradient_by_both_ways(Page& page) {
    const Dataset& train = page.digits().train;
    Matrix<double> x(100, train.image_size());
    std::vector<int> t(100);
    train.gather<double>(0, x, t);
    Rng rng(1);
    const TwoLayerNet<double> net(train.image_size(), 50, train.classes(), rng);
    const TwoLayerParams<double> backprop = net.gradient(x, t);
    const TwoLayerParams<double> numerical = net.numerical_gradient(x, t);
    const TwoLayerParams<double> clean = net.numerical_gradient(x, t, {.clean_loss = true});
    page.printf("%-4s  %8s  %11s  %11s", "name", "elements", "as notebook", "no 1e-7");
    const auto row = [&](const char* name, const Matrix<double>& b, const Matrix<double>& n,
                         const Matrix<double>& c) {
        page.printf("%-4s  %8zu  %11.3g  %11.3g", name, b.size(), largest_difference(b, n),
                    largest_difference(b, c));
    };
    row("W1", backprop.W1, numerical.W1, clean.W1);
    row("b1", backprop.b1, numerical.b1, clean.b1);
    row("W2", backprop.W2, numerical.W2, clean.W2);
    row("b2", backprop.b2, numerical.b2, clean.b2);
}

/// 4.4: A short training
///
/// Mini-batches of 100 by choice, learning rate 0.1, as the book does in 4.5.
void short_training(Page& page) {
    const TrainTest& digits = page.digits();
    Rng rng(1);
    TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    std::vector<double> losses;
    TrainCallbacks callbacks;
    callbacks.on_step = [&](const TrainStep& step) {
        losses.push_back(step.loss);
        return true;
    };
    const TrainResult result = train(net, digits, {.iterations = 3000, .eval_every = 300}, rng, callbacks);
    page.printf("%9s  %8s  %8s", "iteration", "training", "test");
    for (const TrainEvaluation& evaluation : result.evaluations) {
        page.printf("%9zu  %8.4f  %8.4f", evaluation.iteration, evaluation.train, evaluation.test);
    }
    page.trained = {std::move(net), std::move(losses), result};
}

/// 4.4: What it learned
///
/// Loss and accuracies, the weights of the first layer, the confusion matrix and the worst mistakes on the
/// test images.
void pictures_of_training(Page& page) {
    page.draw_run(page.trained.value());
}

}  // namespace thalweg::notebook
