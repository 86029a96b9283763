// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Pictures made of small images: digits with their labels, what the first layer looks for, mistakes.
#pragma once

#include <cstddef>
#include <span>

#include "figures/figure_folder.hpp"
#include "figures/review.hpp"
#include "thalweg/images.hpp"

namespace thalweg::figures {

// The images of the given rows, with their labels.
Figure digits(const Dataset& data, std::span<const std::size_t> rows);
// Each column of W1 as an image, red above zero and blue below; the first 100 where there are more.
Figure first_layer(const Review& review);
Figure worst_mistakes(const Review& review);

}  // namespace thalweg::figures
