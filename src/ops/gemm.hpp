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

// Likewise with b's columns as rows in memory: b[p][j] is b[j * ldb + p].
std::size_t gemm_turned_scratch(const kernels::GemmBlock<float>& block);
std::size_t gemm_turned_scratch(const kernels::GemmBlock<double>& block);
void gemm_turned_alone(const kernels::GemmBlock<float>& block, float* scratch) noexcept;
void gemm_turned_alone(const kernels::GemmBlock<double>& block, double* scratch) noexcept;

// Likewise one part of a's rows after the other, all with one b, which the first of them leaves in scratch as
// the others need it. scratch: for the block of all rows.
// gemm_parts_share: whether they really share something, so that small parts cost nothing.
bool gemm_parts_share(const kernels::GemmBlock<float>& block);
bool gemm_parts_share(const kernels::GemmBlock<double>& block);
std::size_t gemm_parts_scratch(const kernels::GemmBlock<float>& block);
std::size_t gemm_parts_scratch(const kernels::GemmBlock<double>& block);
void gemm_part_alone(const kernels::GemmBlock<float>& block, bool first, float* scratch) noexcept;
void gemm_part_alone(const kernels::GemmBlock<double>& block, bool first, double* scratch) noexcept;

// Many products of one shape. Where a and b of product i are, the batch axes say, the slowest first; c
// follows c without a gap.
struct Batches {
    std::size_t count = 1;
    std::size_t axes = 0;
    std::size_t extents[6];
    std::size_t a[6];
    std::size_t b[6];
    bool b_turned = false;  // b's columns are rows in memory, ldb apart

    std::size_t offset(const std::size_t (&strides)[6], std::size_t i) const noexcept {
        std::size_t offset = 0;
        for (std::size_t k = axes; k-- > 0;) {
            offset += i % extents[k] * strides[k];
            i /= extents[k];
        }
        return offset;
    }
};
// Computes them all: several at a time where there are enough, each with the bits of gemm().
// throws   std::bad_alloc
void gemm_batches(const kernels::GemmBlock<float>& one, const Batches& batches);
void gemm_batches(const kernels::GemmBlock<double>& one, const Batches& batches);

}  // namespace thalweg::ops
