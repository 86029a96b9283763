// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net's step in Eigen: products without temporaries, the update fused into the last two.
#include <cmath>
#include <memory>

#include "peers/eigen.hpp"

namespace thalweg::bench::peers {
namespace {

template <class T>
struct Work {
    RowMatrix<T> z;
    RowMatrix<T> y;
    RowMatrix<T> dz;
};

// Logits become (softmax - one-hot) / batch; returns the mean loss.
template <class T>
double softmax_backward(RowMatrix<T>& y, const int* labels) {
    const T scale = T(1) / static_cast<T>(y.rows());
    auto a = y.array();
    a.colwise() -= a.rowwise().maxCoeff().eval();
    double loss = 0.0;
    for (Eigen::Index i = 0; i < y.rows(); ++i) {
        loss -= static_cast<double>(y(i, labels[i]));
    }
    a = a.exp();
    const Eigen::Array<T, Eigen::Dynamic, 1> sums = a.rowwise().sum();
    loss += static_cast<double>(sums.log().sum());
    a.colwise() *= scale * sums.inverse();
    for (Eigen::Index i = 0; i < y.rows(); ++i) {
        y(i, labels[i]) -= scale;
    }
    return loss / static_cast<double>(y.rows());
}

// Logits become their softmax; returns the mean of -log(p[label] + 1e-7).
template <class T>
double softmax_loss(RowMatrix<T>& y, const int* labels) {
    auto a = y.array();
    a.colwise() -= a.rowwise().maxCoeff().eval();
    a = a.exp();
    a.colwise() *= a.rowwise().sum().inverse().eval();
    Eigen::Array<T, Eigen::Dynamic, 1> picked(y.rows());
    for (Eigen::Index i = 0; i < y.rows(); ++i) {
        picked[i] = y(i, labels[i]);
    }
    return -static_cast<double>((picked + T(1e-7)).log().mean());
}

// Hidden units into w.z, logits into w.y.
template <class T>
void forward(const Step<T>& s, Work<T>& w) {
    const Eigen::Map<const RowMatrix<T>> x(s.x, index(s.batch), index(s.input));
    const Eigen::Map<const RowMatrix<T>> W1(s.W1, index(s.input), index(s.hidden));
    const Eigen::Map<const RowMatrix<T>> W2(s.W2, index(s.hidden), index(s.output));
    const Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>> b1(s.b1, index(s.hidden));
    const Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>> b2(s.b2, index(s.output));
    w.z.noalias() = x * W1;
    w.z.array() = (w.z.rowwise() + b1).array().logistic();
    w.y.noalias() = w.z * W2;
    w.y.rowwise() += b2;
}

template <class T>
void train_once(const Step<T>& s, Work<T>& w) {
    const Eigen::Map<const RowMatrix<T>> x(s.x, index(s.batch), index(s.input));
    Eigen::Map<RowMatrix<T>> W1(s.W1, index(s.input), index(s.hidden));
    Eigen::Map<RowMatrix<T>> W2(s.W2, index(s.hidden), index(s.output));
    Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>> b1(s.b1, index(s.hidden));
    Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>> b2(s.b2, index(s.output));
    forward(s, w);
    *s.loss = softmax_backward(w.y, s.labels);
    w.dz.noalias() = w.y * W2.transpose();
    w.dz.array() *= w.z.array() * (T(1) - w.z.array());
    W2.noalias() -= (s.rate * w.z.transpose()) * w.y;
    b2.noalias() -= s.rate * w.y.colwise().sum();
    W1.noalias() -= (s.rate * x.transpose()) * w.dz;
    b1.noalias() -= s.rate * w.dz.colwise().sum();
}

}  // namespace

template <class T>
Run eigen_train(const Step<T>& step) {
    auto work = std::make_shared<Work<T>>();
    work->z.resize(index(step.batch), index(step.hidden));
    work->y.resize(index(step.batch), index(step.output));
    work->dz.resize(index(step.batch), index(step.hidden));
    return [step, work] { train_once(step, *work); };
}

Run eigen_net_loss(const Loss<double>& step) {
    auto work = std::make_shared<Work<double>>();
    work->z.resize(index(step.batch), index(step.hidden));
    work->y.resize(index(step.batch), index(step.output));
    return [step, work] {
        forward(step, *work);
        *step.loss = softmax_loss(work->y, step.labels);
    };
}

template Run eigen_train(const Step<float>& step);
template Run eigen_train(const Step<double>& step);

}  // namespace thalweg::bench::peers
