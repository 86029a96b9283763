// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Elementwise functions of one matrix, and arithmetic of two. The public functions only name a slot of the
// table.
#include "ops/elementwise.hpp"

namespace thalweg {
namespace {

using kernels::Kernels;
using ops::at;

template <class T>
void add_row(MatrixView<const T> x, MatrixView<const T> b, MatrixView<T> out) {
    check::shape("add_bias", "b", b, 1, x.cols());
    check::shape("add_bias", "out", out, x.rows(), x.cols());
    check::overlap("add_bias", "out", out, "x", x, check::Alias::kSame);
    check::overlap("add_bias", "out", out, "b", b, check::Alias::kNone);
    const auto kernel = dispatch::active<T>().add;
    ops::for_each_run(x.rows(), x.cols(), false, ops::kArithmeticGrain,
                      [&](std::size_t i, std::size_t j, std::size_t n) {
                          kernel(at(x, i, j), b.data() + j, at(out, i, j), n);
                      });
}

template <class T>
void backward(MatrixView<const T> z, MatrixView<const T> dz, MatrixView<T> out) {
    check::shape("sigmoid_backward", "dz", dz, z.rows(), z.cols());
    check::shape("sigmoid_backward", "out", out, z.rows(), z.cols());
    check::overlap("sigmoid_backward", "out", out, "z", z, check::Alias::kSame);
    check::overlap("sigmoid_backward", "out", out, "dz", dz, check::Alias::kSame);
    const auto kernel = dispatch::active<T>().sigmoid_backward;
    const bool contiguous = z.contiguous() && dz.contiguous() && out.contiguous();
    ops::for_each_run(z.rows(), z.cols(), contiguous, ops::kArithmeticGrain,
                      [&](std::size_t i, std::size_t j, std::size_t n) {
                          kernel(at(z, i, j), at(dz, i, j), at(out, i, j), n);
                      });
}

// axpy, scale and power: a number, a source and a destination that may be the same view.
template <class T>
void with_number(const char* op, void (*kernel)(T, const T*, T*, std::size_t), T a, MatrixView<const T> x,
                 const char* out_name, MatrixView<T> out, std::size_t grain = ops::kArithmeticGrain) {
    check::shape(op, out_name, out, x.rows(), x.cols());
    check::overlap(op, out_name, out, "x", x, check::Alias::kSame);
    ops::for_each_run(
        x.rows(), x.cols(), x.contiguous() && out.contiguous(), grain,
        [&](std::size_t i, std::size_t j, std::size_t n) { kernel(a, at(x, i, j), at(out, i, j), n); });
}

}  // namespace

// The overloads of a function of one matrix: its slot for each element, and how many elements a thread should
// have at least.
#define THALWEG_UNARY_OF(T, name, grain)                        \
    void name(MatrixView<const T> x, MatrixView<T> out) {       \
        ops::unary<T>(#name, &Kernels<T>::name, x, out, grain); \
    }
#define THALWEG_UNARY(name, grain)       \
    THALWEG_UNARY_OF(float, name, grain) \
    THALWEG_UNARY_OF(double, name, grain)

THALWEG_UNARY(exp, parallel::kMathGrain)
THALWEG_UNARY(log, parallel::kMathGrain)
THALWEG_UNARY(expm1, parallel::kMathGrain)
THALWEG_UNARY(log1p, parallel::kMathGrain)
THALWEG_UNARY(log2, parallel::kMathGrain)
THALWEG_UNARY(log10, parallel::kMathGrain)
THALWEG_UNARY(tanh, parallel::kMathGrain)
THALWEG_UNARY(softplus, parallel::kMathGrain)
THALWEG_UNARY(sigmoid, parallel::kMathGrain)
THALWEG_UNARY(sigmoid_grad, parallel::kMathGrain)
THALWEG_UNARY(sin, parallel::kMathGrain)
THALWEG_UNARY(cos, parallel::kMathGrain)
THALWEG_UNARY(erf, parallel::kMathGrain)
THALWEG_UNARY(gelu, parallel::kMathGrain)
THALWEG_UNARY(gelu_tanh, parallel::kMathGrain)

void add_bias(MatrixView<const float> x, MatrixView<const float> b, MatrixView<float> out) {
    add_row<float>(x, b, out);
}
void sigmoid_backward(MatrixView<const float> z, MatrixView<const float> dz, MatrixView<float> out) {
    backward<float>(z, dz, out);
}
void axpy(float a, MatrixView<const float> x, MatrixView<float> y) {
    with_number<float>("axpy", dispatch::active<float>().axpy, a, x, "y", y);
}
void scale(float a, MatrixView<const float> x, MatrixView<float> out) {
    with_number<float>("scale", dispatch::active<float>().scale, a, x, "out", out);
}
void power(MatrixView<const float> x, float exponent, MatrixView<float> out) {
    with_number<float>("power", dispatch::active<float>().power, exponent, x, "out", out,
                       parallel::kMathGrain);
}

void add_bias(MatrixView<const double> x, MatrixView<const double> b, MatrixView<double> out) {
    add_row<double>(x, b, out);
}
void sigmoid_backward(MatrixView<const double> z, MatrixView<const double> dz, MatrixView<double> out) {
    backward<double>(z, dz, out);
}
void axpy(double a, MatrixView<const double> x, MatrixView<double> y) {
    with_number<double>("axpy", dispatch::active<double>().axpy, a, x, "y", y);
}
void scale(double a, MatrixView<const double> x, MatrixView<double> out) {
    with_number<double>("scale", dispatch::active<double>().scale, a, x, "out", out);
}
void power(MatrixView<const double> x, double exponent, MatrixView<double> out) {
    with_number<double>("power", dispatch::active<double>().power, exponent, x, "out", out,
                        parallel::kMathGrain);
}

}  // namespace thalweg
