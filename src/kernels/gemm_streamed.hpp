// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of few rows with a b that no cache holds: b is read once, a few of its rows at a time and along
// them, as memory likes it, while c stays in the caches and is taken up and put back for each such block.
// Packing b first would cost as much as the product.
//
// bound   reading b, and a load and a store of c for every `depth` multiply-adds
#pragma once

#include "kernels/gemm.hpp"

namespace thalweg::kernels::THALWEG_ISA {

// As gemm(), for few rows: one tile takes them all where it can. depth, 1 at least: rows of b at a time;
// ahead: so many of the next ones are asked for meanwhile.
template <class T>
void gemm_streamed(const GemmBlock<T>& g, std::size_t depth, std::size_t ahead) {
    const bool one_narrower_tile = g.m > kTileRows<kMostVectors> && g.m <= kTileRows<kPackedVectors>;
    GemmBlock<T> part = g;
    std::size_t left = g.k;
    do {
        part.k = left < depth ? left : depth;
        const std::size_t below = left - part.k;
        along_columns(part, one_narrower_tile ? kPackedVectors : kMostVectors, below < ahead ? below : ahead);
        part.a += part.k * g.a_col;
        part.b += part.k * g.ldb;
        part.start = g.c;
        part.start_row = g.ldc;
        left -= part.k;
    } while (left > 0);
}

}  // namespace thalweg::kernels::THALWEG_ISA
