// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How much of a data set a net gets right.
#pragma once

#include "nn/layers/layers.hpp"
#include "thalweg/images.hpp"

namespace thalweg::nn {

// Share of the images whose most probable class is their label; 0 for no images. Nothing of the data set's
// size is allocated.
// throws   ShapeError when the images are not of the net's input size; std::bad_alloc
template <class T>
double share_right(Layers<const T> layers, const Dataset& data);

// How many images the net gets right, leaving out pixels that are zero: the same as by predict().
// range    zeros_may_be_left_out(layers); the images are of the net's input size
// throws   std::bad_alloc
template <class T>
std::size_t count_right(Layers<const T> layers, const Dataset& data);

}  // namespace thalweg::nn
