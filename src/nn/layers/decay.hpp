// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Weight decay, as the book has it: in the loss.
#pragma once

#include <cstddef>

#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// sum(w * w) in double, whatever T is, in the order of sum() of everything. Allocates nothing.
template <class T>
double sum_of_squares(MatrixView<const T> w) noexcept;

// gradient += decay * w: product and sum rounded by themselves, split over threads.
// shape    alike, without gaps
template <class T>
void add_decay(T decay, MatrixView<const T> w, MatrixView<T> gradient) noexcept;

// The same of n elements, by the calling thread alone.
template <class T>
void add_decay_alone(T decay, const T* w, T* gradient, std::size_t n) noexcept;

}  // namespace thalweg::nn
