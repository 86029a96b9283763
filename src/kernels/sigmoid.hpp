// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// sigmoid: y = 1 / (1 + e^-x), its derivative e / (1 + e)^2 with e = e^-|x|, and the step backpropagation
// takes through it, y = z (1 - z) dz.
//
// shape   x, y: n contiguous elements; y may be x
// error   float: one rounding of a double result. double: sigmoid below 3 ULP, sigmoid_grad below 4
//         (budgets: tests/accuracy.cpp)
// source  Deep Learning from Scratch 3.2.4; the notebook's sigmoid_grad
#pragma once

#include "kernels/exp_log.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

template <class V>
[[gnu::always_inline]] inline V minus_abs(V x) {
    return choose(x > V(0.0), -x, x);
}

// The larger side of 1/2 divides 1, the smaller divides e: neither cancels nor overflows.
template <class V>
[[gnu::always_inline]] inline V sigmoid_of_exp(V x, V e) {
    const V one(1.0);
    return choose(x < V(0.0), e, one) / (one + e);
}

template <class V>
[[gnu::always_inline]] inline V sigmoid_grad_of_exp(V e) {
    const V sum = V(1.0) + e;
    return e / (sum * sum);
}

void sigmoid(const float* x, float* y, std::size_t n) {
    map(x, y, n, [](Vec<float> v) {
        return in_double(v, [](auto d) { return sigmoid_of_exp(d, exp_of_float(minus_abs(d))); });
    });
}
void sigmoid(const double* x, double* y, std::size_t n) {
    map(x, y, n, [](Vec<double> v) { return sigmoid_of_exp(v, exp_double(minus_abs(v))); });
}

void sigmoid_grad(const float* x, float* y, std::size_t n) {
    map(x, y, n, [](Vec<float> v) {
        return in_double(v, [](auto d) { return sigmoid_grad_of_exp(exp_of_float(minus_abs(d))); });
    });
}
void sigmoid_grad(const double* x, double* y, std::size_t n) {
    map(x, y, n, [](Vec<double> v) { return sigmoid_grad_of_exp(exp_double(minus_abs(v))); });
}

template <class T>
void sigmoid_backward(const T* z, const T* dz, T* y, std::size_t n) {
    map2(z, dz, y, n, [](Vec<T> v, Vec<T> d) { return v * (Vec<T>(T(1)) - v) * d; });
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
