// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "other.hpp"

#include <thalweg/matrix.hpp>
#include <thalweg/ops.hpp>

double corner_of_square() {
    const thalweg::Matrix<double> a{{1, 2}, {3, 4}};
    return thalweg::dot(a, a.transposed())(1, 1);
}
