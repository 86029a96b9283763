// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the library must compute, as plain loops that share no code with it. Two sorts: the documented order
// of operations in T, for bit equality, and truths in long double, for error bounds.
#pragma once

#include <cstddef>
#include <vector>

namespace thalweg::test {

// The two rounding classes: a product added on with one rounding, or with two.
enum class Rounding { kFma, kMulAdd };

// acc + a * b in one class.
template <class T>
T multiply_add(Rounding rounding, T a, T b, T acc);

// Where a matrix's elements lie: (i, j) is data[i * row + j * col].
template <class T>
struct Elements {
    const T* data;
    std::size_t row;
    std::size_t col;

    T at(std::size_t i, std::size_t j) const { return data[i * row + j * col]; }
};

// start + a * b as one chain an element over ascending k; start.data == nullptr: from 0. m x n without gaps.
template <class T>
std::vector<T> product(Rounding rounding, std::size_t m, std::size_t n, std::size_t k, Elements<T> a,
                       Elements<T> b, Elements<T> start = {nullptr, 0, 0});

// The largest |got - truth| / (k * eps * (|a||b|)(i,j)) over all elements of a product from 0: at most 1.
template <class T>
double product_error(const std::vector<T>& got, std::size_t m, std::size_t n, std::size_t k, Elements<T> a,
                     Elements<T> b);

// The documented order of a sum along a row: 64 bytes x 4 of running sums, then a fixed tree.
template <class T>
T sum(const T* x, std::size_t n);

// A chain from 0 over elements `step` apart.
template <class T>
T chain_sum(const T* x, std::size_t n, std::size_t step);

// Index of the first NaN, else of the first among the largest.
template <class T>
std::size_t argmax(const T* x, std::size_t n, std::size_t step);

// The library's exp or log at some level: an ingredient that has tests of its own.
template <class T>
using Unary = void (*)(const T* x, T* y, std::size_t n);

// softmax's e^d for d <= 0 or NaN, in float operation by operation; for double it is exp.
float shifted_exp(Rounding rounding, float d);

// Softmax of one row, and what its loss needs.
template <class T>
struct SoftmaxRow {
    T max;
    T sum;
    std::vector<T> e;
    std::vector<T> p;
};
template <class T>
SoftmaxRow<T> softmax_row(Rounding rounding, Unary<T> exp, const T* x, std::size_t cols);

// The gradient of one row's loss in a batch of n: e_j / (sum * n), but (p_label - 1) / n for the label.
template <class T>
std::vector<T> softmax_gradient_row(const SoftmaxRow<T>& row, std::size_t label, T n);

// log(double(s)) - (double(x[label]) - double(max)).
template <class T>
double softmax_loss_row(Unary<double> log, const SoftmaxRow<T>& row, T x_at_label);

// -log(double(x) + 1e-7), and the same summed with weights t.
template <class T>
double log_loss(Unary<double> log, T x);
template <class T>
double soft_log_loss(Unary<double> log, Rounding rounding, const T* x, const T* t, std::size_t n);

// The truth: -log softmax(x)[label].
template <class T>
long double true_softmax_loss(const T* x, std::size_t cols, std::size_t label);

}  // namespace thalweg::test
