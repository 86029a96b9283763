// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How a product is cut for the caches: sizes that follow from the caches and from the level's tile, in one
// place. No size changes a bit of any result.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/table.hpp"
#include "thalweg/simd.hpp"

namespace thalweg::ops {

// Sizes are elements, where they are not bytes.
struct Blocking {
    // A b of more than so many bytes is packed for this many rows of a and more: a vector packed costs two to
    // three multiply-adds and is used once a row. Around this number both ways take as long (1.6 to 16 MB of
    // b).
    std::size_t direct_bytes;
    std::size_t fewest_rows_to_pack = 24;

    // A b whose rows lie a multiple of 512 bytes apart shares few sets of the first cache: of a page, which
    // is as far as a way reaches, every 512th. More than so many rows at one place are packed whatever their
    // size, for more than many_rows rows of a: eight ways hold half of them, in strips of two lines. 0:
    // never.
    std::size_t most_rows_at_one_place;

    // For fewer rows a b of more than so many bytes is read as it comes (streamed).
    std::size_t resident_bytes;

    // For one row of a, a b of so many columns that strips do not take them at once is streamed from fewer
    // bytes on (100 x 100: 0.9 of the speed, 256 x 128: 1.15).
    std::size_t one_row_bytes;
    std::size_t fewest_cols_of_one_row;

    // So many rows of b are streamed at a time. From memory they are as many as the prefetchers follow and as
    // the first TLB has pages for, while the next ones are asked for; up to near_bytes, from the third cache,
    // as many as make up for c, which is loaded and stored for each time. With 8 rows of a and 3 MB of b, 32
    // are 1.3 times as fast as 8; with 16 MB of b half as fast.
    std::size_t near_bytes;
    std::size_t near_depth;
    std::size_t far_depth = 8;
    std::size_t far_ahead;

    // A packed block of b has at most `depth` rows and `cols` columns. For fewer than many_rows rows of a,
    // which are soon done with a block, it stays in the second-level cache: shallow_bytes, but not below
    // shallow_depth rows.
    std::size_t depth;
    std::size_t cols;  // to be rounded up to whole strips
    std::size_t many_rows = 64;
    std::size_t shallow_depth = 64;
    std::size_t shallow_bytes;

    // A b that several products share is packed as a whole, up to so many bytes.
    std::size_t most_kept_bytes = std::size_t{4} << 20;

    // a is packed, too, where so many columns use a panel of it.
    std::size_t fewest_cols_to_pack_a;
};

inline std::size_t round_up(std::size_t n, std::size_t unit) {
    return (n + unit - 1) / unit * unit;
}

template <class T>
Blocking blocking_of(const kernels::Kernels<T>& kernel, const CacheSizes& caches) {
    Blocking blocking{};
    // Strips of a b that is not packed are read from the second cache with a stride. 24 accumulators take
    // half of that cache without loss; 12 use every vector half as often, and a quarter was the border (at
    // 512 KB, 100 to 130 KB of b took as long either way, 313 KB a third longer unpacked).
    blocking.direct_bytes = kernel.gemm_wide ? caches.l2 / 2 : caches.l2 / 4;
    blocking.most_rows_at_one_place = kernel.gemm_wide ? 0 : 16;
    blocking.resident_bytes = kernel.gemm_wide ? caches.l2 / 2 : caches.l2;
    blocking.one_row_bytes = kernel.gemm_wide ? blocking.resident_bytes : 2 * caches.l1_data;
    blocking.fewest_cols_of_one_row = 8 * kernel.gemm_lanes + 1;
    blocking.near_bytes = caches.l3 / 4;  // others have their share of it
    blocking.near_depth = kernel.gemm_wide ? 8 : 32;
    blocking.far_ahead = kernel.gemm_wide ? 0 : blocking.far_depth;
    blocking.shallow_bytes = kernel.gemm_wide ? 0 : caches.l2 / 2;
    // Packed, strips are read in order, at 16 bytes a cycle, by one panel of a after the other, which a
    // second cache delivers. Every element of c is loaded and stored once in `depth` steps, every element of
    // a packed once in `cols` columns. Both come from farther away than the block, so a block of two
    // megabytes, most of it in the third cache, costs less than a smaller one: 384 x 768 was 3 to 5 % slower
    // at squares from 1024 on with 1 MB of second cache, 512 x 528 with 512 KB. Strips that stay in the first
    // cache, for which depth would be a third, were 5 to 15 % slower at all squares.
    constexpr std::size_t kColumnBytes = 2048;
    blocking.depth = kColumnBytes / sizeof(T);
    constexpr std::size_t kBlockBytes = std::size_t{2} << 20;
    blocking.cols = std::min(kBlockBytes, caches.l3 / 2) / kColumnBytes;
    blocking.fewest_cols_to_pack_a = kernel.gemm_wide ? 0 : 5 * kernel.gemm_cols;
    return blocking;
}

}  // namespace thalweg::ops
