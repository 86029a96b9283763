// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax and losses, sums, and the elementwise rest.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bits/hash.hpp"
#include "bits/inputs.hpp"
#include "bits/rows.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::bits {
namespace {

struct Shape {
    std::size_t rows;
    std::size_t cols;
};

// Softmax sums in another way beyond 32 columns; the large ones are split over threads.
constexpr Shape kShapes[] = {{100, 10}, {1, 10},  {20'000, 10}, {7, 1},   {33, 2},    {500, 3},
                             {50, 17},  {40, 32}, {37, 33},     {9, 100}, {300, 784}, {3, 5000}};

std::vector<int> labels_of(const Shape& shape, Rng& rng) {
    std::vector<int> labels(shape.rows);
    for (int& label : labels) {
        label = static_cast<int>(rng.below(shape.cols));
    }
    return labels;
}

template <class T>
std::uint64_t softmax_of() {
    Hash hash;
    Rng rng(5);
    for (const Shape& shape : kShapes) {
        for (const double size : {1.0, 16.0, 128.0}) {
            hash.add(softmax(uniform<T>(shape.rows, shape.cols, rng, size)));
        }
    }
    return hash.value();
}

template <class T>
std::uint64_t losses_of() {
    Hash hash;
    Rng rng(6);
    for (const Shape& shape : kShapes) {
        const Matrix<T> logits = uniform<T>(shape.rows, shape.cols, rng, 8.0);
        const std::vector<int> labels = labels_of(shape, rng);
        Matrix<T> dlogits(shape.rows, shape.cols);
        Matrix<T> p(shape.rows, shape.cols);
        hash.add(softmax_cross_entropy(logits, labels, dlogits, p));
        hash.add(dlogits);
        hash.add(cross_entropy_error(p, labels));
        hash.add(cross_entropy_error(p, softmax(uniform<T>(shape.rows, shape.cols, rng))));
    }
    return hash.value();
}

// Additions in a fixed order: no product, so both classes agree.
template <class T>
std::uint64_t sums_of() {
    Hash hash;
    Rng rng(7);
    for (const Shape& shape : kShapes) {
        const Matrix<T> x = uniform<T>(shape.rows, shape.cols, rng);
        hash.add(sum(x, 0));
        hash.add(sum(x, 1));
        hash.add(add_bias(x, x.row(0)).eval());
        hash.add(scale(x(0, 0), x).eval());
    }
    return hash.value();
}

template <class T>
std::uint64_t elementwise() {
    Hash hash;
    Rng rng(8);
    for (const Shape& shape : kShapes) {
        const Matrix<T> z = sigmoid(uniform<T>(shape.rows, shape.cols, rng, 8.0));
        Matrix<T> y = uniform<T>(shape.rows, shape.cols, rng);
        hash.add(sigmoid_backward(z, y).eval());
        axpy(static_cast<T>(-0.1), z, y);
        hash.add(y);
    }
    return hash.value();
}

template <class T>
std::uint64_t powers_of() {
    // Rounded by the compiler: not in whatever direction the calling thread rounds.
    static constexpr T kExponents[] = {T(2.0), T(3.0), T(-2.0), T(0.5), T(-0.3), T(12.25), T(100.0)};
    Hash hash;
    Rng rng(9);
    for (const double size : {1.0, 8.0, 1024.0}) {
        const Matrix<T> x = uniform<T>(100, 100, rng, size);
        for (const T exponent : kExponents) {
            hash.add(power(x, exponent).eval());
            hash.add(power(abs(x), exponent).eval());
        }
    }
    return hash.value();
}

constexpr Row kOperationRows[] = {
    {"softmax/f32", false, false, softmax_of<float>},
    {"softmax/f64", false, false, softmax_of<double>},
    {"softmax with loss/f32", false, false, losses_of<float>},
    {"softmax with loss/f64", false, false, losses_of<double>},
    {"sums/f32", true, false, sums_of<float>},
    {"sums/f64", true, false, sums_of<double>},
    {"elementwise/f32", false, false, elementwise<float>},
    {"elementwise/f64", false, false, elementwise<double>},
    {"power/f32", false, false, powers_of<float>},
    {"power/f64", false, false, powers_of<double>},
};

}  // namespace

std::span<const Row> operation_rows() {
    return kOperationRows;
}

}  // namespace thalweg::bits
