// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of views as blocks for the kernels: what belongs to an operand is named once.
#pragma once

#include "ops/gemm.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// c = a b, or a b + a row of biases.
template <class T>
kernels::GemmBlock<T> product(MatrixView<const T> a, MatrixView<const T> b, const T* biases,
                              MatrixView<T> c) noexcept {
    return {.m = c.rows(),
            .n = c.cols(),
            .k = a.cols(),
            .a = a.data(),
            .a_row = a.ld(),
            .a_col = 1,
            .b = b.data(),
            .ldb = b.ld(),
            .c = c.data(),
            .ldc = c.ld(),
            .start = biases,
            .start_row = 0};
}

// c = a w^T, for gemm_turned_alone(): back through weights.
template <class T>
kernels::GemmBlock<T> product_back(MatrixView<const T> a, MatrixView<const T> w, MatrixView<T> c) noexcept {
    return product<T>(a, w, nullptr, c);
}

// c = a^T b: each element a chain down the rows of a and b.
template <class T>
kernels::GemmBlock<T> product_down_rows(MatrixView<const T> a, MatrixView<const T> b,
                                        MatrixView<T> c) noexcept {
    return {.m = c.rows(),
            .n = c.cols(),
            .k = a.rows(),
            .a = a.data(),
            .a_row = 1,
            .a_col = a.ld(),
            .b = b.data(),
            .ldb = b.ld(),
            .c = c.data(),
            .ldc = c.ld(),
            .start = nullptr,
            .start_row = 0};
}

}  // namespace thalweg::nn
