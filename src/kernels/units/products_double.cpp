// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrix products in double; start reading at gemm.hpp.
#include "kernels/gemm.hpp"
#include "kernels/gemm_packed.hpp"
#include "kernels/gemm_streamed.hpp"
#include "kernels/nonzero.hpp"
#include "kernels/slots.hpp"

namespace thalweg::kernels::THALWEG_ISA {
THALWEG_PRODUCTS(THALWEG_DEFINE, double)
}  // namespace thalweg::kernels::THALWEG_ISA
