// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The table of one instruction set, and the kernels that exist for no or one element type. The others are
// compiled by the units beside this one, with the same flags.
#include "kernels/table.hpp"

#include "kernels/adam.hpp"
#include "kernels/argmax.hpp"
#include "kernels/array_run.hpp"
#include "kernels/difference.hpp"
#include "kernels/difference_any.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/erf.hpp"
#include "kernels/expm1.hpp"
#include "kernels/fold.hpp"
#include "kernels/fold_loop.hpp"
#include "kernels/gelu.hpp"
#include "kernels/gemm.hpp"
#include "kernels/gemm_packed.hpp"
#include "kernels/gemm_streamed.hpp"
#include "kernels/log1p.hpp"
#include "kernels/log_base.hpp"
#include "kernels/loss.hpp"
#include "kernels/moves.hpp"
#include "kernels/node_products.hpp"
#include "kernels/nonzero.hpp"
#include "kernels/pixels.hpp"
#include "kernels/power.hpp"
#include "kernels/reduce.hpp"
#include "kernels/sigmoid.hpp"
#include "kernels/sin_cos.hpp"
#include "kernels/slots.hpp"
#include "kernels/softmax.hpp"
#include "kernels/softmax_loss.hpp"
#include "kernels/softplus.hpp"
#include "kernels/tanh.hpp"
#include "kernels/transpose_matrix.hpp"

#define THALWEG_JOIN(a, b) a##b
#define THALWEG_TABLE(isa) THALWEG_JOIN(kernels_, isa)
#define THALWEG_TEXT(word) #word
#define THALWEG_NAME(isa) THALWEG_TEXT(isa)
#define THALWEG_FILL(kernel, T) k.kernel = kernel<T>;

namespace thalweg::kernels {
namespace THALWEG_ISA {

THALWEG_PRODUCTS(THALWEG_DECLARE, float)
THALWEG_PRODUCTS(THALWEG_DECLARE, double)
THALWEG_SOFTMAX(THALWEG_DECLARE, float)
THALWEG_SOFTMAX(THALWEG_DECLARE, double)
THALWEG_ARRAYS(THALWEG_DECLARE, float)
THALWEG_ARRAYS(THALWEG_DECLARE, double)
THALWEG_PROGRAMS(THALWEG_DECLARE, float)
THALWEG_PROGRAMS(THALWEG_DECLARE, double)

namespace {

template <class T>
constexpr Kernels<T> kernels_of() {
    Kernels<T> k{};
    k.gemm_rows = kPanelRows<T>;
    k.gemm_cols = kPackedVectors * kWidth<T>;
    k.gemm_lanes = kWidth<T>;
    k.gemm_wide = kRegisters == 32;
    THALWEG_PRODUCTS(THALWEG_FILL, T)
    THALWEG_SOFTMAX(THALWEG_FILL, T)
    THALWEG_ARRAYS(THALWEG_FILL, T)
    THALWEG_PROGRAMS(THALWEG_FILL, T)
    return k;
}

}  // namespace
}  // namespace THALWEG_ISA

extern const KernelTable THALWEG_TABLE(THALWEG_ISA);
constinit const KernelTable THALWEG_TABLE(THALWEG_ISA) = {
    THALWEG_NAME(THALWEG_ISA),         THALWEG_ISA::kHasFma,
    THALWEG_ISA::nonzero_bits,         THALWEG_ISA::transpose_bits,
    THALWEG_ISA::sinh_cosh1,           THALWEG_ISA::output_differences,
    THALWEG_ISA::unit_differences_any, THALWEG_ISA::output_differences_any,
    THALWEG_ISA::unit_moves,           THALWEG_ISA::linear_moves,
    THALWEG_ISA::loss_moves,           THALWEG_ISA::node_weights,
    THALWEG_ISA::add_products,         THALWEG_ISA::row_product,
    THALWEG_ISA::kernels_of<float>(),  THALWEG_ISA::kernels_of<double>()};

}  // namespace thalweg::kernels
