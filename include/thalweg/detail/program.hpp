// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/array.hpp records: an expression is its program, in postfix order, as data. Operators and
// functions only write it down; the library runs it (src/ops/evaluate.cpp) when a matrix is made or assigned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "thalweg/abi.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg::arrays {

template <class Element>
class Matrix;
template <class Element>
class MatrixView;

/// An array has at most so many axes.
inline constexpr std::size_t kMostAxes = 6;

/// The lengths of an array's axes, counted from the last one; 1 where there is no such axis.
struct Extents {
    std::size_t rank;
    std::size_t of[kMostAxes];

    std::size_t size() const noexcept { return of[0] * of[1] * of[2] * of[3] * of[4] * of[5]; }
};
/// How far elements are apart along each axis, counted from the last one: 0 where one stands for all.
struct Strides {
    std::size_t of[kMostAxes];
};

/// The steps of a program. kLeaf puts the next operand on the stack, every other one takes its operands from
/// there. Comparisons give masks: all bits of an element, or none.
enum class Op : unsigned char {
    kLeaf,
    // of two numbers
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kMaximum,
    kMinimum,
    kLeakyRelu,
    kSigmoidBackward,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kEqual,
    kNotEqual,
    kAnd,
    kOr,
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
    kIsNan,
    kIsFinite,
    kIsInf,
    kNonzero,
    kNot,
    kNumber,
    // of one, by a kernel of its own
    kExp,
    kLog,
    kExpm1,
    kLog1p,
    kLog2,
    kLog10,
    kTanh,
    kSoftplus,
    kSigmoid,
    kSigmoidGrad,
    kSin,
    kCos,
    kErf,
    kGelu,
    kGeluTanh,
    kPower,  // and a number
    // of three
    kWhere,
    kFma,
};

/// An operand: a matrix as it lies in memory, or a number, whose data is nullptr.
template <class Element>
struct Leaf {
    const Element* data;
    std::size_t rows;
    std::size_t cols;
    std::size_t ld;
    Element value;

    bool is_number() const noexcept { return data == nullptr && rows == 1 && cols == 1; }
};

/// The steps and operands recorded so far, in memory of their own where they are many. A matrix that a
/// program was evaluated into for somebody who only reads it lives as long as the program. A program is wide
/// once it reads a tensor: its leaves have strides then, which count, and their rows and columns do not.
template <class Element>
class Program {
public:
    /// So many operations and leaves need no memory of their own. Operation i is byte i % 8, counted from the
    /// lowest, of word i / 8: the words are what a program is known by.
    static constexpr std::size_t kOps = 24;
    static constexpr std::size_t kLeaves = 8;

    Program() noexcept = default;
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();  // not inline: an expression has several, and each a second time for exceptions

    bool few() const noexcept { return more_ == nullptr; }
    const std::uint64_t* words() const noexcept { return words_; }
    Op op(std::size_t i) const noexcept {
        return more_ == nullptr ? static_cast<Op>(words_[i / 8] >> i % 8 * 8 & 0xff) : more_ops()[i];
    }
    const Leaf<Element>* leaves() const noexcept { return more_ == nullptr ? leaves_ : more_; }
    std::size_t op_count() const noexcept { return op_count_; }
    std::size_t leaf_count() const noexcept { return leaf_count_; }
    std::size_t rows() const noexcept { return rows_; }
    std::size_t cols() const noexcept { return cols_; }
    bool wide() const noexcept { return wide_; }
    /// Of a wide program; likewise its strides, one a leaf.
    const Extents& extents() const noexcept { return extents_; }
    const Strides* strides() const noexcept { return more_ == nullptr ? strides_ : more_strides(); }

    /// Appends; the shape is set by whoever appends an operation.
    void append(const Program& other);
    void append(const Leaf<Element>& leaf);
    void append(Op op);
    void set_shape(std::size_t rows, std::size_t cols) noexcept {
        rows_ = rows;
        cols_ = cols;
    }
    /// The shape of any program: two axes where it reads matrices, none where it reads numbers only.
    Extents shape() const noexcept;
    /// Makes it wide, if it is not.
    void widen();
    void append(const Leaf<Element>& leaf, const Strides& strides);
    /// Takes an operand's extents in: both alike, or 1 where they differ; false where they do not fit.
    bool broaden(const Extents& extents) noexcept;
    /// Evaluates it into memory that lives as long as the program.
    const Element* keep();

private:
    void reserve(std::size_t ops, std::size_t leaves);
    void grow(std::size_t ops, std::size_t leaves);
    void put(Op op) noexcept;
    void put(const Leaf<Element>& leaf) noexcept;
    Op* more_ops() const noexcept;
    Strides* more_strides() const noexcept;
    Strides* all_strides() noexcept { return more_ == nullptr ? strides_ : more_strides(); }

    Leaf<Element>* more_ = nullptr;
    Element* kept_ = nullptr;
    std::size_t most_leaves_ = kLeaves;
    std::size_t most_ops_ = kOps;
    std::size_t rows_ = 0;
    std::size_t cols_ = 0;
    std::size_t op_count_ = 0;
    std::size_t leaf_count_ = 0;
    std::uint64_t words_[kOps / 8] = {};
    bool wide_ = false;
    Extents extents_;  // set once it is wide, as strides_
    Leaf<Element> leaves_[kLeaves];
    Strides strides_[kLeaves];
};

// Defined in the library, and called by what is inline here.
extern template const float* Program<float>::keep();
extern template const double* Program<double>::keep();

}  // namespace thalweg::arrays
THALWEG_END_PUBLIC
