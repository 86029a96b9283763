// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the net's steps do with the matrices they keep from call to call. Inside a parallel region nothing may
// throw, so rows are addressed without the checks of Matrix.
#pragma once

#include <algorithm>
#include <cstddef>

#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// A buffer of exactly this shape, allocated only when the shape changes.
template <class T>
void fit(Matrix<T>& buffer, std::size_t rows, std::size_t cols) {
    if (buffer.rows() != rows || buffer.cols() != cols) {
        buffer = Matrix<T>(rows, cols);
    }
}

template <class T>
T* row_of(Matrix<T>& m, std::size_t i) noexcept {
    return m.data() + i * m.cols();
}
template <class T>
const T* row_of(MatrixView<const T> m, std::size_t i) noexcept {
    return m.data() + i * m.ld();
}

// Rows, or columns, first to last - 1.
template <class T>
MatrixView<T> rows_of(MatrixView<T> m, std::size_t first, std::size_t last) noexcept {
    return {m.data() + first * m.ld(), last - first, m.cols(), m.ld()};
}
template <class T>
MatrixView<T> cols_of(MatrixView<T> m, std::size_t first, std::size_t last) noexcept {
    return {m.data() + first, m.rows(), last - first, m.ld()};
}

template <class From, class To>
void copy_as(const From* from, std::size_t n, To* to) noexcept {
    std::transform(from, from + n, to, [](From value) { return static_cast<To>(value); });
}

}  // namespace thalweg::nn
