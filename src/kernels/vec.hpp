// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The vocabulary every kernel is written in: a vector of T, loads and stores whole and partial, fma,
// selection, bits, and map() over arrays. vec_simd.hpp gives it on xsimd, vec_scalar.hpp at width 1; above
// this line nobody knows which. The names differ from xsimd's own (select, load, store) on purpose:
// argument-dependent lookup would mix the two.
//
//   Vec<T>, kWidth<T>        + - * / and comparisons by operators, Vec<T>(value) broadcasts
//   kSeveralLanes<T>         false at width 1, where nothing is ever left beside whole vectors
//   load_full, store_full    unaligned
//   load_partial             the first n lanes from memory, the others zero; touches nothing beyond them
//   store_partial            the first n lanes
//   fma(a, b, c)             a*b + c with one rounding where kHasFma, with two elsewhere: never the
//                            compiler's choice
//   negated(x)               -x where the sign of a zero counts
//   divide(a, b)             a/b correctly rounded; the operator is not, on NEON
//   choose(mask, a, b)       lane by lane, a where mask is true
//   both, either             of two masks
//   square_root(x)           correctly rounded
//   Register<T>              what a vector is to the compiler, to be passed from function to function
//   leave_vectors()          behind calls that pass Registers: x86 code without AVX is several times slower
//                            while the upper halves are in use, and GCC does not clear them here
//   any_lane, all_lanes      whether any lane of a mask is true, or all
//   is_nan(x)                lane by lane; x != x is not to be trusted
//   to_bits, from_bits       the same bits as unsigned integers and back; + - & | << >> on them
//   in_double(x, f)          f on the lanes of a float vector in double, rounded once to float; with a third
//                            argument, f gives two results, the second by reference
//   lookup(table, index)     table[low bits of index] from a table of floats that lives in registers;
//                            kLookupFloats, the largest that takes one instruction, is 0 where there is no
//                            such thing. The same from a table of 16 doubles, everywhere
//   lookup_pairs             table[index][0] and table[index][1] from a table of doubles in memory
//   lanes_that_differ(a, b)  where kLookupFloats is not 0: bit l is set where lane l of a is not that of b,
//   or
//                            one of them is NaN
//   larger_unsigned(a, b)    likewise: the larger of unsigned integers
//   lanes_beyond(x, reach)   likewise: bit l is set where lane l of x, unsigned, is above reach
//   load_pixels(p)           kWidth<float> bytes as floats
#pragma once

#include "kernels/compiler.hpp"
#include "kernels/isa.hpp"

// The level's own header, vec_<level>.hpp: width and number of registers, intrinsics, and the rest on xsimd.
#include THALWEG_VEC

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class T>
inline constexpr bool kSeveralLanes = kWidth<T> != 1;

// The larger and the smaller of two, lane by lane; b where they do not compare. x86 has instructions that do
// just that, vec_avx2.hpp.
template <class V>
[[gnu::always_inline]] inline V larger(V a, V b) {
    return choose(a > b, a, b);
}
template <class V>
[[gnu::always_inline]] inline V smaller(V a, V b) {
    return choose(a < b, a, b);
}

// vec_128.hpp has NEON's.
template <class V>
[[gnu::always_inline]] inline V divide(V a, V b) {
    return a / b;
}

// The first n lanes of v, the others zero.
template <class T>
[[gnu::always_inline]] inline Vec<T> first_lanes(Vec<T> v, std::size_t n) {
    T lanes[kWidth<T>];
    store_full(lanes, v);
    return load_partial(lanes, n);
}
// table[index] of each lane as double, from a table of any length and type, one lane after the other.
template <class Element, std::size_t kRows, class Bits>
[[gnu::always_inline]] inline Vec<double> lookup_each(const Element (&table)[kRows], Bits index) {
    std::uint64_t rows[kWidth<double>];
    double found[kWidth<double>];
    store_bits(rows, index);
    for (std::size_t i = 0; i < kWidth<double>; ++i) {
        found[i] = static_cast<double>(table[rows[i]]);
    }
    return load_full(found);
}
// load_partial with the lanes of `rest` beyond n.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_partial_over(const T* p, std::size_t n, Vec<T> rest) {
    T lanes[kWidth<T>];
    store_full(lanes, rest);
    store_partial(lanes, load_partial(p, n), n);
    return load_full(lanes);
}

// The first n lanes, n from 1 to all of them; a whole vector needs no mask.
template <class T>
[[gnu::always_inline]] inline Vec<T> load_partial_or_full(const T* p, std::size_t n) {
    return n == kWidth<T> ? load_full(p) : load_partial(p, n);
}
template <class T>
[[gnu::always_inline]] inline void store_partial_or_full(T* p, Vec<T> v, std::size_t n) {
    if (n == kWidth<T>) {
        store_full(p, v);
    } else {
        store_partial(p, v, n);
    }
}

// -x for zeros, too: xsimd 8.1 has 0 - x for the minus sign at AVX-512, and +0 stays +0.
[[gnu::always_inline]] inline Vec<double> negated(Vec<double> x) {
    return x * Vec<double>(-1.0);
}

// All lanes combined: upper half onto lower until one is left.
template <class T, class Op>
[[gnu::always_inline]] inline T fold_lanes(Vec<T> v, Op op) {
    T lanes[kWidth<T>];
    store_full(lanes, v);
#pragma GCC unroll 4
    for (std::size_t half = kWidth<T> / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
        for (std::size_t l = 0; l < half; ++l) {
            lanes[l] = op(lanes[l], lanes[l + half]);
        }
    }
    return lanes[0];
}

// y[i] = f(x[i]): whole vectors, then one partial step through the same f, so that an element's result does
// not depend on where it stands.
template <class T, class F>
[[gnu::always_inline]] inline void map(const T* x, T* y, std::size_t n, F f) {
    std::size_t i = 0;
    for (; i + kWidth<T> <= n; i += kWidth<T>) {
        store_full(y + i, f(load_full(x + i)));
    }
    if (i < n) {
        store_partial(y + i, f(load_partial(x + i, n - i)), n - i);
    }
}

// y[i] = f(x1[i], x2[i]).
template <class T, class F>
[[gnu::always_inline]] inline void map2(const T* x1, const T* x2, T* y, std::size_t n, F f) {
    std::size_t i = 0;
    for (; i + kWidth<T> <= n; i += kWidth<T>) {
        store_full(y + i, f(load_full(x1 + i), load_full(x2 + i)));
    }
    if (i < n) {
        store_partial(y + i, f(load_partial(x1 + i, n - i), load_partial(x2 + i, n - i)), n - i);
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
