// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a trained net does with the test images, and the pictures of a training run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "figures/figure_folder.hpp"
#include "thalweg/images.hpp"
#include "thalweg/train.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::figures {

struct Mistake {
    std::size_t truth;
    std::size_t said;
    double truth_probability;
    double said_probability;
    std::vector<std::uint8_t> pixels;
};

// All that the pictures of a net need; the net and its data may be gone by then.
struct Review {
    Matrix<double> W1;
    std::size_t image_rows = 0;
    std::size_t image_cols = 0;
    std::size_t classes = 0;
    std::vector<std::size_t> confusion;  // [classes, classes]: true class a row, predicted a column
    std::vector<Mistake> worst;          // the least probable truths first, at most 40
};

template <class T>
Review review(const TwoLayerNet<T>& net, const Dataset& test);

// Losses of the updates first, first + 1, ..., as they are and smoothed, above the accuracies.
Figure training(std::size_t first, std::span<const double> losses,
                std::span<const TrainEvaluation> evaluations);
Figure confusion(const Review& review);

// Draws all pictures of a run; one line each of what is there now. Those that there is nothing to draw for
// (no update, no mistake) are left out.
std::vector<std::string> draw_run(FigureFolder& folder, std::size_t first, std::span<const double> losses,
                                  std::span<const TrainEvaluation> evaluations, const Review& review);

}  // namespace thalweg::figures
