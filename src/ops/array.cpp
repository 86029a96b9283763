// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Operators and elementwise functions: each writes its operation down.
#include "thalweg/array.hpp"

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "ops/fold.hpp"

// name(text): the public function and what messages call it.
#define THALWEG_ONE_OF(T, Kind, name, text, op)  \
    Kind<T> name(const Operand<T>& x) {          \
        return Kind<T>(text, arrays::Op::op, x); \
    }
#define THALWEG_TWO_OF(T, Kind, name, text, op)              \
    Kind<T> name(const Operand<T>& a, const Operand<T>& b) { \
        return Kind<T>(text, arrays::Op::op, a, b);          \
    }
#define THALWEG_THREE_OF(T, Kind, name, text, op)                                 \
    Kind<T> name(const Operand<T>& a, const Operand<T>& b, const Operand<T>& c) { \
        return Kind<T>(text, arrays::Op::op, a, b, c);                            \
    }
#define THALWEG_FUNCTIONS(DO, Kind, name, text, op) \
    DO(float, Kind, name, text, op)                 \
    DO(double, Kind, name, text, op)

namespace thalweg::arrays {

THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, operator+, "a + b", kAdd)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, operator-, "a - b", kSubtract)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, operator*, "a * b", kMultiply)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, operator/, "a / b", kDivide)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, operator-, "-x", kNegate)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Mask, operator<, "a < b", kLess)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Mask, operator<=, "a <= b", kLessEqual)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Mask, operator>, "a > b", kGreater)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Mask, operator>=, "a >= b", kGreaterEqual)

#define THALWEG_MASKS(T)                                                                         \
    Mask<T> operator&(Mask<T>&& a, Mask<T>&& b) {                                                \
        return Mask<T>("a & b", Op::kAnd, static_cast<Mask<T>&&>(a), static_cast<Mask<T>&&>(b)); \
    }                                                                                            \
    Mask<T> operator|(Mask<T>&& a, Mask<T>&& b) {                                                \
        return Mask<T>("a | b", Op::kOr, static_cast<Mask<T>&&>(a), static_cast<Mask<T>&&>(b));  \
    }                                                                                            \
    Mask<T> operator~(Mask<T>&& a) {                                                             \
        return Mask<T>("~a", Op::kNot, static_cast<Mask<T>&&>(a));                               \
    }
THALWEG_MASKS(float)
THALWEG_MASKS(double)

}  // namespace thalweg::arrays

namespace thalweg {

THALWEG_FUNCTIONS(THALWEG_TWO_OF, Mask, equal, "equal", kEqual)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Mask, not_equal, "not_equal", kNotEqual)
THALWEG_FUNCTIONS(THALWEG_THREE_OF, Expression, where, "where", kWhere)
THALWEG_FUNCTIONS(THALWEG_THREE_OF, Expression, fma, "fma", kFma)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, maximum, "maximum", kMaximum)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, minimum, "minimum", kMinimum)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, leaky_relu, "leaky_relu", kLeakyRelu)
THALWEG_FUNCTIONS(THALWEG_TWO_OF, Expression, sigmoid_backward, "sigmoid_backward", kSigmoidBackward)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, square, "square", kSquare)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, sqrt, "sqrt", kSqrt)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, abs, "abs", kAbs)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, sign, "sign", kSign)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, floor, "floor", kFloor)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, ceil, "ceil", kCeil)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, round, "round", kRound)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, relu, "relu", kRelu)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, exp, "exp", kExp)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, log, "log", kLog)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, expm1, "expm1", kExpm1)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, log1p, "log1p", kLog1p)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, log2, "log2", kLog2)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, log10, "log10", kLog10)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, tanh, "tanh", kTanh)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, softplus, "softplus", kSoftplus)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, sigmoid, "sigmoid", kSigmoid)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, sigmoid_grad, "sigmoid_grad", kSigmoidGrad)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, sin, "sin", kSin)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, cos, "cos", kCos)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, erf, "erf", kErf)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, gelu, "gelu", kGelu)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Expression, gelu_tanh, "gelu_tanh", kGeluTanh)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Mask, isnan, "isnan", kIsNan)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Mask, isfinite, "isfinite", kIsFinite)
THALWEG_FUNCTIONS(THALWEG_ONE_OF, Mask, isinf, "isinf", kIsInf)

#define THALWEG_COMPOSED(T)                                                                  \
    Expression<T> clip(const Operand<T>& x, const Operand<T>& low, const Operand<T>& high) { \
        return Expression<T>("clip", arrays::Op::kMinimum,                                   \
                             Expression<T>("clip", arrays::Op::kMaximum, x, low), high);     \
    }                                                                                        \
    Expression<T> scale(T a, const Operand<T>& x) {                                          \
        return Operand<T>(a) * x;                                                            \
    }                                                                                        \
    Expression<T> power(const Operand<T>& x, T exponent) {                                   \
        return Expression<T>("power", arrays::Op::kPower, x, Operand<T>(exponent));          \
    }                                                                                        \
    Expression<T> add_bias(const Operand<T>& x, const Operand<T>& b) {                       \
        check_bias(x, b);                                                                    \
        return x + b;                                                                        \
    }

namespace {

// x + b would spread other shapes, too.
template <class T>
void check_bias(const Operand<T>& x, const Operand<T>& b) {
    check::shape("add_bias", "b", 1, x.cols(), b.rows(), b.cols());
}

template <class To, class From>
void convert(const From* from, std::size_t count, To* to) {
    const core::FloatControlScope standard;
    for (std::size_t i = 0; i < count; ++i) {
        to[i] = static_cast<To>(from[i]);
    }
}

template <class To, class From>
Matrix<To> converted(const Operand<From>& x) {
    const ops::Computed<From> computed(x);
    const MatrixView<const From> from = computed.view();
    Matrix<To> out(from.rows(), from.cols(), detail::Uninitialized{});
    for (std::size_t i = 0; i < out.rows() && !out.empty(); ++i) {
        convert(from.data() + i * from.ld(), out.cols(), out.data() + i * out.cols());
    }
    return out;
}

template <class To, class From>
Tensor<To> converted_tensor(const Operand<From>& x) {
    ops::ComputedTensor<From> computed(x);
    Tensor<To> out(computed.view().shape(), detail::Uninitialized{});
    convert(computed.row().data(), out.size(), out.data());
    return out;
}

}  // namespace

THALWEG_COMPOSED(float)
THALWEG_COMPOSED(double)

namespace detail {

Matrix<double> to_double(const Operand<float>& x) {
    return converted<double>(x);
}
Matrix<float> to_float(const Operand<double>& x) {
    return converted<float>(x);
}
Tensor<double> tensor_to_double(const Operand<float>& x) {
    return converted_tensor<double>(x);
}
Tensor<float> tensor_to_float(const Operand<double>& x) {
    return converted_tensor<float>(x);
}

}  // namespace detail
}  // namespace thalweg
