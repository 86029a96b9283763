// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The operations of array programs on vectors: one struct each, named as in array_step.hpp. A mask is a
// vector whose lanes have all bits set, or none.
//
// error   at most one rounding each; floor, ceil and round are exact
// source  NumPy's universal functions, for NaN, infinities and the signs of zeros, too
#pragma once

#include "kernels/array_step.hpp"
#include "kernels/vec.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class T>
[[gnu::always_inline]] inline Vec<T> all_bits() {
    using Bits = decltype(to_bits(Vec<T>(T(0))));
    return from_bits(~Bits(0));
}
template <class T, class M>
[[gnu::always_inline]] inline Vec<T> as_bits(M mask) {
    return choose(mask, all_bits<T>(), Vec<T>(T(0)));
}
template <class V>
[[gnu::always_inline]] inline V bits_and(V a, V b) {
    return from_bits(to_bits(a) & to_bits(b));
}
template <class V>
[[gnu::always_inline]] inline V bits_or(V a, V b) {
    return from_bits(to_bits(a) | to_bits(b));
}
template <class V>
[[gnu::always_inline]] inline V bits_not(V a) {
    return from_bits(~to_bits(a));
}
template <class V>
[[gnu::always_inline]] inline V choose_by_bits(V mask, V a, V b) {
    return from_bits((to_bits(mask) & to_bits(a)) | (~to_bits(mask) & to_bits(b)));
}

// The sign bit alone, and everything else.
template <class T>
[[gnu::always_inline]] inline Vec<T> sign_bit() {
    using Bits = decltype(to_bits(Vec<T>(T(0))));
    return from_bits(Bits(1) << (8 * sizeof(T) - 1));
}
template <class T>
[[gnu::always_inline]] inline Vec<T> magnitude(Vec<T> x) {
    return bits_and(x, bits_not(sign_bit<T>()));
}
template <class T>
[[gnu::always_inline]] inline Vec<T> sign_of(Vec<T> x) {
    return bits_and(x, sign_bit<T>());
}

// Adding and subtracting 2^23 (2^52) leaves an integer, rounded to even; above it everything is one. The sign
// is put back for zeros.
template <class T>
[[gnu::always_inline]] inline Vec<T> nearest_integer(Vec<T> x) {
    const Vec<T> integers(sizeof(T) == sizeof(float) ? T(8388608) : T(4503599627370496));
    const Vec<T> size = magnitude<T>(x);
    const Vec<T> rounded = (size + integers) - integers;
    return bits_or(choose(size < integers, rounded, size), sign_of<T>(x));
}

#define THALWEG_UNARY_OP(name, expression)                         \
    struct name {                                                  \
        template <class T>                                         \
        [[gnu::always_inline]] static inline Vec<T> of(Vec<T> a) { \
            return expression;                                     \
        }                                                          \
    };
#define THALWEG_BINARY_OP(name, expression)                                  \
    struct name {                                                            \
        template <class T>                                                   \
        [[gnu::always_inline]] static inline Vec<T> of(Vec<T> a, Vec<T> b) { \
            return expression;                                               \
        }                                                                    \
    };

THALWEG_BINARY_OP(Add, a + b)
THALWEG_BINARY_OP(Subtract, a - b)
THALWEG_BINARY_OP(Multiply, a* b)
THALWEG_BINARY_OP(Divide, divide(a, b))
THALWEG_BINARY_OP(SubtractFrom, b - a)
THALWEG_BINARY_OP(DivideInto, divide(b, a))

// Comparisons: what they compare is a mask of the compiler's, which choose() takes; as_bits() makes it one of
// ours. NaN is not less, greater or equal.
#define THALWEG_COMPARISON(name, expression)                                 \
    struct name {                                                            \
        template <class T>                                                   \
        [[gnu::always_inline]] static inline auto mask(Vec<T> a, Vec<T> b) { \
            return expression;                                               \
        }                                                                    \
        template <class T>                                                   \
        [[gnu::always_inline]] static inline Vec<T> of(Vec<T> a, Vec<T> b) { \
            return as_bits<T>(mask<T>(a, b));                                \
        }                                                                    \
    };
THALWEG_COMPARISON(Less, a < b)
THALWEG_COMPARISON(LessEqual, a <= b)
THALWEG_COMPARISON(Greater, a > b)
THALWEG_COMPARISON(GreaterEqual, a >= b)
THALWEG_COMPARISON(Equal, a == b)
THALWEG_COMPARISON(NotEqual, !(a == b))

// The first where both are equal or the first is NaN; the second where it is NaN.
THALWEG_BINARY_OP(Maximum, choose(either(b > a, is_nan<T>(b)), b, a))
THALWEG_BINARY_OP(Minimum, choose(either(b < a, is_nan<T>(b)), b, a))
THALWEG_BINARY_OP(LeakyRelu, choose(a > Vec<T>(T(0)), a, b* a))
THALWEG_BINARY_OP(SigmoidBackward, a*(Vec<T>(T(1)) - a) * b)
THALWEG_BINARY_OP(And, bits_and(a, b))
THALWEG_BINARY_OP(Or, bits_or(a, b))

THALWEG_UNARY_OP(Negate, from_bits(to_bits(a) ^ to_bits(sign_bit<T>())))
THALWEG_UNARY_OP(Abs, magnitude<T>(a))
THALWEG_UNARY_OP(Sqrt, square_root(a))
THALWEG_UNARY_OP(Square, a* a)
THALWEG_UNARY_OP(Round, nearest_integer<T>(a))
THALWEG_UNARY_OP(Relu, choose(a <= Vec<T>(T(0)), Vec<T>(T(0)), a))
THALWEG_UNARY_OP(IsNan, as_bits<T>(is_nan<T>(a)))
THALWEG_UNARY_OP(IsFinite, as_bits<T>(magnitude<T>(a) < Vec<T>(T(kInfinity))))
THALWEG_UNARY_OP(IsInf, as_bits<T>(magnitude<T>(a) == Vec<T>(T(kInfinity))))
THALWEG_UNARY_OP(Nonzero, bits_not(as_bits<T>(a == Vec<T>(T(0)))))
THALWEG_UNARY_OP(Not, bits_not(a))
THALWEG_UNARY_OP(Number, bits_and(a, Vec<T>(T(1))))

struct Sign {
    template <class T>
    [[gnu::always_inline]] static inline Vec<T> of(Vec<T> a) {
        const Vec<T> zero(T(0));
        const Vec<T> not_positive = choose(a < zero, Vec<T>(T(-1)), choose(a == zero, zero, a));
        return choose(a > zero, Vec<T>(T(1)), not_positive);
    }
};
struct Floor {
    template <class T>
    [[gnu::always_inline]] static inline Vec<T> of(Vec<T> a) {
        const Vec<T> near = nearest_integer<T>(a);
        return choose(near > a, near - Vec<T>(T(1)), near);
    }
};
struct Ceil {
    template <class T>
    [[gnu::always_inline]] static inline Vec<T> of(Vec<T> a) {
        const Vec<T> near = nearest_integer<T>(a);
        // -0.7 becomes -0.
        return bits_or(choose(near < a, near + Vec<T>(T(1)), near), sign_of<T>(a));
    }
};

#undef THALWEG_UNARY_OP
#undef THALWEG_BINARY_OP
#undef THALWEG_COMPARISON

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
