// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Array programs and folds in float; start reading at array.hpp.
#include "kernels/array_run.hpp"
#include "kernels/fold.hpp"
#include "kernels/fold_loop.hpp"
#include "kernels/slots.hpp"

namespace thalweg::kernels::THALWEG_ISA {
THALWEG_PROGRAMS(THALWEG_DEFINE, float)
}  // namespace thalweg::kernels::THALWEG_ISA
