// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The sizes at which loops over vectors, tiles and tails go wrong, and the book's own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <vector>

namespace thalweg::test {

// A list to loop over.
using Sizes = std::initializer_list<std::size_t>;

inline std::vector<std::size_t> sorted_unique(std::vector<std::size_t> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

// Around one and four vectors of every width from 16 to 64 bytes, primes, and a row of the book's images.
template <class T>
std::vector<std::size_t> lengths() {
    std::vector<std::size_t> all = {0, 1, 2, 3, 13, 97, 251, 784, 1009};
    for (std::size_t bytes = 16; bytes <= 64; bytes *= 2) {
        const std::size_t width = bytes / sizeof(T);
        for (const std::size_t vectors : Sizes{1, 2, 4, 8}) {
            all.insert(all.end(), {vectors * width - 1, vectors * width, vectors * width + 1});
        }
    }
    return sorted_unique(all);
}

// Around one, two and three register tiles of this size.
inline std::vector<std::size_t> around_tiles(std::size_t tile) {
    return sorted_unique({0, 1, 2, tile - 1, tile, tile + 1, 2 * tile - 1, 2 * tile, 3 * tile + 1});
}

// A product [m,k] * [k,n].
struct ProductShape {
    std::size_t m;
    std::size_t n;
    std::size_t k;
};

// The two-layer net's products forward and backward, then primes, deep, narrow, shallow and vectors.
inline std::vector<ProductShape> book_products() {
    return {{100, 50, 784}, {100, 10, 50}, {784, 50, 100}, {50, 10, 100}, {100, 50, 10}, {101, 103, 107},
            {3, 5, 5000},   {500, 1, 300}, {1, 500, 300},  {65, 129, 2},  {1, 1, 1000},  {7, 1, 1}};
}

}  // namespace thalweg::test
