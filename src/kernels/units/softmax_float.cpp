// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax and its loss in float.
#include "kernels/slots.hpp"
#include "kernels/softmax.hpp"
#include "kernels/softmax_loss.hpp"

namespace thalweg::kernels::THALWEG_ISA {
THALWEG_SOFTMAX(THALWEG_DEFINE, float)
}  // namespace thalweg::kernels::THALWEG_ISA
