// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Dropout, as the book has it: training multiplies a layer's outputs by a mask of ones and zeros, predictions
// by the share that training keeps.
#pragma once

#include "thalweg/matrix.hpp"
#include "thalweg/random.hpp"

namespace thalweg::nn {

// mask = rand > ratio, with the numbers of rand(rows, cols).
template <class T>
void draw_mask(Rng& rng, double ratio, Matrix<T>& mask) noexcept;

// z *= mask, by the calling thread alone.
// shape    alike
template <class T>
void apply_mask(MatrixView<const T> mask, MatrixView<T> z) noexcept;

// z *= 1 - ratio, by the calling thread alone.
template <class T>
void scale_for_prediction(double ratio, MatrixView<T> z) noexcept;

}  // namespace thalweg::nn
