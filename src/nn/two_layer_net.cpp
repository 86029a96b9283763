// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net, written against the public operations: forward pass, loss, accuracy, backpropagation.
#include "thalweg/two_layer_net.hpp"

#include <algorithm>
#include <string>

#include "core/shape_check.hpp"
#include "nn/batch_checks.hpp"
#include "nn/buffers.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

using nn::fit;

// Rows that predict() takes at a time: the hidden layer of a block stays in cache, and nothing of the data
// set's size is allocated.
constexpr std::size_t kRowBlock = 256;

template <class T>
double share_of_matches(const std::vector<std::size_t>& found, const std::vector<std::size_t>& wanted) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        right += found[i] == wanted[i] ? 1 : 0;
    }
    return found.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(found.size());
}

// z1 and the logits of a batch.
template <class T>
void forward(const TwoLayerParams<T>& p, MatrixView<const T> x, MatrixView<T> z1, MatrixView<T> logits) {
    affine(x, p.W1, p.b1, z1);
    sigmoid(z1, z1);
    affine(z1, p.W2, p.b2, logits);
}

// From z1 and dy = (y - t) / N back to all four gradients.
template <class T>
void backward(const TwoLayerParams<T>& p, MatrixView<const T> x, TwoLayerWorkspace<T>& w,
              TwoLayerParams<T>& grads) {
    fit(w.dz1, x.rows(), p.hidden_size());
    fit(grads.W1, p.W1.rows(), p.W1.cols());
    fit(grads.b1, 1, p.b1.cols());
    fit(grads.W2, p.W2.rows(), p.W2.cols());
    fit(grads.b2, 1, p.b2.cols());
    dot(w.z1.transposed(), w.dy, grads.W2);
    sum(w.dy, Axis::kRows, grads.b2);
    dot(w.dy, p.W2.transposed(), w.dz1);
    sigmoid_backward(w.z1, w.dz1, w.dz1);
    dot(x.transposed(), w.dz1, grads.W1);
    sum(w.dz1, Axis::kRows, grads.b1);
}

}  // namespace

template <class T>
TwoLayerNet<T>::TwoLayerNet(std::size_t input_size, std::size_t hidden_size, std::size_t output_size,
                            Rng& rng, double weight_init_std)
    : params(input_size, hidden_size, output_size) {
    params.W1 = Matrix<T>::randn(input_size, hidden_size, rng, weight_init_std);
    params.W2 = Matrix<T>::randn(hidden_size, output_size, rng, weight_init_std);
}

template <class T>
TwoLayerNet<T>::TwoLayerNet(TwoLayerParams<T> parameters) : params(std::move(parameters)) {
    nn::check_params("TwoLayerNet", params);
}

template <class T>
void TwoLayerNet<T>::predict(MatrixView<const T> x, MatrixView<T> out) const {
    nn::check_params("TwoLayerNet", params);
    check::shape("predict", "x", x, x.rows(), params.input_size());
    check::shape("predict", "out", out, x.rows(), params.output_size());
    Matrix<T> z1(std::min(kRowBlock, x.rows()), params.hidden_size());
    for (std::size_t first = 0; first < x.rows(); first += kRowBlock) {
        const std::size_t last = std::min(first + kRowBlock, x.rows());
        const MatrixView<T> y = out.rows(first, last);
        forward<T>(params, x.rows(first, last), z1.rows(0, last - first), y);
        softmax(y, y);
    }
}

template <class T>
Matrix<T> TwoLayerNet<T>::predict(MatrixView<const T> x) const {
    Matrix<T> y(x.rows(), params.output_size());
    predict(x, y);
    return y;
}

template <class T>
double TwoLayerNet<T>::loss(MatrixView<const T> x, Labels t) const {
    return cross_entropy_error(predict(x), t);
}

template <class T>
double TwoLayerNet<T>::loss(MatrixView<const T> x, MatrixView<const T> t) const {
    return cross_entropy_error(predict(x), t);
}

template <class T>
double TwoLayerNet<T>::accuracy(MatrixView<const T> x, Labels t) const {
    check::labels("accuracy", t.data(), t.size(), x.rows(), params.output_size());
    return share_of_matches<T>(argmax(predict(x), Axis::kCols), {t.begin(), t.end()});
}

template <class T>
double TwoLayerNet<T>::accuracy(MatrixView<const T> x, MatrixView<const T> t) const {
    check::shape("accuracy", "t", t, x.rows(), params.output_size());
    return share_of_matches<T>(argmax(predict(x), Axis::kCols), argmax(t, Axis::kCols));
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::gradient(MatrixView<const T> x, Labels t) const {
    TwoLayerParams<T> grads;
    TwoLayerWorkspace<T> workspace;
    gradient(x, t, grads, workspace);
    return grads;
}

template <class T>
TwoLayerParams<T> TwoLayerNet<T>::gradient(MatrixView<const T> x, MatrixView<const T> t) const {
    nn::check_params("TwoLayerNet", params);
    check::shape("gradient", "x", x, x.rows(), params.input_size());
    check::shape("gradient", "t", t, x.rows(), params.output_size());
    if (x.rows() == 0) {
        throw ShapeError("gradient: expected at least one row, found none");
    }
    if (const std::vector<int> labels = nn::labels_of_one_hot(t); !labels.empty()) {
        return gradient(x, labels);
    }
    TwoLayerParams<T> grads;
    TwoLayerWorkspace<T> w;
    w.z1 = Matrix<T>(x.rows(), params.hidden_size());
    w.dy = Matrix<T>(x.rows(), params.output_size());
    forward<T>(params, x, w.z1, w.dy);
    softmax(w.dy, w.dy);
    const auto divisor = static_cast<T>(x.rows());
    for (std::size_t i = 0; i < x.rows(); ++i) {
        for (std::size_t j = 0; j < params.output_size(); ++j) {
            w.dy(i, j) = (w.dy(i, j) - t(i, j)) / divisor;
        }
    }
    backward<T>(params, x, w, grads);
    return grads;
}

template class TwoLayerNet<float>;
template class TwoLayerNet<double>;

}  // namespace thalweg
