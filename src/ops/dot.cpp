// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrix products: checks shapes and brings b into rows where it is read transposed. Start reading at
// multiply(); blocks and threads are in gemm.cpp, the arithmetic in kernels/gemm.hpp.
#include "core/of_this_thread.hpp"
#include "core/scratch_buffer.hpp"
#include "core/shape_check.hpp"
#include "dispatch/dispatch.hpp"
#include "ops/gemm.hpp"
#include "thalweg/ops.hpp"

namespace thalweg {
namespace {

// b read transposed becomes ordinary rows once: k*n moves against m*k*n multiply-adds.
template <class T>
MatrixView<const T> rows_of(const DotOperand<T>& b) {
    if (!b.transposed()) {
        return b.stored();
    }
    ScratchBuffer& scratch = of_this_thread<ScratchBuffer, DotOperand<T>>();
    T* const packed = scratch.reserve<T>(b.rows() * b.cols());
    const MatrixView<const T> stored = b.stored();
    dispatch::active<T>().transpose(stored.data(), stored.ld(), stored.rows(), stored.cols(), packed,
                                    b.cols());
    return {packed, b.rows(), b.cols()};
}

// As the caller knows them, for messages.
struct Names {
    const char* op;
    const char* a = "a";
    const char* b = "b";
};

template <class T>
void multiply(const Names& names, const DotOperand<T>& a, const DotOperand<T>& b, MatrixView<const T> start,
              MatrixView<T> out) {
    if (a.cols() != b.rows()) {
        throw ShapeError(std::string(names.op) + ": " + names.a + " " +
                         check::shape_text(a.rows(), a.cols()) + " times " + names.b + " " +
                         check::shape_text(b.rows(), b.cols()) + ": " + names.a +
                         " must have as many columns as " + names.b + " has rows");
    }
    check::shape(names.op, "out", out, a.rows(), b.cols());
    check::overlap(names.op, "out", out, names.a, a.stored(), check::Alias::kNone);
    check::overlap(names.op, "out", out, names.b, b.stored(), check::Alias::kNone);
    if (out.empty()) {
        return;
    }
    const MatrixView<const T> b_rows = rows_of(b);
    const MatrixView<const T> stored = a.stored();
    kernels::GemmBlock<T> whole{};
    whole.m = out.rows();
    whole.n = out.cols();
    whole.k = a.cols();
    whole.a = stored.data();
    whole.a_row = a.transposed() ? 1 : stored.ld();
    whole.a_col = a.transposed() ? stored.ld() : 1;
    whole.b = b_rows.data();
    whole.ldb = b_rows.ld();
    whole.c = out.data();
    whole.ldc = out.ld();
    whole.start = start.data();
    whole.start_row = start.rows() == 1 && out.rows() > 1 ? 0 : start.ld();
    ops::gemm(whole);
}

template <class T>
Matrix<T> multiplied(const DotOperand<T>& a, const DotOperand<T>& b) {
    Matrix<T> out(a.rows(), b.cols());
    multiply<T>({"dot"}, a, b, {}, out);
    return out;
}

template <class T>
void multiply_with_bias(const DotOperand<T>& x, const DotOperand<T>& w, MatrixView<const T> b,
                        MatrixView<T> out) {
    check::shape("affine", "b", b, 1, w.cols());
    check::overlap("affine", "out", out, "b", b, check::Alias::kNone);
    multiply<T>({"affine", "x", "w"}, x, w, b, out);
}

}  // namespace

Matrix<float> dot(DotOperand<float> a, DotOperand<float> b) {
    return multiplied(a, b);
}
Matrix<double> dot(DotOperand<double> a, DotOperand<double> b) {
    return multiplied(a, b);
}
void dot(DotOperand<float> a, DotOperand<float> b, MatrixView<float> out) {
    multiply<float>({"dot"}, a, b, {}, out);
}
void dot(DotOperand<double> a, DotOperand<double> b, MatrixView<double> out) {
    multiply<double>({"dot"}, a, b, {}, out);
}

void dot_add(DotOperand<float> a, DotOperand<float> b, MatrixView<float> out) {
    multiply<float>({"dot_add"}, a, b, out, out);
}
void dot_add(DotOperand<double> a, DotOperand<double> b, MatrixView<double> out) {
    multiply<double>({"dot_add"}, a, b, out, out);
}

Matrix<float> affine(DotOperand<float> x, DotOperand<float> w, MatrixView<const float> b) {
    Matrix<float> out(x.rows(), w.cols());
    multiply_with_bias<float>(x, w, b, out);
    return out;
}
Matrix<double> affine(DotOperand<double> x, DotOperand<double> w, MatrixView<const double> b) {
    Matrix<double> out(x.rows(), w.cols());
    multiply_with_bias<double>(x, w, b, out);
    return out;
}
void affine(DotOperand<float> x, DotOperand<float> w, MatrixView<const float> b, MatrixView<float> out) {
    multiply_with_bias<float>(x, w, b, out);
}
void affine(DotOperand<double> x, DotOperand<double> w, MatrixView<const double> b, MatrixView<double> out) {
    multiply_with_bias<double>(x, w, b, out);
}

}  // namespace thalweg
