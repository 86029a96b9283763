// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Folds of operands: sums, products, largest and smallest elements, counts. Orders: docs/numerics.md.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/table.hpp"
#include "thalweg/array.hpp"
#include "thalweg/tensor.hpp"

namespace thalweg::ops {

// Part of the bits: the blocks that a fold of everything is cut into.
inline constexpr std::size_t kFoldBlock = std::size_t{1} << 14;

template <class T>
std::size_t size_of(const Operand<T>& x) {
    return x.wide() ? x.extents().size() : x.rows() * x.cols();
}

// An operand as a matrix to be read: the one it is, or one that is computed here.
template <class T>
class Computed {
public:
    explicit Computed(const Operand<T>& x) {
        const arrays::Leaf<T> leaf = x.leaf();
        if (leaf.data == nullptr) {
            arrays::assign_shape(x, matrix_);
            view_ = matrix_.view();
        } else {
            view_ = {leaf.data, leaf.rows, leaf.cols, leaf.ld};
        }
    }
    MatrixView<const T> view() const noexcept { return view_; }

private:
    Matrix<T> matrix_;
    MatrixView<const T> view_;
};

// The same for a tensor, or an expression of tensors.
template <class T>
class ComputedTensor {
public:
    explicit ComputedTensor(const Operand<T>& x) {
        if (const arrays::Layout* const layout = x.layout()) {
            view_ = {x.tensor_data(), *layout};
        } else {
            arrays::assign_shape(x, tensor_);
            view_ = tensor_.view();
        }
    }
    // Its elements in row-major order.
    MatrixView<const T> row() {
        if (!view_.contiguous()) {
            tensor_ = Tensor<T>(view_);
            view_ = tensor_.view();
        }
        return {view_.data(), 1, view_.size()};
    }
    const TensorView<const T>& view() const noexcept { return view_; }

private:
    Tensor<T> tensor_;
    TensorView<const T> view_;
};

// Whether an axis runs down the rows; throws std::invalid_argument when there is no such axis.
bool runs_down(const char* name, int axis);
// The same of an operand's axis: the only one of a tensor of one axis is that of its row.
template <class T>
bool runs_down(const char* name, int axis, const Operand<T>& x) {
    if (!x.wide() || x.extents().rank != 1) {
        return runs_down(name, axis);
    }
    if (axis != 0 && axis != -1) {
        throw std::invalid_argument(std::string(name) +
                                    ": axis must be 0 or -1 for a tensor of one axis, found " +
                                    std::to_string(axis));
    }
    return false;
}

// Of everything: blocks of 2^14 elements in row order, each folded as a row; then the blocks' results
// likewise.
template <class T>
T fold_all(kernels::Fold fold, const Operand<T>& x);
// Along an axis; out has one row or one column.
template <class T>
void fold_into(kernels::Fold fold, const Operand<T>& x, bool down, const MatrixView<T>& out);

// Folds n elements as a row is.
template <class T>
T folded_elements(const kernels::Kernels<T>& kernel, kernels::Fold fold, const T* x, std::size_t n);

template <class T>
std::size_t count_all(const Operand<T>& x);
template <class T>
std::vector<std::size_t> count_along(const Operand<T>& x, bool down);

// A number of elements in T, rounded to nearest whatever the calling thread is set to.
template <class T>
T rounded(std::size_t count) noexcept;
// One division, one root, rounded to nearest whatever the calling thread is set to.
template <class T>
T quotient(T a, T b);
template <class T>
T root(T a);

}  // namespace thalweg::ops
