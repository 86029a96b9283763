// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Products: the public ones, transposed and started from anything; the kernels that take other ways to the
// same chains; and those that leave out zeros.
#include <algorithm>
#include <cmath>

#include "ops.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::fuzz {
namespace {

// m x n x k with at most so many multiplications; now and then 16 times as many, which two threads share.
struct Shape {
    Shape(Plan& plan, std::size_t most) : m(plan.size()), n(plan.size()), k(plan.size()) {
        most *= k % 32 == 7 ? 16 : 1;
        while (m * n * k > most) {
            (m >= n && m >= k ? m : n >= k ? n : k) /= 2;
        }
    }
    std::size_t m;
    std::size_t n;
    std::size_t k;
};

// Each class rounds k products and k sums, or k fmas: k + 1 half units of |start| + |a||b| at most, and a
// product that is rounded where it is subnormal loses half of the smallest number. Both classes together: (k
// + 1) eps (|start| + |a||b|) + (k + 1) smallest; one more for what second order adds (k eps < 1e-3 here).
template <class T>
double bound_of(std::size_t k, T start, const auto& a, const auto& b) {
    using Limits = std::numeric_limits<T>;
    const long double most = static_cast<long double>(Limits::max()) / 2;
    const long double from = std::fabs(static_cast<long double>(start));
    bool finite = std::isfinite(from);
    // Of what is finite; an operand that is not decides alone unless this overflows beside it.
    long double sum = finite ? from : 0.0L;
    for (std::size_t p = 0; p < k; ++p) {
        const long double term = std::fabs(static_cast<long double>(a(p)) * static_cast<long double>(b(p)));
        finite = finite && std::isfinite(a(p)) && std::isfinite(b(p));
        sum += std::isfinite(term) ? term : 0.0L;
    }
    if (sum >= most) {
        return std::numeric_limits<double>::infinity();
    }
    if (!finite) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    return static_cast<double>(static_cast<long double>(k + 2) * static_cast<long double>(Limits::epsilon()) *
                               sum) +
           static_cast<double>(k + 1) * static_cast<double>(Limits::denorm_min());
}

enum class Start { kZero, kOutput, kBias };

template <class T>
struct Product {
    Product(Plan& plan, std::size_t most)
        : shape(plan, most),
          a_transposed(plan.flag()),
          b_transposed(plan.flag()),
          a(plan, a_transposed ? shape.k : shape.m, a_transposed ? shape.m : shape.k),
          b(plan, b_transposed ? shape.n : shape.k, b_transposed ? shape.k : shape.n),
          start(static_cast<Start>(plan.below(3))),
          first(plan, start == Start::kBias ? 1 : shape.m, shape.n),
          room(shape.m, shape.n, plan.below(5), plan.below(17)) {}

    DotOperand<T> left() const {
        return a_transposed ? DotOperand<T>(a.read().transposed()) : DotOperand<T>(a.read());
    }
    DotOperand<T> right() const {
        return b_transposed ? DotOperand<T>(b.read().transposed()) : DotOperand<T>(b.read());
    }
    test::Elements<T> started() const {
        return start == Start::kZero
                   ? test::Elements<T>{nullptr, 0, 0}
                   : test::Elements<T>{first.data(), start == Start::kBias ? 0 : first.ld(), 1};
    }
    Values expected(test::Rounding rounding) const {
        const std::vector<T> c = test::product(rounding, shape.m, shape.n, shape.k, a.elements(a_transposed),
                                               b.elements(b_transposed), started());
        return {c.begin(), c.end()};
    }
    Bound bound() const {
        std::vector<double> bounds;
        const auto x = a.elements(a_transposed);
        const auto y = b.elements(b_transposed);
        for (std::size_t i = 0; i < shape.m; ++i) {
            for (std::size_t j = 0; j < shape.n; ++j) {
                const T from = start == Start::kZero ? T(0) : started().at(i, j);
                bounds.push_back(bound_of<T>(
                    shape.k, from, [&](std::size_t p) { return x.at(i, p); },
                    [&](std::size_t p) { return y.at(p, j); }));
            }
        }
        return within(std::move(bounds));
    }

    Shape shape;
    bool a_transposed;
    bool b_transposed;
    Operand<T> a;
    Operand<T> b;
    Start start;
    Operand<T> first;
    Operand<T> room;
};

}  // namespace

template <class T>
void fuzz_products(Plan& plan) {
    const Product<T> product(plan, 60'000);
    levels_agree(
        "product",
        [&](const Level& level) {
            // dot_add's start is the output itself.
            const Operand<T> out(product.start == Start::kOutput ? product.first : product.room);
            switch (product.start) {
                case Start::kZero:
                    dot(product.left(), product.right(), out.view());
                    break;
                case Start::kOutput:
                    dot_add(product.left(), product.right(), out.view());
                    break;
                case Start::kBias:
                    affine(product.left(), product.right(), product.first.read(), out.view());
                    break;
            }
            Values values = out.values();
            require_same("product", values, product.expected(level.rounding));
            return values;
        },
        product.bound());
}

template <class T>
void fuzz_gemm_ways(Plan& plan) {
    Product<T> product(plan, 60'000);
    if (product.b_transposed) {
        return;  // kernels read b as it lies
    }
    const std::size_t which = plan.below(3);
    levels_agree(
        "gemm's kernels",
        [&](const Level& level) {
            const auto& table = level.kernels<T>();
            const Operand<T> out(product.room);
            kernels::GemmBlock<T> block{};
            block.m = product.shape.m;
            block.n = product.shape.n;
            block.k = product.shape.k;
            const auto a = product.a.elements(product.a_transposed);
            block.a = a.data;
            block.a_row = a.row;
            block.a_col = a.col;
            block.b = product.b.data();
            block.ldb = product.b.ld();
            block.c = out.data();
            block.ldc = out.ld();
            const auto start = product.started();
            block.start = start.data;
            block.start_row = start.row;
            if (which == 0) {
                table.gemm(block);
            } else if (which == 1) {
                table.gemm_streamed(block, 1 + block.k % 9, block.n % 9);
            } else {
                const std::size_t lanes = table.gemm_lanes;
                const Operand<T> packed(1, block.k * ((block.n + lanes - 1) / lanes * lanes), 0, 0);
                const Operand<T> panel(1, block.k * table.gemm_rows, 0, 0);
                table.pack_b(block.b, block.ldb, block.k, block.n, packed.data());
                block.b = packed.data();
                table.gemm_packed(block, panel.data());
            }
            Values values = out.values();
            require_same("gemm's kernels", values, product.expected(level.rounding));
            return values;
        },
        product.bound());
}

// Pixels, most of them 0, against finite numbers.
template <class T>
void fuzz_nonzero(Plan& plan) {
    const std::size_t m = plan.size() % 30;
    const std::size_t n = plan.size() % 90;
    const std::size_t k = plan.size();
    const bool transposed = plan.flag();
    const bool descend = plan.flag();
    const std::size_t density = plan.below(17);
    std::vector<T> brightness = plan.numbers<T>(256);
    Operand<T> b(plan, k, n);
    const Operand<T> start(plan, descend ? m : 1, n);
    const bool started = descend || plan.flag();
    // Rows without a pixel are left alone: as fma(factor, 0, c) for a finite factor.
    const T drawn = plan.number<T>();
    const T factor = std::isfinite(drawn) ? drawn : T(0.5);
    std::uint64_t dice = plan.seed();
    std::vector<std::uint8_t> x(m * k);
    for (std::uint8_t& pixel : x) {
        dice = dice * 6364136223846793005U + 1442695040888963407U;
        pixel = static_cast<std::uint8_t>((dice >> 60) < density ? dice >> 40 : 0);
    }
    for (T& value : brightness) {
        value = std::isfinite(value) ? value : T(1);
    }
    brightness[0] = T(0);
    for (std::size_t i = 0; i < k; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            b.data()[i * b.ld() + j] = std::isfinite(b.at(i, j)) ? b.at(i, j) : T(-1);
        }
    }
    const std::size_t words = (k + 63) / 64;
    const std::size_t x_row = transposed ? 1 : k;
    const std::size_t x_col = transposed ? m : 1;
    std::vector<std::uint64_t> bits(m * words + 1);
    std::vector<T> dense(m * k);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t p = 0; p < k; ++p) {
            const std::uint8_t pixel = x[i * x_row + p * x_col];
            bits[i * words + p / 64] |= std::uint64_t{pixel != 0} << (p % 64);
            dense[i * k + p] = brightness[pixel];
        }
    }
    levels_of_a_class_agree("gemm_nonzero", [&](const Level& level) {
        const Operand<T> out = descend ? Operand<T>(start) : Operand<T>(m, n, 3, 5);
        level.kernels<T>().gemm_nonzero({m, n, x.data(), x_row, x_col, brightness.data(), bits.data(), words,
                                         words, b.data(), b.ld(), out.data(), out.ld(),
                                         started && !descend ? start.data() : nullptr, 0, descend, factor});
        const test::Elements<T> none{nullptr, 0, 0};
        std::vector<T> expected =
            test::product(level.rounding, m, n, k, test::Elements<T>{dense.data(), k, 1}, b.elements(),
                          started && !descend ? test::Elements<T>{start.data(), 0, 1} : none);
        Values values = out.values();
        for (std::size_t i = 0; i < expected.size(); ++i) {
            if (descend) {
                // A sum that is not finite comes from overflow, which leaving out zeros does not touch.
                expected[i] = test::multiply_add(level.rounding, factor, expected[i], start.at(i / n, i % n));
            }
            // The sign of a zero may differ from the dense chain's, and nothing else.
            require(same(values[i], static_cast<double>(expected[i])) ||
                        (values[i] == 0.0 && expected[i] == T(0)),
                    "leaving out zeros changes no bit but the sign of a zero");
        }
        return values;
    });
}

template void fuzz_products<float>(Plan&);
template void fuzz_products<double>(Plan&);
template void fuzz_gemm_ways<float>(Plan&);
template void fuzz_gemm_ways<double>(Plan&);
template void fuzz_nonzero<float>(Plan&);
template void fuzz_nonzero<double>(Plan&);

}  // namespace thalweg::fuzz
