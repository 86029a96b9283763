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

}  // namespace thalweg::ops
