// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a NetWorkspace holds.
#pragma once

#include <vector>

#include "nn/layers/forward.hpp"
#include "nn/step/rows.hpp"
#include "thalweg/workspace.hpp"

namespace thalweg {

template <class T>
struct NetWorkspace<T>::Buffers {
    nn::BatchPass<T> pass;
    // Of a net whose depth is known only while it runs; and the labels of one-hot rows.
    std::vector<nn::Dense<const T>> layers;
    std::vector<nn::Dense<T>> gradient;
    std::vector<int> labels;
    // Of predictions.
    nn::BetweenLayers<T> between;
};

}  // namespace thalweg
