// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The second phase: sums over all rows of a batch, each by one thread and in the order of the rows, into
// parameters that no other thread touches.
#pragma once

#include "nn/step/rows.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {

// Cuts between threads at multiples of so many parameters along a layer's inputs: whole vectors and tiles.
inline constexpr std::size_t kParameterUnit = 16;

// One thread's share of the gradient: dW = in^T dz and db = sum of dz, where in is x or the output of the
// layer before.
template <class T>
void sum_gradient(BatchPass<T>& pass, MatrixView<const T> x, Layers<T> gradient, parallel::Part part,
                  T* scratch) noexcept;

// The same of all parameters but the first layer's W, which then move along it: p = fma(factor, g, p).
template <class T>
void sum_and_descend(BatchPass<T>& pass, T factor, Layers<T> gradient, Layers<T> params, parallel::Part part,
                     T* scratch) noexcept;

}  // namespace thalweg::nn
