// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One instruction set's kernel table. Compiled once per level with that level's flags; the table is the only
// symbol that leaves the unit. Start reading at gemm.hpp or sigmoid.hpp.
#include "kernels/argmax.hpp"
#include "kernels/difference.hpp"
#include "kernels/difference_any.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/gemm.hpp"
#include "kernels/gemm_packed.hpp"
#include "kernels/gemm_streamed.hpp"
#include "kernels/isa.hpp"
#include "kernels/loss.hpp"
#include "kernels/nonzero.hpp"
#include "kernels/pixels.hpp"
#include "kernels/reduce.hpp"
#include "kernels/sigmoid.hpp"
#include "kernels/softmax.hpp"
#include "kernels/softmax_loss.hpp"
#include "kernels/table.hpp"
#include "kernels/transpose_matrix.hpp"

#define THALWEG_JOIN(a, b) a##b
#define THALWEG_TABLE(isa) THALWEG_JOIN(kernels_, isa)
#define THALWEG_TEXT(word) #word
#define THALWEG_NAME(isa) THALWEG_TEXT(isa)

namespace thalweg::kernels {
namespace THALWEG_ISA {
namespace {

template <class T>
constexpr Kernels<T> kernels_of() {
    Kernels<T> k{};
    k.gemm_rows = kPanelRows<T>;
    k.gemm_cols = kPackedVectors * kWidth<T>;
    k.gemm_lanes = kWidth<T>;
    k.gemm = gemm<T>;
    k.pack_b = pack_b<T>;
    k.gemm_packed = gemm_packed<T>;
    k.gemm_streamed = gemm_streamed<T>;
    k.transpose = transpose<T>;
    k.gemm_nonzero = gemm_nonzero<T>;
    k.all_finite = all_finite<T>;
    k.unit_differences = unit_differences<T>;
    k.add_rows = add_rows<T>;
    k.exp = exp;
    k.log = log;
    k.sigmoid = sigmoid;
    k.sigmoid_grad = sigmoid_grad;
    k.sigmoid_backward = sigmoid_backward<T>;
    k.add = add<T>;
    k.axpy = axpy<T>;
    k.scale = scale<T>;
    k.sum = sum<T>;
    k.sum_rows = sum_rows<T>;
    k.argmax = argmax<T>;
    k.argmax_rows = argmax_rows<T>;
    k.argmax_cols = argmax_cols<T>;
    k.softmax = softmax<T>;
    k.softmax_loss = softmax_loss<T>;
    k.log_loss = log_loss<T>;
    k.soft_log_loss = soft_log_loss<T>;
    k.pixels = pixels<T>;
    return k;
}

}  // namespace
}  // namespace THALWEG_ISA

constinit const KernelTable THALWEG_TABLE(THALWEG_ISA) = {
    THALWEG_NAME(THALWEG_ISA),         THALWEG_ISA::kHasFma,
    THALWEG_ISA::nonzero_bits,         THALWEG_ISA::transpose_bits,
    THALWEG_ISA::sinh_cosh1,           THALWEG_ISA::output_differences,
    THALWEG_ISA::unit_differences_any, THALWEG_ISA::output_differences_any,
    THALWEG_ISA::kernels_of<float>(),  THALWEG_ISA::kernels_of<double>()};

}  // namespace thalweg::kernels
