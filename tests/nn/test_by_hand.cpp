// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's gradient written with arrays, against the net's: in the net's order of arithmetic to the
// bit, in the notebook's to the last digits.
#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "support/levels.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/random.hpp"
#include "thalweg/two_layer_net.hpp"

namespace {

using namespace thalweg;

// dy is (y - t) / batch_num.
template <class T>
TwoLayerParams<T> back(const TwoLayerParams<T>& params, const Matrix<T>& x, const Matrix<T>& z1,
                       const Matrix<T>& dy) {
    TwoLayerParams<T> grads;
    grads.W2 = dot(z1.transposed(), dy);
    grads.b2 = sum(dy, 0);
    const Matrix<T> dz1 = sigmoid_backward(z1, dot(dy, params.W2.transposed()));
    grads.W1 = dot(x.transposed(), dz1);
    grads.b1 = sum(dz1, 0);
    return grads;
}

template <class T>
TwoLayerParams<T> notebooks_gradient(const TwoLayerParams<T>& params, const Matrix<T>& x,
                                     const Matrix<T>& t) {
    const auto& [W1, b1, W2, b2] = params;
    TwoLayerParams<T> grads;
    const Matrix<T> a1 = dot(x, W1) + b1;
    const Matrix<T> z1 = sigmoid(a1);
    const Matrix<T> y = softmax(dot(z1, W2) + b2);
    const Matrix<T> dy = (y - t) / x.rows();
    grads.W2 = dot(z1.transposed(), dy);
    grads.b2 = sum(dy, 0);
    const Matrix<T> dz1 = sigmoid_grad(a1) * dot(dy, W2.transposed());
    grads.W1 = dot(x.transposed(), dz1);
    grads.b1 = sum(dz1, 0);
    return grads;
}

template <class T>
struct Batch {
    explicit Batch(std::size_t rows) : rng(5), net(20, 17, 10, rng, 0.4), x(Matrix<T>::randn(rows, 20, rng)) {
        net.params.b1 = Matrix<T>::randn(1, 17, rng, 0.3);
        net.params.b2 = Matrix<T>::randn(1, 10, rng, 0.3);
        for (std::size_t i = 0; i < rows; ++i) {
            labels.push_back(static_cast<int>(rng.below(10)));
        }
    }
    Matrix<T> targets(T right, T wrong) const {
        Matrix<T> t(x.rows(), 10, wrong);
        for (std::size_t i = 0; i < x.rows(); ++i) {
            t(i, static_cast<std::size_t>(labels[i])) = right;
        }
        return t;
    }
    // Of all elements, relative to the largest of the matrix.
    static double apart(const TwoLayerParams<T>& a, const TwoLayerParams<T>& b) {
        double worst = 0.0;
        for (std::size_t i = 0; i < 4; ++i) {
            const Matrix<T>& one = *a.matrices()[i].matrix;
            const Matrix<T>& other = *b.matrices()[i].matrix;
            const T largest = max(abs(other));
            const T difference = max(abs(one - other));
            worst = std::max(worst, static_cast<double>(difference / largest));
        }
        return worst;
    }

    Rng rng;
    TwoLayerNet<T> net;
    Matrix<T> x;
    std::vector<int> labels;
};

template <class T>
void check(std::size_t rows) {
    const Batch<T> batch(rows);
    const auto& [W1, b1, W2, b2] = batch.net.params;
    const Matrix<T> z1 = sigmoid(affine(batch.x, W1, b1));
    // Of labels: softmax, loss and gradient in one step.
    Matrix<T> dy(rows, 10);
    softmax_cross_entropy(affine(z1, W2, b2), batch.labels, dy);
    const TwoLayerParams<T> of_labels = batch.net.gradient(batch.x, batch.labels);
    CHECK(back(batch.net.params, batch.x, z1, dy) == of_labels);
    // Of soft targets: (y - t) / n as it stands in the notebook.
    const Matrix<T> soft = batch.targets(T(0.91), T(0.01));
    dy = (softmax(affine(z1, W2, b2)) - soft) / rows;
    CHECK(back(batch.net.params, batch.x, z1, dy) == batch.net.gradient(batch.x, soft));
    // The notebook's order: the bias added last, two divisions instead of one, sigmoid's slope from a1. A
    // term is off by some roundings of numbers of its size; terms cancel to about a tenth.
    const double eps = sizeof(T) == sizeof(float) ? 0x1p-23 : 0x1p-52;
    const double apart =
        Batch<T>::apart(notebooks_gradient(batch.net.params, batch.x, batch.targets(1, 0)), of_labels);
    CHECK(apart <= 100 * eps);
}

}  // namespace

TEMPLATE_TEST_CASE("4.4: the gradient by hand is the net's", "[net]", float, double) {
    test::each_level([](test::Rounding) {
        for (const std::size_t rows : {1U, 7U, 100U}) {
            CAPTURE(rows);
            check<TestType>(rows);
        }
    });
}
