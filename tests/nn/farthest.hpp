// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How far two gradients are apart.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

namespace thalweg::test {

// The largest distance of two entries; NaN where one is.
inline double farthest(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double apart = std::fabs(a[i] - b[i]);
        worst = apart <= worst ? worst : apart;
    }
    return worst;
}

}  // namespace thalweg::test
