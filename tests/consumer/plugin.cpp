// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A shared object with a copy of the library of its own.
#include <thalweg/thalweg.hpp>

extern "C" double plugin_result() {
    thalweg::set_threads(2);
    const thalweg::Matrix<float> ones(300, 300, 1.0F);
    const double sum = static_cast<double>(thalweg::dot(ones, ones)(1, 1));
    try {
        thalweg::dot(ones, thalweg::Matrix<float>(2, 2));
    } catch (const thalweg::ShapeError&) {
        return sum + 1.0;
    }
    return sum;
}
