// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Mini-batches of rows that lie anywhere in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "core/prefetch.hpp"
#include "dispatch/dispatch.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/images.hpp"

namespace thalweg::data {

// Rows drawn at random come from memory: without asking early, most of gathering is waiting.
inline constexpr std::size_t kRowsAhead = 6;
// Of a long row only the beginning; by then the processor has seen where this is going.
inline constexpr std::size_t kBytesAhead = 4096;

// Where rows lie: row i begins i * row_bytes after data.
struct RowSource {
    const void* data;
    std::size_t row_bytes;

    void ask_for(std::size_t row) const noexcept {
        const auto* const begin = static_cast<const unsigned char*>(data) + row * row_bytes;
        for (std::size_t at = 0; at < std::min(row_bytes, kBytesAhead); at += 64) {
            core::prefetch(begin + at);
        }
    }
};

// Calls copy(k, row_of(k)) for each k below count; `elements` are written in all.
template <class RowOf, class Copy>
void gather_rows(const RowSource& source, std::size_t count, std::size_t elements, const RowOf& row_of,
                 const Copy& copy) {
    parallel::run(parallel::team_size(elements, parallel::kConversionGrain), [&](parallel::Part part) {
        const parallel::Part::Range mine = part.share(count, 1);
        const std::size_t early = std::min(mine.last, mine.first + kRowsAhead);
        for (std::size_t k = mine.first; k < early; ++k) {
            source.ask_for(row_of(k));
        }
        for (std::size_t k = mine.first; k < mine.last; ++k) {
            if (k + kRowsAhead < mine.last) {
                source.ask_for(row_of(k + kRowsAhead));
            }
            copy(k, row_of(k));
        }
    });
}

// Row k of x becomes image row_of(k), of which there are as many as x has rows; then(k, image) does what else
// is to be done.
template <class T, class RowOf, class Then>
void gather_images(const Dataset& images, MatrixView<T> x, ImageOptions options, const RowOf& row_of,
                   const Then& then) {
    const auto convert = dispatch::active<T>().pixels;
    const std::uint8_t* const pixels = images.pixels().data();
    const std::size_t cols = images.image_size();
    gather_rows({pixels, cols}, x.rows(), x.size(), row_of, [&](std::size_t k, std::size_t image) {
        convert(pixels + image * cols, options.normalize, x.data() + k * x.ld(), cols);
        then(k, image);
    });
}

}  // namespace thalweg::data
