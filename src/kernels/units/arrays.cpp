// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What runs over arrays, row by row or element by element, in float and double; start reading at sigmoid.hpp.
#include "kernels/adam.hpp"
#include "kernels/argmax.hpp"
#include "kernels/difference.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/erf.hpp"
#include "kernels/expm1.hpp"
#include "kernels/gelu.hpp"
#include "kernels/log1p.hpp"
#include "kernels/log_base.hpp"
#include "kernels/loss.hpp"
#include "kernels/nonzero.hpp"
#include "kernels/pixels.hpp"
#include "kernels/power.hpp"
#include "kernels/reduce.hpp"
#include "kernels/sigmoid.hpp"
#include "kernels/sin_cos.hpp"
#include "kernels/slots.hpp"
#include "kernels/softplus.hpp"
#include "kernels/tanh.hpp"
#include "kernels/transpose_matrix.hpp"

namespace thalweg::kernels::THALWEG_ISA {
THALWEG_ARRAYS(THALWEG_DEFINE, float)
THALWEG_ARRAYS(THALWEG_DEFINE, double)
}  // namespace thalweg::kernels::THALWEG_ISA
