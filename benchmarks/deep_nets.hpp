// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Nets with ReLU of any depth as bench_deep.cpp and bench_predict.cpp measure them: their work, and their
// layers as the plain loops and the peers take them.
#pragma once

#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "candidates.hpp"
#include "thalweg/net.hpp"
#include "train_truth.hpp"

namespace thalweg::bench {

inline constexpr double kEps = std::numeric_limits<float>::epsilon();
// More operations than these take the scalar level too long.
inline constexpr double kScalarAtMost = 1e6;

struct DeepWork {
    std::size_t batch;
    std::vector<std::size_t> sizes;
    bool adam = true;

    std::string shape() const {
        std::string text = by(batch, sizes[0]);
        for (std::size_t l = 1; l < sizes.size(); ++l) {
            text += "-" + std::to_string(sizes[l]);
        }
        return text;
    }
    double forward_flop() const {
        double count = 0.0;
        for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
            count += 2.0 * static_cast<double>(batch * sizes[l] * sizes[l + 1]);
        }
        return count;
    }
    // Forward, dW, and dz of all layers but the first.
    double flop() const {
        return 3.0 * forward_flop() - 2.0 * static_cast<double>(batch * sizes[0] * sizes[1]);
    }
    // Of the sums on the way to an element of the gradient.
    double terms() const {
        return static_cast<double>(batch + std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}));
    }
};

inline std::vector<PlainLayer> plain_net(const NetParams<float>& params) {
    std::vector<PlainLayer> layers;
    for (const Layer<float>& layer : params.layers) {
        layers.push_back({layer.W.rows(), layer.W.cols(), plain(layer.W), plain(layer.b)});
    }
    return layers;
}

inline std::vector<peers::DeepLayer> peers_layers(NetParams<float>& params) {
    std::vector<peers::DeepLayer> layers;
    const auto whole = [](Matrix<float>& m) { return peers::Moving{m.data(), nullptr, nullptr, m.size()}; };
    for (Layer<float>& layer : params.layers) {
        layers.push_back({layer.W.rows(), layer.W.cols(), whole(layer.W), whole(layer.b)});
    }
    return layers;
}

}  // namespace thalweg::bench
