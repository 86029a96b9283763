// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One training step of the two-layer net as plain loops in double.
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

}  // namespace thalweg::bench
