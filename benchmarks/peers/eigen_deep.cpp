// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth in Eigen: products without temporaries, ReLU and Adam as one expression each.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "peers/eigen.hpp"

namespace thalweg::bench::peers {
namespace {

using Rows = RowMatrix<float>;
using Row = Eigen::Matrix<float, 1, Eigen::Dynamic>;

struct Work {
    std::vector<Rows> z;
    std::vector<Rows> dz;
    Rows g;
    Row sums;
};

Eigen::Map<Rows> weights(const DeepLayer& layer) {
    return {layer.W.p, index(layer.inputs), index(layer.outputs)};
}
Eigen::Map<Row> biases(const DeepLayer& layer) {
    return {layer.b.p, index(layer.outputs)};
}

// Logits become (softmax - one-hot) / batch; returns the mean loss.
double softmax_backward(Rows& y, const int* labels) {
    const float scale = 1.0F / static_cast<float>(y.rows());
    auto a = y.array();
    a.colwise() -= a.rowwise().maxCoeff().eval();
    double loss = 0.0;
    for (Eigen::Index i = 0; i < y.rows(); ++i) {
        loss -= static_cast<double>(y(i, labels[i]));
    }
    a = a.exp();
    const Eigen::ArrayXf sums = a.rowwise().sum();
    loss += static_cast<double>(sums.log().sum());
    a.colwise() *= scale * sums.inverse();
    for (Eigen::Index i = 0; i < y.rows(); ++i) {
        y(i, labels[i]) -= scale;
    }
    return loss / static_cast<double>(y.rows());
}

struct AdamNumbers {
    float lr;
    float take;
    float take_2;
    float epsilon;
};

AdamNumbers adam_numbers(const DeepStep& s) {
    const auto t = static_cast<double>(*s.updates + 1);
    const double lr = s.lr * std::sqrt(1.0 - std::pow(s.beta2, t)) / (1.0 - std::pow(s.beta1, t));
    return {static_cast<float>(lr), static_cast<float>(1.0 - s.beta1), static_cast<float>(1.0 - s.beta2),
            static_cast<float>(s.epsilon)};
}

void adam(const Moving& on, const float* gradient, const AdamNumbers& c) {
    // Piece by piece, so that the three expressions read from the first cache.
    constexpr std::size_t kPiece = 1024;
    for (std::size_t first = 0; first < on.n; first += kPiece) {
        const Eigen::Index n = index(std::min(kPiece, on.n - first));
        Eigen::Map<Eigen::ArrayXf> p(on.p + first, n);
        Eigen::Map<Eigen::ArrayXf> m(on.m + first, n);
        Eigen::Map<Eigen::ArrayXf> v(on.v + first, n);
        const Eigen::Map<const Eigen::ArrayXf> g(gradient + first, n);
        m += c.take * (g - m);
        v += c.take_2 * (g.square() - v);
        p -= c.lr * m / (v.sqrt() + c.epsilon);
    }
}

void update(const DeepStep& s, const DeepLayer& layer, const Eigen::Map<const Rows>& in, const Rows& dz,
            Work& w) {
    const auto rate = static_cast<float>(s.lr);
    if (!s.adam) {
        weights(layer).noalias() -= (rate * in.transpose()) * dz;
        biases(layer).noalias() -= rate * dz.colwise().sum();
        return;
    }
    const AdamNumbers numbers = adam_numbers(s);
    w.g.resize(index(layer.inputs), index(layer.outputs));
    w.g.noalias() = in.transpose() * dz;
    adam(layer.W, w.g.data(), numbers);
    w.sums = dz.colwise().sum();
    adam(layer.b, w.sums.data(), numbers);
}

void train_once(const DeepStep& s, Work& w) {
    const std::size_t count = s.layers.size();
    const auto input = [&](std::size_t l) {
        return Eigen::Map<const Rows>(l == 0 ? s.x : w.z[l - 1].data(), index(s.batch),
                                      index(s.layers[l].inputs));
    };
    for (std::size_t l = 0; l < count; ++l) {
        w.z[l].noalias() = input(l) * weights(s.layers[l]);
        if (l + 1 < count) {
            w.z[l].array() = (w.z[l].rowwise() + biases(s.layers[l])).array().max(0.0F);
        } else {
            w.z[l].rowwise() += biases(s.layers[l]);
        }
    }
    *s.loss = softmax_backward(w.z.back(), s.labels);
    w.dz.back().swap(w.z.back());
    for (std::size_t l = count; l-- > 0;) {
        if (l > 0) {
            w.dz[l - 1].noalias() = w.dz[l] * weights(s.layers[l]).transpose();
            w.dz[l - 1].array() = (w.z[l - 1].array() > 0.0F).select(w.dz[l - 1].array(), 0.0F);
        }
        update(s, s.layers[l], input(l), w.dz[l], w);
    }
    w.dz.back().swap(w.z.back());
    ++*s.updates;
}

std::shared_ptr<Work> work_for(const std::vector<DeepLayer>& layers, std::size_t batch) {
    auto work = std::make_shared<Work>();
    for (const DeepLayer& layer : layers) {
        work->z.emplace_back(index(batch), index(layer.outputs));
        work->dz.emplace_back(index(batch), index(layer.outputs));
    }
    return work;
}

}  // namespace

Run eigen_train_deep(const DeepStep& step) {
    return [step, work = work_for(step.layers, step.batch)] { train_once(step, *work); };
}

Run eigen_predict_row(const DeepRow& row) {
    return [row, work = work_for(row.layers, 1)] {
        const float* x = row.x;
        for (std::size_t l = 0; l < row.layers.size(); ++l) {
            const DeepLayer& layer = row.layers[l];
            Eigen::Map<Row> y(l + 1 == row.layers.size() ? row.out : work->z[l].data(), index(layer.outputs));
            y.noalias() = Eigen::Map<const Row>(x, index(layer.inputs)) * weights(layer);
            y += biases(layer);
            if (l + 1 < row.layers.size()) {
                y.array() = y.array().max(0.0F);
            } else {
                y.array() = (y.array() - y.maxCoeff()).exp();
                y /= y.sum();
            }
            x = y.data();
        }
    };
}

}  // namespace thalweg::bench::peers
