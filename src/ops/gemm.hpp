// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One whole product, cut into blocks that fit the caches and shared out over threads.
#pragma once

#include "kernels/table.hpp"

namespace thalweg::ops {

// Computes all of block; its operands do not overlap and n, m are not 0.
// throws   std::bad_alloc
void gemm(const kernels::GemmBlock<float>& block);
void gemm(const kernels::GemmBlock<double>& block);

// The same by the calling thread alone, for parts of a larger region: nothing is allocated. scratch:
// gemm_scratch() elements of a block that is no smaller in any direction, aligned to 64 bytes; nullptr for 0.
std::size_t gemm_scratch(const kernels::GemmBlock<float>& block);
std::size_t gemm_scratch(const kernels::GemmBlock<double>& block);
void gemm_alone(const kernels::GemmBlock<float>& block, float* scratch) noexcept;
void gemm_alone(const kernels::GemmBlock<double>& block, double* scratch) noexcept;

}  // namespace thalweg::ops
