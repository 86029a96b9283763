// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What becomes of the last layer's sums, and how far a row is from its targets.
#pragma once

#include <cstddef>

#include "thalweg/layers.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// A row's sums become what predict() returns. Returns the row's loss against numbers, in double, the terms in
// column order:
//   cross-entropy         - t log(y + 1e-7)
//   mean squared error    (y - t)^2 / 2
//   binary cross-entropy  softplus(s) - t s, of the sum s: never the logarithm of 0
template <class T>
double finish_row(Loss loss, T* sums, const T* t, std::size_t n) noexcept;

// All rows' sums become what predict() returns, split over threads.
template <class T>
void finish_by_team(Loss loss, MatrixView<T> sums);

}  // namespace thalweg::nn
