// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The central difference of the two-layer net's loss, in long double.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "train_truth.hpp"

namespace thalweg::bench {

// (f(p + h e_i) - f(p - h e_i)) / 2h for the parameters p_i asked for, counted through W1, b1, W2, b2; f is
// the mean of -log(p[label] + 1e-7), as the notebook has it.
// error    where long double has 64 bits, a sample's loss is off by some 2e-19: its quotient by 1e-15 for
//          h = 1e-4, and the mean over a batch of 100 by about 1e-16
std::vector<double> true_differences(const PlainNet& net, const Plain& x, const std::vector<int>& labels,
                                     std::span<const std::size_t> which, double h);

}  // namespace thalweg::bench
