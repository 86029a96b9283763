// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Folds of operands: sums, products, largest and smallest elements, counts. Orders: docs/numerics.md.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/table.hpp"
#include "thalweg/array.hpp"

namespace thalweg::ops {

// An operand as a matrix to be read: the one it is, or one that is computed here.
template <class T>
class Computed {
public:
    explicit Computed(const Operand<T>& x) {
        if (x.program() != nullptr || x.leaf().is_number()) {
            arrays::assign_shape(x, matrix_);
            view_ = matrix_.view();
        } else {
            view_ = {x.leaf().data, x.rows(), x.cols(), x.leaf().ld};
        }
    }
    MatrixView<const T> view() const noexcept { return view_; }

private:
    Matrix<T> matrix_;
    MatrixView<const T> view_;
};

// Whether an axis runs down the rows; throws std::invalid_argument when there is no such axis.
bool runs_down(const char* name, int axis);

// Of everything: blocks of 2^14 elements in row order, each folded as a row; then the blocks' results
// likewise.
template <class T>
T fold_all(kernels::Fold fold, const Operand<T>& x);
// Along an axis; out has one row or one column.
template <class T>
void fold_into(kernels::Fold fold, const Operand<T>& x, bool down, const MatrixView<T>& out);

template <class T>
std::size_t count_all(const Operand<T>& x);
template <class T>
std::vector<std::size_t> count_along(const Operand<T>& x, bool down);

// One division, one root, rounded to nearest whatever the calling thread is set to.
template <class T>
T quotient(T a, T b);
template <class T>
T root(T a);

}  // namespace thalweg::ops
