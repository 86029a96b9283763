// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax of the rows of a matrix, split over threads by rows.
#include "ops/elementwise.hpp"

namespace thalweg {
namespace {

// Cuts between threads at this many rows keep whole the groups that kernels/softmax.hpp takes at a time.
constexpr std::size_t kRowGroup = 16;

template <class T>
void softmax_rows(MatrixView<const T> x, MatrixView<T> out) {
    check::shape("softmax", "out", out, x.rows(), x.cols());
    check::overlap("softmax", "out", out, "x", x, check::Alias::kSame);
    const auto kernel = dispatch::active<T>().softmax;
    parallel::run(parallel::team_size(x.size(), ops::kMathGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(x.rows(), kRowGroup);
        kernel(ops::at(x, first, 0), x.ld(), last - first, x.cols(), ops::at(out, first, 0), out.ld());
    });
}

template <class T>
Matrix<T> softmax_copy(MatrixView<const T> x) {
    Matrix<T> out(x.rows(), x.cols());
    softmax_rows<T>(x, out);
    return out;
}

}  // namespace

Matrix<float> softmax(MatrixView<const float> x) {
    return softmax_copy<float>(x);
}
void softmax(MatrixView<const float> x, MatrixView<float> out) {
    softmax_rows<float>(x, out);
}

Matrix<double> softmax(MatrixView<const double> x) {
    return softmax_copy<double>(x);
}
void softmax(MatrixView<const double> x, MatrixView<double> out) {
    softmax_rows<double>(x, out);
}

}  // namespace thalweg
