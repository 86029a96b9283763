// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The quotients of second differences.
#pragma once

#include <cmath>

namespace thalweg::detail {

// a / (h k), also where h k overflows or is too small to be a normal number.
inline double over_product(double a, double h, double k) noexcept {
    const double product = h * k;
    return std::isnormal(product) ? a / product : a / h / k;
}

}  // namespace thalweg::detail
