// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Targets that say no more than labels do take the way of labels.
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/matrix.hpp"

namespace thalweg::core {

// Writes the labels that a target matrix stands for; false if there is no row, or some row is not one-hot.
template <class T>
bool labels_of_one_hot(MatrixView<const T> t, std::vector<int>& labels) {
    labels.resize(t.rows());
    for (std::size_t i = 0; i < t.rows(); ++i) {
        std::size_t ones = 0;
        for (std::size_t j = 0; j < t.cols(); ++j) {
            if (t(i, j) == T(1)) {
                labels[i] = static_cast<int>(j);
                ++ones;
            } else if (t(i, j) != T(0)) {
                return false;
            }
        }
        if (ones != 1) {
            return false;
        }
    }
    return t.rows() != 0;
}

}  // namespace thalweg::core
