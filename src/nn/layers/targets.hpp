// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a batch should have come to.
#pragma once

#include "thalweg/layers.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// What the rows are held against, and how: a label each or, where labels is nullptr, a row of numbers each.
template <class T>
struct Targets {
    const int* labels = nullptr;
    MatrixView<const T> numbers = {};
    Loss loss = Loss::kSoftmaxCrossEntropy;
};

}  // namespace thalweg::nn
