// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Sums along an axis. Along rows (axis 1) each row is one kernel call; down columns (axis 0) threads own
// blocks of columns, so that every column stays one chain.
#include "ops/elementwise.hpp"

namespace thalweg {
namespace {

template <class T>
void sum_into(MatrixView<const T> x, Axis axis, MatrixView<T> out) {
    const bool down = axis == Axis::kRows;
    check::shape("sum", "out", out, down ? 1 : x.rows(), down ? x.cols() : 1);
    check::overlap("sum", "out", out, "x", x, check::Alias::kNone);
    const kernels::Kernels<T>& kernel = dispatch::active<T>();
    parallel::run(parallel::team_size(x.size(), ops::kArithmeticGrain), [&](parallel::Part part) {
        if (down) {
            const auto [first, last] = part.share(x.cols(), 64 / sizeof(T));
            kernel.sum_rows(x.data() + first, x.ld(), x.rows(), last - first, out.data() + first);
            return;
        }
        const auto [first, last] = part.share(x.rows(), 1);
        for (std::size_t i = first; i < last; ++i) {
            *ops::at(out, i, 0) = kernel.sum(ops::at(x, i, 0), x.cols());
        }
    });
}

template <class T>
Matrix<T> summed(MatrixView<const T> x, Axis axis) {
    Matrix<T> out(axis == Axis::kRows ? 1 : x.rows(), axis == Axis::kRows ? x.cols() : 1);
    sum_into<T>(x, axis, out);
    return out;
}

}  // namespace

Matrix<float> sum(MatrixView<const float> x, Axis axis) {
    return summed<float>(x, axis);
}
void sum(MatrixView<const float> x, Axis axis, MatrixView<float> out) {
    sum_into<float>(x, axis, out);
}

Matrix<double> sum(MatrixView<const double> x, Axis axis) {
    return summed<double>(x, axis);
}
void sum(MatrixView<const double> x, Axis axis, MatrixView<double> out) {
    sum_into<double>(x, axis, out);
}

}  // namespace thalweg
