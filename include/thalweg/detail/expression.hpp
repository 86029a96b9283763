// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What operators on matrices return, and what they take: Expression, Mask and Operand.
#pragma once

#include <cstddef>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/detail/program.hpp"

// Clang warns where what is returned outlives what it looks at.
#if defined(__has_cpp_attribute) && defined(__clang__)
#if __has_cpp_attribute(clang::lifetimebound)
#define THALWEG_LIFETIMEBOUND [[clang::lifetimebound]]
#endif
#endif
#ifndef THALWEG_LIFETIMEBOUND
#define THALWEG_LIFETIMEBOUND
#endif

THALWEG_BEGIN_PUBLIC
namespace thalweg::arrays {

template <class Element>
class Operand;
template <class Element>
struct Transposed;
template <class Element>
class Tensor;
template <class Element>
class TensorView;
struct Layout;

/// What is written but not yet computed: a + b, exp(x), (a - b) * 2. It is computed in one pass when a matrix
/// is made of it or assigned it, when a view takes its elements, or by eval(). It looks at its matrices,
/// which must live until then, and is used once: it is neither copied nor moved.
template <class Element>
class [[nodiscard]] Expression : public Program<Element> {
public:
    using value_type = Element;

    Expression(const char* name, Op op, const Operand<Element>& one);
    Expression(const char* name, Op op, const Operand<Element>& one, const Operand<Element>& two);
    Expression(const char* name, Op op, const Operand<Element>& one, const Operand<Element>& two,
               const Operand<Element>& three);

    /// Computes it: a new matrix.
    Matrix<Element> eval() && { return Matrix<Element>(static_cast<Expression&&>(*this)); }
    /// Computes it: a new tensor, of any number of axes.
    Tensor<Element> eval_tensor() && { return Tensor<Element>(static_cast<Expression&&>(*this)); }
    /// Computes it for an operation that only reads a matrix. The elements live as long as the expression: to
    /// the end of the statement.
    operator MatrixView<const Element>() && THALWEG_LIFETIMEBOUND {  // NOLINT(google-explicit-constructor)
        const Element* const kept = this->keep();  // first: a tensor of more axes is no matrix
        return {kept, this->rows(), this->cols()};
    }
    operator MatrixView<const Element>() const& = delete;  // an expression is used once: keep eval()'s matrix
};

/// What comparisons return: true or false for each element, for where(), any(), all() and count_nonzero().
/// Combined by & | ~. As numbers, or in a matrix, true is 1 and false 0.
template <class Element>
class [[nodiscard]] Mask : public Program<Element> {
public:
    using value_type = Element;

    Mask(const char* name, Op op, const Operand<Element>& one);
    Mask(const char* name, Op op, const Operand<Element>& one, const Operand<Element>& two);

    /// Computes it: a new matrix of ones and zeros.
    Matrix<Element> eval() && { return Matrix<Element>(static_cast<Mask&&>(*this)); }
    /// Computes it: a new tensor of ones and zeros.
    Tensor<Element> eval_tensor() && { return Tensor<Element>(static_cast<Mask&&>(*this)); }
    explicit operator bool() const = delete;  // of many elements: any(mask) or all(mask)
};

/// What operators and functions of arrays read: a matrix, a tensor, a view, an expression, a mask (as ones
/// and zeros) or a number, which takes the matrix's type. Made implicitly, for one call: it knows where the
/// other one is.
template <class Element>
class Operand {
public:
    // NOLINTBEGIN(google-explicit-constructor): a parameter type
    Operand(const Matrix<Element>& matrix) noexcept : object_(&matrix), kind_(Kind::kMatrix) {}
    Operand(const MatrixView<Element>& view) noexcept : object_(&view), kind_(Kind::kView) {}
    Operand(const MatrixView<const Element>& view) noexcept : object_(&view), kind_(Kind::kConstView) {}
    Operand(const Tensor<Element>& tensor) noexcept
        : object_(&tensor.layout()), kind_(Kind::kTensor), data_(tensor.data()) {}
    Operand(const TensorView<Element>& view) noexcept
        : object_(&view.layout()), kind_(Kind::kTensor), data_(view.data()) {}
    Operand(const TensorView<const Element>& view) noexcept
        : object_(&view.layout()), kind_(Kind::kTensor), data_(view.data()) {}
    Operand(Expression<Element>&& expression) noexcept
        : object_(static_cast<Program<Element>*>(&expression)), kind_(Kind::kProgram) {}
    Operand(Mask<Element>&& mask) noexcept
        : object_(static_cast<Program<Element>*>(&mask)), kind_(Kind::kMask) {}
    template <class Number>
    requires std::is_arithmetic_v<Number> Operand(Number value)
    noexcept : kind_(Kind::kNumber), value_(static_cast<Element>(value)) {}
    Operand(const Expression<Element>&) = delete;  // an expression is used once: keep eval()'s matrix
    Operand(const Mask<Element>&) = delete;        // a mask is used once: keep eval()'s matrix
    Operand(Transposed<Element>) = delete;         // only dot() reads a transpose
    Operand(Transposed<const Element>) = delete;   // only dot() reads a transpose
    // NOLINTEND(google-explicit-constructor)

    /// The matrix, view or number, and the shape of anything else.
    /// throws   ShapeError for a tensor of more than two axes
    Leaf<Element> leaf() const {
        if (kind_ == Kind::kMatrix) {
            return of(*static_cast<const Matrix<Element>*>(object_));
        }
        if (kind_ == Kind::kView) {
            return of(*static_cast<const MatrixView<Element>*>(object_));
        }
        if (kind_ == Kind::kConstView) {
            return of(*static_cast<const MatrixView<const Element>*>(object_));
        }
        if (kind_ == Kind::kNumber) {
            return {nullptr, 1, 1, 1, value_};
        }
        const Program<Element>* const recorded = program();
        if (recorded == nullptr || recorded->wide()) {
            return matrix_of_wide();
        }
        return {nullptr, recorded->rows(), recorded->cols(), 0, Element(0)};
    }
    Program<Element>* program() const noexcept {
        const bool is_program = kind_ == Kind::kProgram || kind_ == Kind::kMask;
        return is_program ? static_cast<Program<Element>*>(const_cast<void*>(object_)) : nullptr;
    }
    bool is_mask() const noexcept { return kind_ == Kind::kMask; }
    std::size_t rows() const { return leaf().rows; }
    std::size_t cols() const { return leaf().cols; }

    /// Whether it is a tensor, or a program that reads one.
    bool wide() const noexcept {
        const Program<Element>* const recorded = program();
        return kind_ == Kind::kTensor || (recorded != nullptr && recorded->wide());
    }
    /// A tensor's axes, and the first of its elements; nullptr for anything else.
    const Layout* layout() const noexcept {
        return kind_ == Kind::kTensor ? static_cast<const Layout*>(object_) : nullptr;
    }
    const Element* tensor_data() const noexcept { return data_; }
    /// The shape of whatever it is: two axes for what is not wide, none for a number.
    Extents extents() const noexcept;

private:
    enum class Kind : unsigned char { kMatrix, kView, kConstView, kTensor, kProgram, kMask, kNumber };

    // A tensor of at most two axes as a matrix; without data where its columns have gaps.
    Leaf<Element> matrix_of_wide() const;

    template <class Source>
    static Leaf<Element> of(const Source& source) noexcept {
        return {source.data(), source.rows(), source.cols(), source.ld(), Element(0)};
    }

    const void* object_ = nullptr;
    Kind kind_;
    Element value_{};
    const Element* data_ = nullptr;
};
extern template Extents Operand<float>::extents() const noexcept;
extern template Extents Operand<double>::extents() const noexcept;
extern template Leaf<float> Operand<float>::matrix_of_wide() const;
extern template Leaf<double> Operand<double>::matrix_of_wide() const;

/// Computes an expression into elements that are there: out(i,j) = source(i,j), broadcast where source has
/// one row or column. May read what it writes: the result is that of computing first and writing then.
void assign(const Operand<float>& source, MatrixView<float> out);
void assign(const Operand<double>& source, MatrixView<double> out);
/// Computes it into a matrix, which takes its shape.
void assign_shape(const Operand<float>& source, Matrix<float>& out);
void assign_shape(const Operand<double>& source, Matrix<double>& out);
/// Runs a recorded program: out(i,j) for all elements of out, which has its shape, or broadcasts it.
void evaluate(const Program<float>& program, const MatrixView<float>& out);
void evaluate(const Program<double>& program, const MatrixView<double>& out);
/// The same for tensors. out is a view's data and layout.
void assign_tensor(const Operand<float>& source, float* out, const Layout& layout);
void assign_tensor(const Operand<double>& source, double* out, const Layout& layout);
void assign_shape(const Operand<float>& source, Tensor<float>& out);
void assign_shape(const Operand<double>& source, Tensor<double>& out);
void update_tensor(Op op, const Operand<float>& source, float* out, const Layout& layout);
void update_tensor(Op op, const Operand<double>& source, double* out, const Layout& layout);
void evaluate_tensor(const Program<float>& program, float* out, const Layout& layout);
void evaluate_tensor(const Program<double>& program, double* out, const Layout& layout);
/// out = out op source; out keeps its shape.
void update(Op op, const Operand<float>& source, MatrixView<float> out);
void update(Op op, const Operand<double>& source, MatrixView<double> out);

}  // namespace thalweg::arrays

namespace thalweg::detail {

// cast<Other>(x)
arrays::Matrix<double> to_double(const arrays::Operand<float>& x);
arrays::Matrix<float> to_float(const arrays::Operand<double>& x);

}  // namespace thalweg::detail
THALWEG_END_PUBLIC
