// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A bias is the weight of one more input that is always 1, and of one more unit that is always 1: what holds
// for row i of the weights holds for the bias as the row after the last.
#pragma once

#include <cstddef>

#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// M: a Matrix, or a view of one.
template <class M>
auto* row_or_bias(M& weights, M& bias, std::size_t i) noexcept {
    return i < weights.rows() ? weights.data() + i * weights.cols() : bias.data();
}

}  // namespace thalweg::nn
