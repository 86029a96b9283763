// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What an array program is made of below the table: steps that a tile of running values goes through, one
// after the other, tile by tile. Masks are elements whose bits are all set, or none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace thalweg::kernels {

// a is the running value, b what the step reads beside it.
// clang-format off
#define THALWEG_ARRAY_ARITHMETIC(DO) \
    DO(Add) DO(Subtract) DO(Multiply) DO(Divide) DO(SubtractFrom) DO(DivideInto)
#define THALWEG_ARRAY_ORDER(DO) \
    DO(Less) DO(LessEqual) DO(Greater) DO(GreaterEqual)
#define THALWEG_ARRAY_COMPARISON(DO) \
    THALWEG_ARRAY_ORDER(DO) DO(Equal) DO(NotEqual)
#define THALWEG_ARRAY_OTHER(DO) \
    DO(Maximum) DO(Minimum) DO(LeakyRelu) DO(SigmoidBackward) DO(And) DO(Or)
#define THALWEG_ARRAY_UNARY(DO) \
    DO(Negate) DO(Abs) DO(Sqrt) DO(Square) DO(Sign) DO(Floor) DO(Ceil) DO(Round) DO(Relu) \
    DO(IsNan) DO(IsFinite) DO(IsInf) DO(Nonzero) DO(Not) DO(Number)
// clang-format on

#define THALWEG_ARRAY_ENUMERATOR(name) k##name,
enum class ArrayOp : std::uint8_t {
    THALWEG_ARRAY_ARITHMETIC(THALWEG_ARRAY_ENUMERATOR)  // first: a table of pairs is read by them
    THALWEG_ARRAY_COMPARISON(THALWEG_ARRAY_ENUMERATOR)  // then: likewise
    THALWEG_ARRAY_OTHER(THALWEG_ARRAY_ENUMERATOR) THALWEG_ARRAY_UNARY(THALWEG_ARRAY_ENUMERATOR)
};
#undef THALWEG_ARRAY_ENUMERATOR
inline constexpr std::size_t kArithmeticOps = 6;
inline constexpr std::size_t kComparisonOps = 6;
inline constexpr std::size_t kOrderOps = 4;  // the first of them
// Up to here a step reads a second operand.
inline constexpr std::size_t kBinaryOps = 18;
static_assert(static_cast<std::size_t>(ArrayOp::kNegate) == kBinaryOps, "the first that reads none");
// The first of them, without the two that are there to be turned around: a program may begin with these.
inline constexpr std::size_t kOpeningOps = 4;
// The first of them that may come second in a loop of two.
inline constexpr std::size_t kLoopOps = 5;

// a: the running values; x, y, z: inputs 0, 1, 2.
enum class ArrayForm : std::uint8_t {
    kLoad,           // a = x
    kUnary,          // a = op(a)
    kBinary,         // a = op(a, x)
    kPair,           // a = op(x, y)
    kChoose,         // a = a ? x : y
    kCompareChoose,  // a = op(x, y) ? z : a, op of kOrderOps
    kFma,            // a = fma(a, x, y)
    kKeep,           // out = a, a tile, and a goes on
    kStore,          // out = a; the last step
    kBinaryStore,    // out = op(a, x), op arithmetic; the last step
    kPairStore,      // out = op(x, y), op of kOpeningOps; the only step
    kTwoStore,       // out = then(op(x, y), z), op of the first three, then of kLoopOps; the only step
};

// What a step reads: an array, a number (data is nullptr), or a tile that an earlier step of the program
// kept.
template <class T>
struct ArrayInput {
    const T* data;
    T value;
    bool kept;
};

// x is never a number where the form is kPair, kPairStore, kTwoStore or one with a comparison.
template <class T>
struct ArrayStep {
    ArrayForm form;
    ArrayOp op;
    ArrayOp then;
    std::uint8_t inputs;  // how many of in there are
    ArrayInput<T> in[3];
    T* out;
};

// A program has at most so many steps, and so many inputs that are arrays.
inline constexpr std::size_t kMostArraySteps = 28;
inline constexpr std::size_t kMostArrayInputs = 20;
// A kept tile needs memory for so many elements.
inline constexpr std::size_t kKeptBytes = 512;

// How elements are made one. kept: 4 x 64 bytes of running results, beginning with kFoldStart.
enum class Fold : std::uint8_t { kSum, kProduct, kMaximum, kMinimum };

}  // namespace thalweg::kernels
