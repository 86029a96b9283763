// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of the matrices that two tensors hold: axes of each are batches, rows and columns.
#pragma once

#include <cstddef>

#include "thalweg/tensor.hpp"

namespace thalweg::ops {

// A view whose first axes are batches, the next rows, the rest columns.
template <class T>
struct Factor {
    TensorView<const T> view;
    std::size_t batches;
    std::size_t rows;  // axes
};

// out = a times b, without gaps: batch axes broadcast to `shape`, whose first `batches` axes they are; then
// a's rows and b's columns, in row-major order. a's columns and b's rows are alike.
void batched_product(const Factor<float>& a, const Factor<float>& b, const Shape& shape, std::size_t batches,
                     float* out);
void batched_product(const Factor<double>& a, const Factor<double>& b, const Shape& shape,
                     std::size_t batches, double* out);

}  // namespace thalweg::ops
