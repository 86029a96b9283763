// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// A net of three layers with dropout, batch normalisation or both, and a batch for it.
#include <cstddef>
#include <vector>

#include "thalweg/array.hpp"
#include "thalweg/net.hpp"
#include "thalweg/random.hpp"

namespace thalweg::test {

inline constexpr NetOptions kDropout = {.dropout = 0.3};
inline constexpr NetOptions kBatchNorm = {.batch_norm = true};
inline constexpr NetOptions kBoth = {.dropout = 0.3, .batch_norm = true};

// gamma, beta and the running statistics are those of a net that has been trained a little.
template <class T>
struct LayerCase {
    explicit LayerCase(const NetOptions& options, std::size_t rows = 53)
        : net({6, 40, 23, 4}, options, rng), x(Matrix<T>::randn(rows, 6, rng)), labels(rows) {
        for (Layer<T>& layer : net.params.layers) {
            layer.b = Matrix<T>::randn(1, layer.b.cols(), rng, 0.3);
            if (layer.gamma.rows() != 0) {
                layer.gamma += Matrix<T>::randn(1, layer.b.cols(), rng, 0.2);
                layer.beta += Matrix<T>::randn(1, layer.b.cols(), rng, 0.2);
            }
        }
        for (LayerStatistics<T>& layer : net.running.layers) {
            layer.mean = Matrix<T>::randn(1, layer.mean.cols(), rng, 0.3);
            layer.variance = 1 + square(Matrix<T>::randn(1, layer.mean.cols(), rng));
        }
        for (int& label : labels) {
            label = static_cast<int>(rng.below(4));
        }
    }

    Rng rng{7};
    Net<T> net;
    Matrix<T> x;
    std::vector<int> labels;
};

}  // namespace thalweg::test
