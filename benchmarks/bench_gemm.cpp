// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// dot(): the five products of the book's training step, its forward product for other batches, and squares.
// Verified bit for bit against the documented chain. The name is gemm/<type>/<m>x<k>x<n>/<a><b>, n or t a
// side.
#include <algorithm>

#include "support/inputs.hpp"
#include "support/shapes.hpp"
#include "thalweg/ops.hpp"
#include "variants.hpp"

namespace thalweg::bench {
namespace {

using test::ProductShape;

struct Product {
    ProductShape shape;
    bool a_transposed = false;
    bool b_transposed = false;

    std::string name() const {
        return by(shape.m, shape.k) + "x" + std::to_string(shape.n) + "/" + (a_transposed ? "t" : "n") +
               (b_transposed ? "t" : "n");
    }
    double flop() const { return 2.0 * static_cast<double>(shape.m * shape.n * shape.k); }
};

// test::book_products() is a list of corner cases without transposes, so only its type serves here.
std::vector<Product> products(bool single) {
    const auto square = [](std::size_t size) { return Product{{size, size, size}}; };
    if (!single) {
        return {square(64), square(256), square(1024)};
    }
    std::vector<Product> list = {
        {{100, 50, 784}},               // x W1
        {{784, 50, 100}, true, false},  // x^T dz1
        {{100, 10, 50}},                // z1 W2
        {{50, 10, 100}, true, false},   // z1^T dy
        {{100, 50, 10}, false, true},   // dy W2^T
        {{1, 50, 784}},
        {{10, 50, 784}},
        {{10000, 50, 784}},
    };
    for (std::size_t size = 32; size <= 1024; size *= 2) {
        list.push_back(square(size));
    }
    return list;
}

// Multiply-adds the check may cost: enough for every element of the small products.
constexpr std::size_t kCheckWork = 400'000;
constexpr std::size_t kCheckAtLeast = 64;

template <class T>
test::Failures check(const Product& product, const Variant& variant, const Matrix<T>& a, const Matrix<T>& b,
                     const Matrix<T>& c) {
    const auto [m, n, k] = product.shape;
    const test::Elements<T> a_at{a.data(), product.a_transposed ? 1 : k, product.a_transposed ? m : 1};
    const test::Elements<T> b_at{b.data(), product.b_transposed ? 1 : n, product.b_transposed ? k : 1};
    test::Failures failures;
    for (const std::size_t index : sample(m * n, std::max(kCheckAtLeast, kCheckWork / k))) {
        const std::size_t i = index / n;
        const std::size_t j = index % n;
        T want = 0;
        for (std::size_t p = 0; p < k; ++p) {
            want = test::multiply_add(variant.rounding(), a_at.at(i, p), b_at.at(p, j), want);
        }
        if (!test::same_bits(c(i, j), want)) {
            failures.add("is " + test::text_of(c(i, j)) + ", expected " + test::text_of(want), "element", i,
                         j);
        }
    }
    return failures;
}

template <class T>
Matrix<T> random_matrix(std::size_t rows, std::size_t cols, std::uint64_t salt) {
    Matrix<T> m(rows, cols);
    test::fill(m.data(), m.size(), test::Kind::kNormal, salt);
    return m;
}

template <class T>
void run(benchmark::State& state, const Variant& variant, const Product& product) {
    const auto [m, n, k] = product.shape;
    const Matrix<T> a = product.a_transposed ? random_matrix<T>(k, m, 1) : random_matrix<T>(m, k, 1);
    const Matrix<T> b = product.b_transposed ? random_matrix<T>(n, k, 2) : random_matrix<T>(k, n, 2);
    Matrix<T> c(m, n, std::numeric_limits<T>::quiet_NaN());
    const DotOperand<T> a_read = product.a_transposed ? DotOperand<T>(a.transposed()) : DotOperand<T>(a);
    const DotOperand<T> b_read = product.b_transposed ? DotOperand<T>(b.transposed()) : DotOperand<T>(b);
    const double seconds = timed(state, variant, [&] { dot(a_read, b_read, c); });
    report_flops(state, variant, sizeof(T), product.flop(), seconds);
    judge(state, check(product, variant, a, b, c));
}

template <class T>
void register_type() {
    constexpr double kWorthTwoThreads = 10e6;
    for (const Product& product : products(sizeof(T) == sizeof(float))) {
        add(std::string("gemm/") + type_name<T>() + "/" + product.name(),
            threads_for(product.flop() > kWorthTwoThreads),
            [product](benchmark::State& state, const Variant& variant) { run<T>(state, variant, product); });
    }
}

}  // namespace

void register_gemm() {
    register_type<float>();
    register_type<double>();
}

}  // namespace thalweg::bench
