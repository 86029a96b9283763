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

// Turns logits into (softmax - target) / N and adds up the losses.
void softmax_backward(Plain& logits, std::size_t classes, const std::vector<int>& labels, PlainGradient& g) {
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

}  // namespace

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
