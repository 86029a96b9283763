// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the user of a library that has a softmax but no loss writes after it.
#pragma once

#include <cmath>

#include "peers/peer.hpp"

namespace thalweg::bench::peers {

// Turns the probabilities in dx into the gradient, and takes the loss from them.
inline void loss_from_softmax(const LossRows& on) {
    const float scale = 1.0F / static_cast<float>(on.rows);
    double loss = 0.0;
    for (std::size_t i = 0; i < on.rows; ++i) {
        float& p = on.dx[i * on.cols + static_cast<std::size_t>(on.labels[i])];
        loss -= static_cast<double>(std::log(p));
        p -= 1.0F;
    }
    for (std::size_t i = 0; i < on.rows * on.cols; ++i) {
        on.dx[i] *= scale;
    }
    *on.loss = loss / static_cast<double>(on.rows);
}

}  // namespace thalweg::bench::peers
