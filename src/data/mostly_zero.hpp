// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Whether a data set is worth searching for zeros.
#pragma once

#include "thalweg/images.hpp"

namespace thalweg::data {

// Whether most pixels are zero, by a sample of the images: then products that leave them out are faster.
bool mostly_zero(const Dataset& data) noexcept;

}  // namespace thalweg::data
