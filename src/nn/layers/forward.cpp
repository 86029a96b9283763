// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/layers/forward.hpp"

#include <algorithm>

#include "core/shape_check.hpp"
#include "nn/layers/batch_norm.hpp"
#include "nn/layers/dropout.hpp"
#include "nn/layers/losses.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// Rows at a time: what lies between two layers stays in cache.
constexpr std::size_t kRowBlock = 256;

template <class T>
std::size_t widest_hidden(Layers<const T> layers) {
    std::size_t widest = 0;
    for (const Dense<const T>& layer : layers.first(layers.size() - 1)) {
        widest = std::max(widest, layer.outputs());
    }
    return widest;
}

template <class T>
void finish_layer_by_team(const Dense<const T>& layer, MatrixView<T> sums) {
    if (!layer.normalises() && layer.dropout == 0.0) {
        return activate_by_team(layer.activation, sums);
    }
    parallel::run(parallel::team_size(sums.size(), parallel::kMathGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(sums.rows(), 1);
        finish_layer(layer, rows_of(sums, first, last));
    });
}

}  // namespace

template <class T>
void finish_layer(const Dense<const T>& layer, MatrixView<T> sums) noexcept {
    if (layer.normalises()) {
        normalise_by_running(layer, sums);
    }
    activate(layer.activation, sums);
    if (layer.dropout != 0.0) {
        scale_for_prediction(layer.dropout, sums);
    }
}

template <class T>
void predict(Layers<const T> layers, MatrixView<const T> x, MatrixView<T> out, Loss loss) {
    BetweenLayers<T> between;
    predict(layers, x, out, loss, between);
}

template <class T>
void predict(Layers<const T> layers, MatrixView<const T> x, MatrixView<T> out, Loss loss,
             BetweenLayers<T>& between) {
    check::shape("predict", "x", x, x.rows(), layers.front().inputs());
    check::shape("predict", "out", out, x.rows(), layers.back().outputs());
    // A block's rows are written before the next block is read.
    check::overlap("predict", "out", out, "x", x, check::Alias::kSame);
    const std::size_t block = std::min(kRowBlock, x.rows());
    const std::size_t size = block * widest_hidden(layers);
    // The last layer writes to out.
    for (std::size_t i = 0; i < std::min(between.size(), layers.size() - 1); ++i) {
        if (between[i].size() < size) {
            between[i] = Matrix<T>(1, size);
        }
    }
    for (std::size_t first = 0; first < x.rows(); first += kRowBlock) {
        const std::size_t last = std::min(first + kRowBlock, x.rows());
        MatrixView<const T> in = x.rows(first, last);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const bool output = i + 1 == layers.size();
            const MatrixView<T> z =
                output ? out.rows(first, last)
                       : MatrixView<T>(between[i % 2].data(), last - first, layers[i].outputs());
            affine(in, layers[i].W, layers[i].b, z);
            finish_layer_by_team(layers[i], z);
            in = z;
        }
        finish_by_team(loss, out.rows(first, last));
    }
}

template void finish_layer(const Dense<const float>&, MatrixView<float>) noexcept;
template void finish_layer(const Dense<const double>&, MatrixView<double>) noexcept;
template void predict(Layers<const float>, MatrixView<const float>, MatrixView<float>, Loss);
template void predict(Layers<const double>, MatrixView<const double>, MatrixView<double>, Loss);
template void predict(Layers<const float>, MatrixView<const float>, MatrixView<float>, Loss,
                      BetweenLayers<float>&);
template void predict(Layers<const double>, MatrixView<const double>, MatrixView<double>, Loss,
                      BetweenLayers<double>&);

}  // namespace thalweg::nn
