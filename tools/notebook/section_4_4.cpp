// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// 4.4: gradients, descent, the two-layer net, its gradient by both ways, a short training.
#include <cstdio>

#include "figures/functions.hpp"
#include "notebook/page.hpp"
#include "thalweg/array.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/random.hpp"
#include "thalweg/shape.hpp"

namespace thalweg::notebook {

/// 4.4: The gradient: all partial derivatives at once
void gradient_of_function_2(Page& /*page*/) {
    const Matrix<double> a = numerical_gradient(function_2, Matrix<double>{3, 4});
    const Matrix<double> b = numerical_gradient(function_2, Matrix<double>{0, 2});
    const Matrix<double> c = numerical_gradient(function_2, Matrix<double>{3, 0});
    std::printf("[%.16g, %.16g]\n", a(0, 0), a(0, 1));
    std::printf("[%.16g, %.16g]\n", b(0, 0), b(0, 1));
    std::printf("[%.16g, %.16g]\n", c(0, 0), c(0, 1));
}

/// 4.4: Gradient descent
///
/// Against the gradient the function falls fastest. Twenty steps of learning rate 0.1 from (-3, 4); each
/// takes a fifth of the way to the minimum at (0, 0).
void descend_function_2(Page& page) {
    Matrix<double> x = {-3, 4};
    for (int step = 0; step < 20; ++step) {
        x -= 0.1 * numerical_gradient(function_2, x);
    }
    std::printf("[%.16g, %.16g]\n", x(0, 0), x(0, 1));
    // The page's:
    std::vector<figures::Arrow> field;
    for (const double x0 : elements(arange(-4.0, 4.5, 0.5))) {
        for (const double x1 : elements(arange(-4.0, 4.5, 0.5))) {
            const Matrix<double> g = numerical_gradient(function_2, Matrix<double>{x0, x1});
            field.push_back({{x0, x1}, {g(0, 0), g(0, 1)}});
        }
    }
    x = {-3, 4};
    std::vector<figures::Point> path = {{x(0, 0), x(0, 1)}};
    for (int step = 0; step < 20; ++step) {
        x -= 0.1 * numerical_gradient(function_2, x);
        path.push_back({x(0, 0), x(0, 1)});
    }
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
    const TrainTest& digits = page.digits();
    Rng rng(1);
    const TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    std::printf("(%zu, %zu)\n", net.params.W1.rows(), net.params.W1.cols());
    std::printf("(%zu, %zu)\n", net.params.b1.rows(), net.params.b1.cols());
    std::printf("(%zu, %zu)\n", net.params.W2.rows(), net.params.W2.cols());
    std::printf("(%zu, %zu)\n", net.params.b2.rows(), net.params.b2.cols());
    Matrix<double> x(100, digits.train.image_size());
    std::vector<int> t(100);
    digits.train.gather<double>(0, x, t);
    const Matrix<double> y = net.predict(x);
    std::printf("(%zu, %zu)\n", y.rows(), y.cols());
    std::printf("loss %.16g, accuracy %g\n", net.loss(x, t), net.accuracy(x, t));
}

/// 4.4: predict and gradient, line by line
///
/// The notebook's lines, each next to its C++. The net computes the same in another order: it adds the bias
/// before the products, divides by softmax's sum and by the batch at once, and takes sigmoid's slope from z1
/// instead of a1. So the last digits may differ. The line printed is the largest difference of W1's gradient.
TwoLayerParams<double> gradient_by_hand(const TwoLayerParams<double>& params, const Matrix<double>& x,
                                        const Matrix<double>& t) {
    const auto& [W1, b1, W2, b2] = params;
    TwoLayerParams<double> grads;                          // grads = {}
    const auto batch_num = static_cast<double>(x.rows());  // batch_num = x.shape[0]
    const Matrix<double> a1 = dot(x, W1) + b1;             // a1 = np.dot(x, W1) + b1
    const Matrix<double> z1 = sigmoid(a1);                 // z1 = sigmoid(a1)
    const Matrix<double> a2 = dot(z1, W2) + b2;            // a2 = np.dot(z1, W2) + b2
    const Matrix<double> y = softmax(a2);                  // y = softmax(a2)
    const Matrix<double> dy = (y - t) / batch_num;         // dy = (y - t) / batch_num
    grads.W2 = dot(z1.transposed(), dy);                   // grads['W2'] = np.dot(z1.T, dy)
    grads.b2 = sum(dy, 0);                                 // grads['b2'] = np.sum(dy, axis=0)
    const Matrix<double> da1 = dot(dy, W2.transposed());   // da1 = np.dot(dy, W2.T)
    const Matrix<double> dz1 = sigmoid_grad(a1) * da1;     // dz1 = sigmoid_grad(a1) * da1
    grads.W1 = dot(x.transposed(), dz1);                   // grads['W1'] = np.dot(x.T, dz1)
    grads.b1 = sum(dz1, 0);                                // grads['b1'] = np.sum(dz1, axis=0)
    return grads;
}

void line_by_line(Page& page) {
    const TrainTest& digits = page.digits();
    Matrix<double> x(100, digits.train.image_size());
    std::vector<int> labels(100);
    digits.train.gather<double>(0, x, labels);
    const Matrix<double> t = one_hot(labels, digits.train.classes());
    Rng rng(1);
    const TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    const TwoLayerParams<double> grads = gradient_by_hand(net.params, x, t);
    std::printf("%g\n", max(abs(grads.W1 - net.gradient(x, labels).W1)));
}

/// 4.4: The same in the net's order of arithmetic
///
/// The three places written as the net computes them: affine, softmax_cross_entropy, sigmoid_backward. Now
/// every bit is the same.
TwoLayerParams<double> gradient_of_the_net(const TwoLayerParams<double>& params, const Matrix<double>& x,
                                           const std::vector<int>& t) {
    const auto& [W1, b1, W2, b2] = params;
    TwoLayerParams<double> grads;
    const Matrix<double> z1 = sigmoid(affine(x, W1, b1));
    Matrix<double> dy(x.rows(), W2.cols());
    softmax_cross_entropy(affine(z1, W2, b2), t, dy);
    grads.W2 = dot(z1.transposed(), dy);
    grads.b2 = sum(dy, 0);
    const Matrix<double> dz1 = sigmoid_backward(z1, dot(dy, W2.transposed()));
    grads.W1 = dot(x.transposed(), dz1);
    grads.b1 = sum(dz1, 0);
    return grads;
}

void the_same_bits(Page& page) {
    const TrainTest& digits = page.digits();
    Matrix<double> x(100, digits.train.image_size());
    std::vector<int> t(100);
    digits.train.gather<double>(0, x, t);
    Rng rng(1);
    const TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    std::printf("%s\n", gradient_of_the_net(net.params, x, t) == net.gradient(x, t) ? "True" : "False");
}

/// 4.4: The net's gradient by both ways
///
/// numerical_gradient moves every parameter by h = 1e-4 and takes the difference of the loss; gradient is
/// backpropagation. The largest difference of all elements, matrix by matrix. The notebook's backpropagation
/// leaves out the 1e-7 that its loss has inside the logarithm: the second column leaves it out on both sides.
void gradient_by_both_ways(Page& page) {
    const TrainTest& digits = page.digits();
    Matrix<double> x(100, digits.train.image_size());
    std::vector<int> t(100);
    digits.train.gather<double>(0, x, t);
    Rng rng(1);
    const TwoLayerNet<double> net(digits.train.image_size(), 50, digits.train.classes(), rng);
    const TwoLayerParams<double> backprop = net.gradient(x, t);
    const TwoLayerParams<double> numerical = net.numerical_gradient(x, t);
    const TwoLayerParams<double> clean = net.numerical_gradient(x, t, {.clean_loss = true});
    std::printf("%-4s  %8s  %11s  %11s\n", "name", "elements", "as notebook", "no 1e-7");
    const auto row = [](const char* name, const Matrix<double>& b, const Matrix<double>& n,
                        const Matrix<double>& c) {
        std::printf("%-4s  %8zu  %11.3g  %11.3g\n", name, b.size(), max(abs(b - n)), max(abs(b - c)));
    };
    row("W1", backprop.W1, numerical.W1, clean.W1);
    row("b1", backprop.b1, numerical.b1, clean.b1);
    row("W2", backprop.W2, numerical.W2, clean.W2);
    row("b2", backprop.b2, numerical.b2, clean.b2);
}

/// 4.4: A short training
///
/// Mini-batches of 100 by choice, learning rate 0.1, as the book does in 4.5. The pictures: loss and
/// accuracies, the weights of the first layer, the confusion matrix, the worst mistakes on the test images.
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
    std::printf("%9s  %8s  %8s\n", "iteration", "training", "test");
    for (const TrainEvaluation& evaluation : result.evaluations) {
        std::printf("%9zu  %8.4f  %8.4f\n", evaluation.iteration, evaluation.train, evaluation.test);
    }
    // The page's:
    page.draw_run(net, losses, result);
}

}  // namespace thalweg::notebook
