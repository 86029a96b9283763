// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One training step as plain loops in double: of the two-layer net, and of a net of any depth with ReLU.
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg::bench {

using Plain = std::vector<double>;

template <class T>
Plain plain(const Matrix<T>& m) {
    return Plain(m.data(), m.data() + m.size());
}

struct PlainNet {
    std::size_t input = 0;
    std::size_t hidden = 0;
    std::size_t output = 0;
    Plain W1;
    Plain b1;
    Plain W2;
    Plain b2;
};

// The gradient of the mean cross-entropy, with the shapes of the net, and two forms of the loss: with the
// notebook's 1e-7 inside the logarithm, and without.
struct PlainGradient {
    PlainNet of;
    double loss_notebook = 0.0;
    double loss = 0.0;
};

PlainGradient plain_gradient(const PlainNet& net, const Plain& x, const std::vector<int>& labels);

struct PlainLayer {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    Plain W;
    Plain b;
};

// The same for ReLU between the layers. A sum within `kink` times the largest of its layer from 0 may fall on
// either side by rounding: `unsure` is how far that may move each element.
struct PlainDeepGradient {
    std::vector<PlainLayer> of;
    std::vector<PlainLayer> unsure;
    double loss_notebook = 0.0;
    double loss = 0.0;
};

PlainDeepGradient plain_deep_gradient(const std::vector<PlainLayer>& net, const Plain& x,
                                      const std::vector<int>& labels, double kink);

// The probabilities of its rows.
Plain plain_deep_predict(const std::vector<PlainLayer>& net, const Plain& x, std::size_t batch);

}  // namespace thalweg::bench
