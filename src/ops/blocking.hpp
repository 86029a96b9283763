// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The sizes by which a product is cut for the caches: data, in one place. They were measured, on one machine;
// no size changes a bit of any result.
#pragma once

#include <cstddef>

namespace thalweg::ops {

struct CacheBlocking {
    // A b of at most this size, half of a common second-level cache, is read where it lies.
    std::size_t direct_bytes = std::size_t{512} << 10;

    // A larger b is packed for so many rows and more, and read as it comes (streamed) for fewer: a vector
    // packed costs two to three multiply-adds and is used once a row. Around this number both ways take as
    // long (1.6 to 16 MB of b).
    std::size_t fewest_rows_to_pack = 24;

    // A packed block of b has at most depth() rows, column_bytes of each column, and at most `cols` columns:
    // two megabytes. Every element of c is loaded and stored once in depth() steps, every element of a packed
    // once in `cols` columns. Both come from farther away than the packed block, which is read in order at 8
    // bytes a cycle, so a block that overflows the second-level cache costs less than a smaller one: 384 x
    // 768 was 3 to 5 % slower at squares from 1024 on.
    std::size_t column_bytes = 2048;
    std::size_t cols = 1056;

    // With fewer rows than many_rows, c is small and the packed block is soon used up: `shallow_depth` rows
    // of b keep it in the second-level cache.
    std::size_t many_rows = 64;
    std::size_t shallow_depth = 64;

    // Rows of a packed block: column_bytes of each column.
    template <class T>
    constexpr std::size_t depth() const {
        return column_bytes / sizeof(T);
    }
};

}  // namespace thalweg::ops
