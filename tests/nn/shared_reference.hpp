// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// Central differences in 60 digits of nets of two to four layers: make_shared_reference.py wrote the numbers.
#include <cstddef>
#include <span>
#include <vector>

#include "nn/shared_reference_four.hpp"
#include "nn/shared_reference_three.hpp"
#include "nn/shared_reference_two.hpp"

namespace thalweg::test {

// As in make_shared_reference.py.
inline constexpr double kSharedSteps[] = {1e-8, 1e-4, 1e-2, 0.1, 0.5, 4.0};

// A net of the reference.
struct SharedReference {
    std::vector<std::size_t> sizes;
    std::span<const double> params;
    std::span<const double> x;
    std::span<const int> labels;
    std::span<const double> soft;
    std::span<const int> asked;
    std::span<const double> quotients;
};
inline const SharedReference kReferences[] = {
    {{4, 5, 3}, kTwoParams, kTwoX, kTwoLabels, kTwoSoft, kTwoAsked, kTwo},
    {{4, 5, 4, 3}, kThreeParams, kThreeX, kThreeLabels, kThreeSoft, kThreeAsked, kThree},
    {{4, 4, 5, 3, 3}, kFourParams, kFourX, kFourLabels, kFourSoft, kFourAsked, kFour}};

}  // namespace thalweg::test
