// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How many classes were found right.
#pragma once

#include <cstddef>
#include <vector>

#include "core/float_control.hpp"

namespace thalweg::nn {

// 0 for none.
inline double share_of_matches(const std::vector<std::size_t>& found,
                               const std::vector<std::size_t>& wanted) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        right += found[i] == wanted[i] ? 1 : 0;
    }
    return found.empty() ? 0.0 : core::share_of(right, found.size());
}

}  // namespace thalweg::nn
