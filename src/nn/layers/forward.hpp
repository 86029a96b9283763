// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Class probabilities of any number of rows: what every net's predict() is.
#pragma once

#include <array>

#include "nn/layers/layers.hpp"

namespace thalweg::nn {

// A hidden layer's sums become its output, as predictions have it: normalised by the running statistics,
// activated, and scaled where training leaves outputs out. By the calling thread alone.
template <class T>
void finish_layer(const Dense<const T>& layer, MatrixView<T> sums) noexcept;

// out = what the loss makes of the last layer's sums, by the public operations one after another, a block of
// rows at a time: nothing of x's size is allocated.
// shape    x: [N,inputs]  out: [N,outputs]
// throws   ShapeError; std::bad_alloc
template <class T>
void predict(Layers<const T> layers, MatrixView<const T> x, MatrixView<T> out,
             Loss loss = Loss::kSoftmaxCrossEntropy);

// What lies between two layers, which write to the two alternately.
template <class T>
using BetweenLayers = std::array<Matrix<T>, 2>;

// The same with memory that is kept from call to call: allocates where it is too small.
template <class T>
void predict(Layers<const T> layers, MatrixView<const T> x, MatrixView<T> out, Loss loss,
             BetweenLayers<T>& between);

}  // namespace thalweg::nn
