// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Dropout, as the book has it: training multiplies a layer's outputs by a mask of ones and zeros, predictions
// by the share that training keeps.
#pragma once

#include <span>
#include <vector>

#include "nn/layers/buffers.hpp"
#include "nn/layers/layers.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/random.hpp"

namespace thalweg::nn {

// What is left of each layer's outputs, by layer: [rows,outputs] ones and zeros, or no rows where nothing is
// left out. Differences hold it while parameters move.
using HeldMasks = std::span<const Matrix<double>>;

// mask = rand > ratio, with the numbers of rand(rows, cols).
template <class T>
void draw_mask(Rng& rng, double ratio, Matrix<T>& mask) noexcept;

// The masks of a training step with so many rows, the layer at the input first. Allocates only when a shape
// changes.
// throws   std::bad_alloc
template <class T>
void draw_masks(Rng& rng, Layers<T> layers, std::size_t rows, std::vector<Matrix<double>>& masks) {
    masks.resize(layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        fit(masks[i], layers[i].dropout != 0.0 ? rows : 0, layers[i].outputs());
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].dropout != 0.0) {
            draw_mask(rng, layers[i].dropout, masks[i]);
        }
    }
}

// z *= mask, by the calling thread alone.
// shape    alike
template <class T>
void apply_mask(MatrixView<const T> mask, MatrixView<T> z) noexcept;

// z *= 1 - ratio, by the calling thread alone.
template <class T>
void scale_for_prediction(double ratio, MatrixView<T> z) noexcept;

}  // namespace thalweg::nn
