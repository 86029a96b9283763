// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What follows a layer's sums x W + b, and its derivative. A new activation is a line in the enumeration, its
// name in words.hpp, and a line in each of the three switches of activation.cpp.
#pragma once

#include <cstddef>

#include "dispatch/dispatch.hpp"
#include "thalweg/layers.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::nn {

inline constexpr double kLeakySlope = 0.01;

// Whether the derivative is one of the sums and not of what became of them.
constexpr bool needs_sums(Activation activation) noexcept {
    return activation == Activation::kSoftplus || activation == Activation::kGelu;
}

// How differences treat it: pieces of straight lines alike, every other function by moves of its own.
kernels::Curve curve_of(Activation activation) noexcept;

// z = f(z), by the calling thread alone.
template <class T>
void activate(Activation activation, MatrixView<T> z) noexcept;
// The same, split over threads.
template <class T>
void activate_by_team(Activation activation, MatrixView<T> z);

// dz = f'(sums) * dz, by the calling thread alone. from: z = f(sums), or the sums where these are needed.
template <class T>
void activate_backward(Activation activation, MatrixView<const T> from, MatrixView<T> dz) noexcept;

}  // namespace thalweg::nn
