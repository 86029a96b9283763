// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// f(x + h e_i) - f(x - h e_i) for the two-layer net, sample by sample, where every move is small. Nothing is
// subtracted that is nearly equal: exact identities give the difference itself.
//
// Moving the input a of a hidden unit z = sigmoid(a) by +u and -u moves z by d+ and d-:
//     t = (d+ - d-)/2 = z(1-z) sinh(u) / D,   s = (d+ + d-)/2 = z(1-z)(1-2z)(cosh(u)-1) / D
//     D = 1 + 2 z(1-z) (cosh(u)-1)
// Class c then has e^(s v) e^(+-t v) times its old weight p_c, v = w_c - w_label, so that
//     G = sum p_c e^(s v) sinh(t v),   A = sum p_c e^(s v) cosh(t v)     p+- = p_label / (A +- G)
//     f+ - f- = log((p- + eps) / (p+ + eps)) = 2 artanh(G / (A + q (A^2 - G^2))),   q = eps / p_label
// Every exponential is evaluated class by class; no derivative of anything is formed. The polynomials below
// hold in the ranges of nn/difference/small_moves.hpp, which the caller checks; difference_any.hpp has none.
//
// error   a few ULP of each term; see docs/numerics.md
// bound   the multiply-add pipes: 8 operations a class for every vector of (unit, input value), 25 besides
// source  identities: docs/numerics.md
#pragma once

#include "kernels/table.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// 2 artanh(g / (a + q (a^2 - g^2))).
template <class T>
[[gnu::always_inline]] inline Vec<T> small_loss_difference(Vec<T> g, Vec<T> a, Vec<T> q) {
    using V = Vec<T>;
    const V r = divide(g, fma(q, fma(a, a, -(g * g)), a));
    const V square = r * r;
    return r * fma(square, fma(square, V(T(0.4)), V(T(2.0 / 3))), V(T(2)));
}

// One unit, or a vector of them, and E inputs, or vectors of them: lanes run along whichever the caller
// likes. weight(c): the class's v.
template <class T, std::size_t E, class Weight>
[[gnu::always_inline]] inline void small_unit_differences(const UnitDifferences<T>& d, Vec<T> z, Vec<T> zm,
                                                          const Vec<T> (&sinh)[E], const Vec<T> (&cosh1)[E],
                                                          Weight weight, Vec<T> (&y)[E]) {
    using V = Vec<T>;
    const V zz = z * zm;
    const V half_slope = T(0.5) * (zm - z);
    V t[E];
    V s[E];
    V g[E];
    V a[E];
#pragma GCC unroll 4
    for (std::size_t e = 0; e < E; ++e) {
        const V excess = (cosh1[e] + cosh1[e]) * zz;
        const V inverse = fma(excess, excess - V(T(1)), V(T(1)));
        t[e] = (sinh[e] * zz) * inverse;
        s[e] = (excess * half_slope) * inverse;
        g[e] = V(T(0));
        a[e] = V(d.p[d.label]);
    }
    for (std::size_t c = 0; c < d.classes; ++c) {
        if (c == d.label) {
            continue;
        }
        const V v = weight(c);
        const V p(d.p[c]);
#pragma GCC unroll 4
        for (std::size_t e = 0; e < E; ++e) {
            const V tv = t[e] * v;
            const V one_sv = fma(s[e], v, V(T(1)));
            const V square = tv * tv;
            g[e] = fma(p * tv, fma(square, V(T(1.0 / 6)), one_sv), g[e]);
            a[e] = fma(p, fma(square, V(T(0.5)), one_sv), a[e]);
        }
    }
#pragma GCC unroll 4
    for (std::size_t e = 0; e < E; ++e) {
        y[e] = small_loss_difference<T>(g[e], a[e], V(d.q));
    }
}

// A whole vector of units from unit j on, inputs e to e + E - 1.
template <class T, std::size_t E>
[[gnu::always_inline]] inline void along_units(const UnitDifferences<T>& d, std::size_t j, std::size_t e) {
    using V = Vec<T>;
    V sinh[E];
    V cosh1[E];
    V y[E];
#pragma GCC unroll 4
    for (std::size_t i = 0; i < E; ++i) {
        sinh[i] = V(d.sinh[e + i]);
        cosh1[i] = V(d.cosh1[e + i]);
    }
    const T* const w = d.w + j;
    const std::size_t ldw = d.ldw;
    const V label = load_full(w + d.label * ldw);
    small_unit_differences<T, E>(
        d, load_full(d.z + j), load_full(d.zm + j), sinh, cosh1,
        [=](std::size_t c) THALWEG_INLINE_LAMBDA { return load_full(w + c * ldw) - label; }, y);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < E; ++i) {
        store_full(d.y + (e + i) * d.ldy + j, y[i]);
    }
}

// One unit against all inputs.
template <class T>
void along_inputs(const UnitDifferences<T>& d, std::size_t j) {
    using V = Vec<T>;
    constexpr std::size_t w = kWidth<T>;
    const T* const weights = d.w + j;
    const std::size_t ldw = d.ldw;
    const T label = weights[d.label * ldw];
    for (std::size_t e = 0; e < d.inputs; e += w) {
        const std::size_t lanes = d.inputs - e < w ? d.inputs - e : w;
        const V sinh[1] = {load_partial_or_full(d.sinh + e, lanes)};
        const V cosh1[1] = {load_partial_or_full(d.cosh1 + e, lanes)};
        V y[1];
        small_unit_differences<T, 1>(
            d, V(d.z[j]), V(d.zm[j]), sinh, cosh1,
            [=](std::size_t c) THALWEG_INLINE_LAMBDA { return V(weights[c * ldw] - label); }, y);
        T values[w];
        store_full(values, y[0]);
        for (std::size_t l = 0; l < lanes; ++l) {
            d.y[(e + l) * d.ldy + j] = values[l];
        }
    }
}

// So many inputs share a load of v and p.
inline constexpr std::size_t kInputsAtOnce = kRegisters == 32 ? 4 : 2;

// The same for the weight from unit j to class k: it moves one logit by u = h z_j. With k the label all
// others move the other way. In double for both element types: these gradients are the largest, and all of
// them together are a fiftieth of the work.
inline void output_differences(const OutputDifferences& d) {
    using T = double;
    using V = Vec<T>;
    for (std::size_t k = 0; k < d.classes; ++k) {
        const bool right = k == d.label;
        const V moved(right ? d.others : d.p[k]);
        const V moved_towards(right ? -d.others : d.p[k]);
        for (std::size_t j = 0; j < d.units; j += kWidth<T>) {
            const std::size_t lanes = d.units - j < kWidth<T> ? d.units - j : kWidth<T>;
            const V g = moved_towards * load_partial_or_full(d.sinh + j, lanes);
            const V a = fma(moved, load_partial_or_full(d.cosh1 + j, lanes), V(T(1)));
            T* const sum = d.sum + k * d.ldsum + j;
            store_partial_or_full(
                sum, load_partial_or_full(sum, lanes) + small_loss_difference<T>(g, a, V(d.q)), lanes);
        }
    }
}

}  // namespace

// Lanes along the units as far as these fill vectors, along the inputs for the few units left.
template <class T>
void unit_differences(const UnitDifferences<T>& d) {
    std::size_t j = 0;
    for (; j + kWidth<T> <= d.units; j += kWidth<T>) {
        std::size_t e = 0;
        for (; e + kInputsAtOnce <= d.inputs; e += kInputsAtOnce) {
            along_units<T, kInputsAtOnce>(d, j, e);
        }
        for (; e < d.inputs; ++e) {
            along_units<T, 1>(d, j, e);
        }
    }
    if constexpr (kSeveralLanes<T>) {
        for (; j < d.units; ++j) {
            along_inputs(d, j);
        }
    }
}

// y[rows[i]][j] += x[slots[i]][j]
template <class T>
void add_rows(const AddRows<T>& d) {
    for (std::size_t i = 0; i < d.count; ++i) {
        const T* const x = d.x + d.slots[i] * d.ldx;
        T* const y = d.y + d.rows[i] * d.ldy;
        map2(x, y, y, d.cols, [](Vec<T> from, Vec<T> to) { return to + from; });
    }
}

}  // namespace thalweg::kernels::THALWEG_ISA
