// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products of a b that is large for the second-level cache: the layers above cut it into blocks, have them
// packed here, strip by strip, and run all of a's rows against each. Where b has many columns, a panel of a's
// rows is packed as it comes along, so that nothing is read with a long stride more than once.
//
// bound   the multiply-add pipes; packing is a load and a store of every element a block
// source  Goto and van de Geijn 2008, with the roles of a and b exchanged: rows are what we load whole
#pragma once

#include "kernels/gemm.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

inline constexpr std::size_t kPackedRows = kTileRows<kPackedVectors>;
template <class T>
inline constexpr std::size_t kPanelRows = kWidth<T> > kPackedRows ? kWidth<T> : kPackedRows;

// Columns that make strips of nearly equal width. Behind 16 registers the others, where few_columns() does
// them better, follow as a vector of their own: 50 columns are two strips of 24 and two columns, not 24, 16
// and 10.
template <class T>
std::size_t strip_columns(std::size_t n) {
    constexpr std::size_t w = kWidth<T>;
    const std::size_t over = n % w;
    return kHasSide<T> && kRegisters != 32 && n > w && over <= w / 4 ? n - over : n;
}

// `lanes` rows of x become a vector of each of k rows, the vectors `stride` apart; other lanes are zero.
template <class T>
[[gnu::always_inline]] inline void pack_turned(const T* x, std::size_t ldx, std::size_t k, std::size_t lanes,
                                               T* to, std::size_t stride) {
    std::size_t p = 0;
    for (; lanes == kWidth<T> && p + kChunk<T> <= k; p += kChunk<T>) {
        Vec<T> columns[kChunk<T>];
        load_columns<T>(x + p, ldx, columns);
#pragma GCC unroll 4
        for (std::size_t e = 0; e < kChunk<T>; ++e) {
            store_full(to + (p + e) * stride, columns[e]);
        }
    }
    for (; p < k; ++p) {
        for (std::size_t l = 0; l < kWidth<T>; ++l) {
            to[p * stride + l] = l < lanes ? x[l * ldx + p] : T(0);
        }
    }
}

// kPanelRows rows of a, column by column.
template <class T>
void pack_panel(const GemmBlock<T>& g, std::size_t i, T* panel) {
    constexpr std::size_t w = kWidth<T>;
    constexpr std::size_t h = kPanelRows<T>;
    const T* const a = g.a + i * g.a_row;
    if (g.a_row == 1) {
        for (std::size_t p = 0; p < g.k; ++p) {
            for (std::size_t r = 0; r < h; r += w) {
                store_full(panel + p * h + r, load_full(a + p * g.a_col + r));
            }
        }
        return;
    }
    if (g.a_col == 1) {
        for (std::size_t r = 0; r < h; r += w) {
            pack_turned(a + r * g.a_row, g.a_row, g.k, w, panel + r, h);
        }
        return;
    }
    for (std::size_t p = 0; p < g.k; ++p) {
        for (std::size_t r = 0; r < h; ++r) {
            panel[p * h + r] = a[r * g.a_row + p * g.a_col];
        }
    }
}

// The tile for r rows, 1 to R, and V vectors.
template <class T, std::size_t V, std::size_t R = kPackedRows>
void packed_tile(std::size_t r, bool partial, const TilePlace<T>& t, const GemmBlock<T>& g, std::size_t i,
                 std::size_t j) {
    if constexpr (R > 1) {
        if (r < R) {
            packed_tile<T, V, R - 1>(r, partial, t, g, i, j);
            return;
        }
    }
    const T* const start = g.start == nullptr ? nullptr : g.start + i * g.start_row + j;
    T* const c = g.c + i * g.ldc + j;
    if constexpr (kSeveralLanes<T>) {
        if (partial) {
            tile<T, R, V, true, false>(t, start, g.start_row, c, g.ldc);
            return;
        }
    }
    tile<T, R, V, false>(t, start, g.start_row, c, g.ldc);
}

// Asks for the rows of c that the next tile starts from: they come from memory, and its first multiply-adds
// would wait.
template <class T>
[[gnu::always_inline]] inline void prefetch_tile(const T* c, std::size_t ldc, std::size_t r,
                                                 std::size_t vectors) {
    for (std::size_t q = 0; q < r; ++q) {
        for (std::size_t v = 0; v < vectors; ++v) {
            prefetch_to_write(c + q * ldc + v * kWidth<T>);
        }
    }
}

// r rows of c from row i on, against all strips; t has a's side filled in.
template <class T>
void packed_rows(std::size_t r, TilePlace<T> t, const GemmBlock<T>& g, std::size_t i) {
    constexpr std::size_t w = kWidth<T>;
    const EvenParts strips((g.n + w - 1) / w, kPackedVectors);
    t.b = g.b;
    std::size_t j = 0;
    for (std::size_t s = 0; s < strips.count; ++s) {
        const std::size_t vectors = strips.of(s);
        const std::size_t left = g.n - j;
        const bool partial = left < vectors * w;
        t.lanes = partial ? left - (vectors - 1) * w : w;
        t.ldb = vectors * w;
        if (s + 1 < strips.count) {
            prefetch_tile(g.c + i * g.ldc + j + vectors * w, g.ldc, r, strips.of(s + 1));
        }
        if (vectors == 1) {
            packed_tile<T, 1>(r, partial, t, g, i, j);
        } else if (kPackedVectors == 2 || vectors == 2) {
            packed_tile<T, 2>(r, partial, t, g, i, j);
        } else {
            packed_tile<T, kPackedVectors>(r, partial, t, g, i, j);
        }
        t.b += g.k * vectors * w;
        j += vectors * w;
    }
}

// All rows against the strips.
template <class T>
void packed_strips(const GemmBlock<T>& g, T* panel) {
    constexpr std::size_t h = kPanelRows<T>;
    TilePlace<T> t{};
    t.k = g.k;
    std::size_t i = 0;
    for (; panel != nullptr && i + h <= g.m; i += h) {
        pack_panel(g, i, panel);
        t.a_row = 1;
        t.a_col = h;
        for (std::size_t r = 0; r < h; r += kPackedRows) {
            t.a = panel + r;
            packed_rows(kPackedRows, t, g, i + r);
        }
    }
    t.a_row = g.a_row;
    t.a_col = g.a_col;
    for (; i < g.m; i += kPackedRows) {
        t.a = g.a + i * g.a_row;
        packed_rows(g.m - i < kPackedRows ? g.m - i : kPackedRows, t, g, i);
    }
}

}  // namespace

// Strips of b one after another, each k rows of whole vectors; lanes beyond n are zero. b is read row by row,
// as memory likes it.
template <class T>
void pack_b(const T* b, std::size_t ldb, std::size_t k, std::size_t n, T* packed) {
    constexpr std::size_t w = kWidth<T>;
    const std::size_t columns = strip_columns<T>(n);
    const EvenParts strips((columns + w - 1) / w, kPackedVectors);
    const std::size_t last_lanes = columns % w;
    for (std::size_t p = 0; p < k; ++p) {
        const T* from = b + p * ldb;
        T* strip = packed;
        for (std::size_t s = 0; s < strips.count; ++s) {
            const std::size_t vectors = strips.of(s);
            const bool partial = last_lanes != 0 && s + 1 == strips.count;
            const std::size_t whole = partial ? vectors - 1 : vectors;
            T* const to = strip + p * vectors * w;
            for (std::size_t v = 0; v < whole; ++v) {
                store_full(to + v * w, load_full(from + v * w));
            }
            if (partial) {
                store_full(to + whole * w, load_partial(from + whole * w, last_lanes));
            }
            from += vectors * w;
            strip += k * vectors * w;
        }
        if (columns < n) {
            store_full(strip + p * w, load_partial(from, n - columns));
        }
    }
}

// The same from columns that lie as rows, strip by strip.
template <class T>
void pack_b_turned(const T* b, std::size_t ldb, std::size_t k, std::size_t n, T* packed) {
    constexpr std::size_t w = kWidth<T>;
    const std::size_t columns = strip_columns<T>(n);
    const EvenParts strips((columns + w - 1) / w, kPackedVectors);
    std::size_t j = 0;
    for (std::size_t s = 0; s <= strips.count && j < n; ++s) {
        // Behind the strips, the columns of a vector of their own.
        const std::size_t vectors = s < strips.count ? strips.of(s) : 1;
        for (std::size_t v = 0; v < vectors; ++v, j += w) {
            const std::size_t end = s < strips.count ? columns : n;
            pack_turned(b + j * ldb, ldb, k, end - j < w ? end - j : w, packed + v * w, vectors * w);
        }
        packed += k * vectors * w;
    }
}

// gemm for a b that pack_b() has packed. panel: room for kPanelRows * k elements; nullptr: a is read where it
// lies.
template <class T>
void gemm_packed(const GemmBlock<T>& g, T* panel) {
    GemmBlock<T> main = g;
    main.n = strip_columns<T>(g.n);
    if (main.n == g.n) {
        packed_strips(main, panel);
        return;
    }
    if constexpr (kHasSide<T>) {
        GemmBlock<T> rest = g;
        rest.n = g.n - main.n;
        rest.b += g.k * main.n;
        rest.ldb = kWidth<T>;
        rest.c += main.n;
        rest.start = g.start == nullptr ? nullptr : g.start + main.n;
        by_row_groups(g, [&](std::size_t i, std::size_t end) {
            packed_strips(rows_of(main, i, end), panel);
            gemm(rows_of(rest, i, end));
        });
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
