// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Element access as a program compiled with THALWEG_CHECKED sees it; test_matrix.cpp, compiled without, links
// it.
#pragma once

#include <cstddef>

#include "thalweg/matrix.hpp"

namespace thalweg::test {

double checked_element(const Matrix<double>& m, std::size_t i, std::size_t j);
double checked_element(MatrixView<const double> m, std::size_t i, std::size_t j);
std::size_t checked_row_cols(const Matrix<double>& m, std::size_t i);
std::size_t checked_rows(const Matrix<double>& m, std::size_t first, std::size_t last);
std::size_t checked_cols(const Matrix<double>& m, std::size_t first, std::size_t last);

}  // namespace thalweg::test
