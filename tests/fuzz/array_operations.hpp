// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// The operations that trees of ops_arrays.cpp are made of: each through the public operators, and of plain
// numbers.
#include <cmath>
#include <cstddef>

#include "ops.hpp"
#include "thalweg/array.hpp"

namespace thalweg::fuzz {

enum Operation : std::size_t {
    kLeaf,
    kNumber,
    // of one
    kNegate,
    kAbs,
    kSqrt,
    kSquare,
    kSign,
    kFloor,
    kCeil,
    kRound,
    kRelu,
    kExp,
    kLog,
    kSigmoid,
    kSigmoidGrad,
    kPower,  // with an exponent of its own
    // of two
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kMaximum,
    kMinimum,
    kLeakyRelu,
    kSigmoidBackward,
    // of three
    kWhere,
    kFma,
    kClip,
    // masks
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kEqual,
    kNotEqual,
    kIsNan,
    kIsFinite,
    kIsInf,
    kNot,
    kAnd,
    kOr,
};

inline std::size_t arity(std::size_t op) {
    if (op <= kNumber) {
        return 0;
    }
    return op < kAdd || (op >= kIsNan && op <= kNot) ? 1 : op < kWhere || op >= kLess ? 2 : 3;
}

inline constexpr double kExponent = 2.5;  // of kPower

// Through the public operators.

template <class T>
Expression<T> of_one(std::size_t op, const arrays::Operand<T>& a) {
    switch (op) {
        case kNegate:
            return -a;
        case kAbs:
            return abs(a);
        case kSqrt:
            return sqrt(a);
        case kSquare:
            return square(a);
        case kSign:
            return sign(a);
        case kFloor:
            return floor(a);
        case kCeil:
            return ceil(a);
        case kRound:
            return round(a);
        case kRelu:
            return relu(a);
        case kExp:
            return exp(a);
        case kLog:
            return log(a);
        case kSigmoid:
            return sigmoid(a);
        case kSigmoidGrad:
            return sigmoid_grad(a);
        default:
            return power(a, T(kExponent));
    }
}

template <class T>
Expression<T> of_two(std::size_t op, const arrays::Operand<T>& a, const arrays::Operand<T>& b) {
    switch (op) {
        case kAdd:
            return a + b;
        case kSubtract:
            return a - b;
        case kMultiply:
            return a * b;
        case kDivide:
            return a / b;
        case kMaximum:
            return maximum(a, b);
        case kMinimum:
            return minimum(a, b);
        case kLeakyRelu:
            return leaky_relu(a, b);
        default:
            return sigmoid_backward(a, b);
    }
}

template <class T>
Mask<T> tested(std::size_t op, const arrays::Operand<T>& a) {
    return op == kIsNan ? isnan(a) : op == kIsFinite ? isfinite(a) : isinf(a);
}

template <class T>
Mask<T> compared(std::size_t op, const arrays::Operand<T>& a, const arrays::Operand<T>& b) {
    switch (op) {
        case kLess:
            return a < b;
        case kLessEqual:
            return a <= b;
        case kGreater:
            return a > b;
        case kGreaterEqual:
            return a >= b;
        case kEqual:
            return equal(a, b);
        default:
            return not_equal(a, b);
    }
}

// The same of plain numbers.

template <class T>
T larger(T a, T b) {
    return b > a || std::isnan(b) ? b : a;
}

template <class T>
T smaller(T a, T b) {
    return b < a || std::isnan(b) ? b : a;
}

template <class T>
T applied(const Level& level, std::size_t op, T x) {
    T y = T(0);
    switch (op) {
        case kNegate:
            return -x;
        case kAbs:
            return std::fabs(x);
        case kSqrt:
            return std::sqrt(x);
        case kSquare:
            return x * x;
        case kSign:
            return x > T(0) ? T(1) : x < T(0) ? T(-1) : std::isnan(x) ? x : T(0);
        case kFloor:
            return std::floor(x);
        case kCeil:
            return std::ceil(x);
        case kRound:
            return std::nearbyint(x);
        case kRelu:
            return x <= T(0) ? T(0) : x;
        case kExp:
            level.kernels<T>().exp(&x, &y, 1);
            return y;
        case kLog:
            level.kernels<T>().log(&x, &y, 1);
            return y;
        case kSigmoid:
            level.kernels<T>().sigmoid(&x, &y, 1);
            return y;
        case kSigmoidGrad:
            level.kernels<T>().sigmoid_grad(&x, &y, 1);
            return y;
        default:
            level.kernels<T>().power(T(kExponent), &x, &y, 1);
            return y;
    }
}

template <class T>
T combined(const Level& level, std::size_t op, T a, T b, T c) {
    switch (op) {
        case kAdd:
            return a + b;
        case kSubtract:
            return a - b;
        case kMultiply:
            return a * b;
        case kDivide:
            return a / b;
        case kMaximum:
            return larger(a, b);
        case kMinimum:
            return smaller(a, b);
        case kLeakyRelu:
            return a > T(0) ? a : b * a;
        case kSigmoidBackward: {
            const T slope = a * (T(1) - a);
            return slope * b;
        }
        case kWhere:
            return a < T(0) || a > T(0) || std::isnan(a) ? b : c;
        case kFma:
            return test::multiply_add(level.rounding, a, b, c);
        default:
            return smaller(larger(a, b), c);
    }
}

template <class T>
bool truth(std::size_t op, T a, T b) {
    switch (op) {
        case kLess:
            return a < b;
        case kLessEqual:
            return a <= b;
        case kGreater:
            return a > b;
        case kGreaterEqual:
            return a >= b;
        case kEqual:
            return a <= b && a >= b;
        case kNotEqual:
            return !(a <= b && a >= b);
        case kIsNan:
            return std::isnan(a);
        case kIsFinite:
            return std::isfinite(a);
        case kIsInf:
            return std::isinf(a);
        case kNot:
            return a < T(1);
        case kAnd:
            return a > T(0) && b > T(0);
        default:
            return a > T(0) || b > T(0);
    }
}

}  // namespace thalweg::fuzz
