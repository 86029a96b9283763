// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the inputs of a unit share: the weights of the nodes at which its moves were evaluated, and the
// products of these weights with the values there, leaving out inputs that are 0.
//
// error   node_weights: a few roundings of each factor; products: k*eps * |a||q|, chains
// bound   add_products: the load and store of each sum, node_weights: the multiply-add pipes
// source  docs/numerics.md, "shared evaluations"
#pragma once

#include "kernels/table.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

using Double = Vec<double>;

// f(vector of x, from where) for the moves of one row, whole vectors first.
template <class F>
[[gnu::always_inline]] inline void along_moves(const double* x, double* y, std::size_t n, F f) {
    constexpr std::size_t w = kWidth<double>;
    std::size_t r = 0;
    for (; r + w <= n; r += w) {
        store_full(y + r, f(load_full(x + r), r, w));
    }
    if (r < n) {
        store_partial(y + r, f(load_partial(x + r, n - r), r, n - r), n - r);
    }
}

inline void node_weights(const NodeWeights& d) {
    for (std::size_t k = 0; k < d.nodes; ++k) {
        along_moves(d.z, d.y + k * d.ldy, d.n, [&](Double z, std::size_t, std::size_t) THALWEG_INLINE_LAMBDA {
            const Double part = z * Double(d.scale);
            const Double square = part * part;
            Double weight = z * Double(d.c[k]);
            for (std::size_t j = 0; j < d.nodes; ++j) {
                if (j != k) {
                    weight = weight * (square - Double(d.t[j]));
                }
            }
            return weight;
        });
    }
}

// So many vectors of a row are worked on at a time.
inline constexpr std::size_t kStrip = 4;

// Of V vectors at column j, whose sums stay in the first cache while all samples pass. A store through a
// vector may change anything, so what the loops need of d lies in variables.
template <std::size_t V, bool kTwoNodes>
[[gnu::always_inline]] inline void add_products_to(const AddProducts& d, std::size_t j) {
    const std::size_t nodes = d.nodes;
    const std::size_t lda = d.lda;
    const std::size_t ldq = d.ldq;
    const std::size_t ldy = d.ldy;
    const std::size_t samples = d.samples;
    double* const y = d.y + j;
    for (std::size_t n = 0; n < samples; ++n) {
        const std::uint32_t* const rows = d.rows + n * d.ldrows;
        const double* const a = d.a + n * nodes * lda;
        const double* const q = d.q + n * nodes * ldq + j;
        Double first[V];
        Double second[V];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < V; ++v) {
            first[v] = load_full(q + v * kWidth<double>);
            second[v] = load_full(q + ldq + v * kWidth<double>);
        }
        const std::uint32_t* const part = d.part + n * d.ldpart;
        const std::size_t end = part[1];
        for (std::size_t e = part[0]; e < end; ++e) {
            double* const to = y + rows[e] * ldy;
            const Double of_first(a[e]);
            const Double of_second(a[lda + e]);
#pragma GCC unroll 4
            for (std::size_t v = 0; v < V; ++v) {
                Double sum = load_full(to + v * kWidth<double>);
                sum = fma(of_second, second[v], fma(of_first, first[v], sum));
                for (std::size_t k = 2; !kTwoNodes && k < nodes; ++k) {
                    sum = fma(Double(a[k * lda + e]), load_full(q + k * ldq + v * kWidth<double>), sum);
                }
                store_full(to + v * kWidth<double>, sum);
            }
        }
    }
}

template <bool kTwoNodes>
[[gnu::always_inline]] inline void add_products_of(const AddProducts& d) {
    constexpr std::size_t w = kWidth<double>;
    std::size_t j = 0;
    for (; j + kStrip * w <= d.cols; j += kStrip * w) {
        add_products_to<kStrip, kTwoNodes>(d, j);
    }
    for (; j < d.cols; j += w) {
        add_products_to<1, kTwoNodes>(d, j);
    }
}

// There are two nodes at least.
inline void add_products(const AddProducts& d) {
    if (d.nodes == 2) {
        add_products_of<true>(d);
    } else {
        add_products_of<false>(d);
    }
}

template <std::size_t V>
[[gnu::always_inline]] inline void row_product_of(const RowProduct& d, std::size_t j, std::size_t n) {
    Double sum[V];
#pragma GCC unroll 8
    for (std::size_t v = 0; v < V; ++v) {
        sum[v] = load_partial_or_full(d.start + j + v * kWidth<double>, n);
    }
    for (std::size_t e = 0; e < d.count; ++e) {
        const double* const w = d.w + d.rows[e] * d.ldw + j;
        const Double x(d.x[e]);
#pragma GCC unroll 8
        for (std::size_t v = 0; v < V; ++v) {
            sum[v] = fma(x, load_partial_or_full(w + v * kWidth<double>, n), sum[v]);
        }
    }
#pragma GCC unroll 8
    for (std::size_t v = 0; v < V; ++v) {
        store_partial_or_full(d.y + j + v * kWidth<double>, sum[v], n);
    }
}

inline void row_product(const RowProduct& d) {
    constexpr std::size_t w = kWidth<double>;
    std::size_t j = 0;
    for (; j + 2 * kStrip * w <= d.cols; j += 2 * kStrip * w) {
        row_product_of<2 * kStrip>(d, j, w);
    }
    for (; j + kStrip * w <= d.cols; j += kStrip * w) {
        row_product_of<kStrip>(d, j, w);
    }
    for (; j + w <= d.cols; j += w) {
        row_product_of<1>(d, j, w);
    }
    if (j < d.cols) {
        row_product_of<1>(d, j, d.cols - j);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
