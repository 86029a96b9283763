// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The checked half of a program of which the other half is unchecked.
#ifndef THALWEG_CHECKED
#define THALWEG_CHECKED
#endif
#include "core/checked_access.hpp"

namespace thalweg::test {

double checked_element(const Matrix<double>& m, std::size_t i, std::size_t j) {
    return m(i, j);
}

double checked_element(MatrixView<const double> m, std::size_t i, std::size_t j) {
    return m(i, j);
}

std::size_t checked_row_cols(const Matrix<double>& m, std::size_t i) {
    return m.row(i).cols();
}

std::size_t checked_rows(const Matrix<double>& m, std::size_t first, std::size_t last) {
    return m.rows(first, last).rows();
}

std::size_t checked_cols(const Matrix<double>& m, std::size_t first, std::size_t last) {
    return m.cols(first, last).cols();
}

}  // namespace thalweg::test
