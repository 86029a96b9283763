// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Ten columns without gaps, the book's output layer, between memory and registers of 512 bits.
//
// Half a group, kWidth / 2 rows, is five registers, and pair c of its row r stands in lane pair (5 r + c) mod
// (kWidth / 2) of one of them: the rows of one c fall on different lanes, because 5 is odd. So blends collect
// a pair of columns, and one permutation of two halves gives each column with its rows in order.
//
// bound   80 blends (any port) and 20 permutations for a group there and back
#pragma once

#include "kernels/vec_types.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Lane i of the result: lane index[i] of a, or index[i] - kWidth of b.
[[gnu::always_inline]] inline Floats permute_pair(Floats a, Floats b, const std::int32_t* index) {
    return _mm512_permutex2var_ps(a, _mm512_load_si512(index), b);
}
[[gnu::always_inline]] inline Doubles permute_pair(Doubles a, Doubles b, const std::int64_t* index) {
    return _mm512_permutex2var_pd(a, _mm512_load_si512(index), b);
}
[[gnu::always_inline]] inline Floats take_lanes(unsigned lanes, Floats a, Floats b) {
    return _mm512_mask_mov_ps(b, static_cast<__mmask16>(lanes), a);
}
[[gnu::always_inline]] inline Doubles take_lanes(unsigned lanes, Doubles a, Doubles b) {
    return _mm512_mask_mov_pd(b, static_cast<__mmask8>(lanes), a);
}

inline constexpr bool kTenColumns = true;

template <class T>
struct TenColumns {
    static constexpr std::size_t kPairs = kWidth<T> / 2;
    using Index = decltype([] {
        if constexpr (sizeof(T) == 4) {
            return std::int32_t{};
        } else {
            return std::int64_t{};
        }
    }());
    struct Tables {
        unsigned lanes[5][5];                       // of register k: those that belong to pair c
        alignas(64) Index gather[10][kWidth<T>];    // column from collected halves
        alignas(64) Index spread[5][2][kWidth<T>];  // a half's collected pairs from two columns
    };
    static constexpr Tables make() {
        Tables t{};
        for (std::size_t k = 0; k < 5; ++k) {
            for (std::size_t l = 0; l < kPairs; ++l) {
                t.lanes[k][(kPairs * k + l) % 5] |= 3U << (2 * l);
            }
        }
        for (std::size_t c = 0; c < 5; ++c) {
            for (std::size_t i = 0; i < kWidth<T>; ++i) {
                const std::size_t half = i / kPairs;
                const std::size_t lane = 2 * ((5 * i + c) % kPairs);
                for (std::size_t odd = 0; odd < 2; ++odd) {
                    t.gather[2 * c + odd][i] = static_cast<Index>(half * kWidth<T> + lane + odd);
                    t.spread[c][half][lane + odd] = static_cast<Index>(odd * kWidth<T> + i);
                }
            }
        }
        return t;
    }
};

// The group's first n elements, the others zero.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_up_to(const T* x, std::size_t i, std::size_t n) {
    return i + kWidth<T> <= n ? load_full(x + i) : i < n ? load_partial(x + i, n - i) : Vec<T>(T(0));
}
template <class T>
[[gnu::always_inline]] inline void store_up_to(T* y, std::size_t i, std::size_t n, Vec<T> v) {
    if (i + kWidth<T> <= n) {
        store_full(y + i, v);
    } else if (i < n) {
        store_partial(y + i, v, n - i);
    }
}

// rows: at most kWidth<T>; missing ones are zero.
template <class T>
[[gnu::always_inline]] inline void read_ten_columns(const T* x, std::size_t rows, Vec<T>* columns) {
    static constexpr auto kTables = TenColumns<T>::make();
    Vec<T> half[2][5];
#pragma GCC unroll 2
    for (std::size_t h = 0; h < 2; ++h) {
        Vec<T> in[5];
#pragma GCC unroll 5
        for (std::size_t k = 0; k < 5; ++k) {
            in[k] = load_up_to(x, (5 * h + k) * kWidth<T>, 10 * rows);
        }
#pragma GCC unroll 5
        for (std::size_t c = 0; c < 5; ++c) {
            half[h][c] = in[0];
#pragma GCC unroll 4
            for (std::size_t k = 1; k < 5; ++k) {
                half[h][c] = take_lanes(kTables.lanes[k][c], in[k], half[h][c]);
            }
        }
    }
#pragma GCC unroll 10
    for (std::size_t j = 0; j < 10; ++j) {
        columns[j] = permute_pair(half[0][j / 2], half[1][j / 2], kTables.gather[j]);
    }
}

template <class T>
[[gnu::always_inline]] inline void write_ten_columns(T* y, std::size_t rows, const Vec<T>* columns) {
    static constexpr auto kTables = TenColumns<T>::make();
#pragma GCC unroll 2
    for (std::size_t h = 0; h < 2; ++h) {
        Vec<T> pairs[5];
#pragma GCC unroll 5
        for (std::size_t c = 0; c < 5; ++c) {
            pairs[c] = permute_pair(columns[2 * c], columns[2 * c + 1], kTables.spread[c][h]);
        }
#pragma GCC unroll 5
        for (std::size_t k = 0; k < 5; ++k) {
            Vec<T> out = pairs[0];
#pragma GCC unroll 4
            for (std::size_t c = 1; c < 5; ++c) {
                out = take_lanes(kTables.lanes[k][c], pairs[c], out);
            }
            store_up_to(y, (5 * h + k) * kWidth<T>, 10 * rows, out);
        }
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
