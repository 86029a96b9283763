// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Forward, loss, backward.
#include "train_truth.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace thalweg::bench {
namespace {

// c += a b; a is [m,k] and b [k,n] by two strides each, c [m,n] without gaps. Exact zeros of a add nothing.
struct Strided {
    const double* data;
    std::size_t row;
    std::size_t col;
};
void add_product(std::size_t m, std::size_t n, std::size_t k, Strided a, Strided b, Plain& c) {
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t p = 0; p < k; ++p) {
            const double factor = a.data[i * a.row + p * a.col];
            if (factor == 0.0) {
                continue;
            }
            for (std::size_t j = 0; j < n; ++j) {
                c[i * n + j] += factor * b.data[p * b.row + j * b.col];
            }
        }
    }
}

Plain column_sums(const Plain& m, std::size_t cols) {
    Plain sums(cols);
    for (std::size_t i = 0; i < m.size(); ++i) {
        sums[i % cols] += m[i];
    }
    return sums;
}

Plain repeated(const Plain& row, std::size_t times) {
    Plain all;
    for (std::size_t i = 0; i < times; ++i) {
        all.insert(all.end(), row.begin(), row.end());
    }
    return all;
}

Plain relu(Plain z) {
    for (double& value : z) {
        value = std::max(value, 0.0);
    }
    return z;
}

Plain magnitudes(Plain m) {
    for (double& value : m) {
        value = std::fabs(value);
    }
    return m;
}

double largest_of(const Plain& m) {
    double largest = 0.0;
    for (const double value : m) {
        largest = std::max(largest, std::fabs(value));
    }
    return largest;
}

// Turns logits into (softmax - target) / N and adds up the losses.
template <class Gradient>
void softmax_backward(Plain& logits, std::size_t classes, const std::vector<int>& labels, Gradient& g) {
    const auto n = static_cast<double>(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::span<double> row(logits.data() + i * classes, classes);
        const double max = *std::max_element(row.begin(), row.end());
        double sum = 0.0;
        for (double& value : row) {
            value = std::exp(value - max);
            sum += value;
        }
        const auto label = static_cast<std::size_t>(labels[i]);
        g.loss_notebook -= std::log(row[label] / sum + 1e-7) / n;
        g.loss -= std::log(row[label] / sum) / n;
        for (double& value : row) {
            value /= sum * n;
        }
        row[label] -= 1.0 / n;
    }
}

// Sums of each layer: what activations are taken of.
std::vector<Plain> deep_sums(const std::vector<PlainLayer>& net, const Plain& x, std::size_t batch) {
    std::vector<Plain> sums;
    Plain in = x;
    for (const PlainLayer& layer : net) {
        Plain z = repeated(layer.b, batch);
        add_product(batch, layer.outputs, layer.inputs, {in.data(), layer.inputs, 1},
                    {layer.W.data(), layer.outputs, 1}, z);
        sums.push_back(z);
        in = relu(std::move(z));
    }
    return sums;
}

// What moves a layer's parameters: in^T dz and the sums of dz.
PlainLayer down_rows(const PlainLayer& like, const Plain& in, const Plain& dz, std::size_t batch) {
    PlainLayer sums{like.inputs, like.outputs, Plain(like.W.size()), column_sums(dz, like.outputs)};
    add_product(like.inputs, like.outputs, batch, {in.data(), 1, like.inputs}, {dz.data(), like.outputs, 1},
                sums.W);
    return sums;
}

// dz W^T.
Plain through(const PlainLayer& layer, const Plain& weights, const Plain& dz, std::size_t batch) {
    Plain before(batch * layer.inputs);
    add_product(batch, layer.inputs, layer.outputs, {dz.data(), layer.outputs, 1},
                {weights.data(), 1, layer.outputs}, before);
    return before;
}

}  // namespace

PlainDeepGradient plain_deep_gradient(const std::vector<PlainLayer>& net, const Plain& x,
                                      const std::vector<int>& labels, double kink) {
    const std::size_t batch = labels.size();
    const std::vector<Plain> sums = deep_sums(net, x, batch);
    PlainDeepGradient g;
    g.of.resize(net.size());
    g.unsure.resize(net.size());
    Plain dz = sums.back();
    softmax_backward(dz, net.back().outputs, labels, g);
    Plain unsure(dz.size());
    for (std::size_t l = net.size(); l-- > 0;) {
        const Plain in = l == 0 ? magnitudes(x) : relu(sums[l - 1]);
        g.of[l] = down_rows(net[l], l == 0 ? x : in, dz, batch);
        g.unsure[l] = down_rows(net[l], in, unsure, batch);
        if (l == 0) {
            break;
        }
        dz = through(net[l], net[l].W, dz, batch);
        unsure = through(net[l], magnitudes(net[l].W), unsure, batch);
        const Plain& z = sums[l - 1];
        const double near = kink * largest_of(z);
        for (std::size_t i = 0; i < z.size(); ++i) {
            const bool passes = z[i] > 0.0;
            if (std::fabs(z[i]) <= near) {
                unsure[i] += std::fabs(dz[i]);
            } else if (!passes) {
                unsure[i] = 0.0;
            }
            dz[i] = passes ? dz[i] : 0.0;
        }
    }
    return g;
}

Plain plain_deep_predict(const std::vector<PlainLayer>& net, const Plain& x, std::size_t batch) {
    Plain y = deep_sums(net, x, batch).back();
    const std::size_t classes = net.back().outputs;
    for (std::size_t i = 0; i < batch; ++i) {
        const std::span<double> row(y.data() + i * classes, classes);
        const double max = *std::max_element(row.begin(), row.end());
        double sum = 0.0;
        for (double& value : row) {
            value = std::exp(value - max);
            sum += value;
        }
        for (double& value : row) {
            value /= sum;
        }
    }
    return y;
}

PlainGradient plain_gradient(const PlainNet& net, const Plain& x, const std::vector<int>& labels) {
    const std::size_t batch = labels.size();
    const std::size_t input = net.input;
    const std::size_t hidden = net.hidden;
    const std::size_t output = net.output;
    Plain z = repeated(net.b1, batch);
    add_product(batch, hidden, input, {x.data(), input, 1}, {net.W1.data(), hidden, 1}, z);
    for (double& value : z) {
        value = 1.0 / (1.0 + std::exp(-value));
    }
    Plain dy = repeated(net.b2, batch);
    add_product(batch, output, hidden, {z.data(), hidden, 1}, {net.W2.data(), output, 1}, dy);

    PlainGradient g;
    softmax_backward(dy, output, labels, g);
    g.of = {input, hidden, output, Plain(input * hidden), {}, Plain(hidden * output), {}};
    add_product(hidden, output, batch, {z.data(), 1, hidden}, {dy.data(), output, 1}, g.of.W2);
    g.of.b2 = column_sums(dy, output);
    Plain dz(batch * hidden);
    add_product(batch, hidden, output, {dy.data(), output, 1}, {net.W2.data(), 1, output}, dz);
    for (std::size_t i = 0; i < dz.size(); ++i) {
        dz[i] *= z[i] * (1.0 - z[i]);
    }
    add_product(input, hidden, batch, {x.data(), 1, input}, {dz.data(), hidden, 1}, g.of.W1);
    g.of.b1 = column_sums(dz, hidden);
    return g;
}

}  // namespace thalweg::bench
