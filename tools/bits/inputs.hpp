// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Fixed inputs from the generator's words alone, by exact steps: no C library has a say in them. (Rng::randn
// asks it for a logarithm.)
#pragma once

#include <cfenv>
#include <cstddef>

#include "thalweg/matrix.hpp"
#include "thalweg/random.hpp"

namespace thalweg::bits {

// Uniform from -size to size, a power of 2 for the product to be exact, then rounded to T; to nearest, also
// where rows are computed under another direction of rounding.
template <class T>
Matrix<T> uniform(std::size_t rows, std::size_t cols, Rng& rng, double size = 1.0) {
    Matrix<T> m(rows, cols);
    const int direction = std::fegetround();
    std::fesetround(FE_TONEAREST);
    for (std::size_t i = 0; i < m.size(); ++i) {
        m.data()[i] = static_cast<T>((2.0 * rng.uniform() - 1.0) * size);
    }
    std::fesetround(direction);
    return m;
}

}  // namespace thalweg::bits
