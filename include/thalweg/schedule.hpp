// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How the learning rate changes while a net is trained.
#pragma once

#include <cstddef>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The course that a learning rate takes.
enum class Course {
    kConstant,  ///< it stays
    kStep,      ///< it is multiplied by Schedule::factor after every so many epochs
    kCosine,    ///< it falls along half a cosine, to Schedule::last of what it was
    kPlateau,   ///< it is multiplied by Schedule::factor when so many evaluations brought no better loss
};

/// What an optimiser's learning rate is multiplied by, update after update.
///
///     const Schedule schedule = {.course = Course::kCosine, .warm_up = 100};
///     schedule.factor_at(50, 600, 6000);  // 0.5
///
/// error    computed in double, with the library's own cosine
struct Schedule {
    /// The course.
    Course course = Course::kConstant;
    /// Updates over which the rate grows evenly from 0 to what it is, before the course begins.
    std::size_t warm_up = 0;
    /// kStep and kPlateau: the factor, above 0 and at most 1.
    double factor = 0.1;
    /// kStep: epochs between two steps; kPlateau: evaluations. At least 1.
    std::size_t every = 5;
    /// kCosine: what is left at the end, 0 to 1.
    double last = 0.0;

    /// Returns the factor of update number `update`, counted from 1, of `updates`; kPlateau counts as
    /// kConstant, because its steps depend on the losses.
    /// throws   std::invalid_argument for a number out of its range
    double factor_at(std::size_t update, std::size_t updates_per_epoch, std::size_t updates) const;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
