// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// dot, dot_add and affine against the five-line chain, bit for bit: all four transpose combinations, gapped
// views, vectors, empty products, every level and several numbers of threads.
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// One matrix in the four forms dot() reads: plain or stored transposed, whole or inside a larger one.
template <class T>
class Forms {
public:
    explicit Forms(const Matrix<T>& m)
        : plain_(m), flipped_(transposed(m)), gapped_(m), gapped_flipped_(flipped_) {}

    DotOperand<T> get(bool transpose, bool gapped) {
        if (gapped) {
            return transpose ? DotOperand<T>(gapped_flipped_.view().transposed())
                             : DotOperand<T>(gapped_.view());
        }
        return transpose ? DotOperand<T>(flipped_.transposed()) : DotOperand<T>(plain_);
    }

private:
    Matrix<T> plain_;
    Matrix<T> flipped_;
    Gapped<T> gapped_;
    Gapped<T> gapped_flipped_;
};

template <class T>
struct Problem {
    explicit Problem(const ProductShape& shape_in)
        : shape(shape_in),
          a(matrix<T>(shape.m, shape.k, Kind::kNormal, 1)),
          b(matrix<T>(shape.k, shape.n, Kind::kNormal, 2)),
          bias(matrix<T>(1, shape.n, Kind::kNormal, 3)),
          addend(matrix<T>(shape.m, shape.n, Kind::kNormal, 4)) {}

    std::vector<T> expected(Rounding rounding, Elements<T> start = {nullptr, 0, 0}) const {
        return product<T>(rounding, shape.m, shape.n, shape.k, {a.data(), a.ld(), 1}, {b.data(), b.ld(), 1},
                          start);
    }

    ProductShape shape;
    Matrix<T> a;
    Matrix<T> b;
    Matrix<T> bias;
    Matrix<T> addend;
};

// All forms of one problem at the level in use.
template <class T>
void check(const Problem<T>& problem, Rounding rounding, Failures& failures) {
    const auto [m, n, k] = problem.shape;
    const std::vector<T> plain = problem.expected(rounding);
    const std::vector<T> added = problem.expected(rounding, {problem.addend.data(), n, 1});
    const std::vector<T> biased = problem.expected(rounding, {problem.bias.data(), 0, 1});
    Forms<T> a(problem.a);
    Forms<T> b(problem.b);
    for (unsigned form = 0; form < 8; ++form) {
        const bool gapped = (form & 4) != 0;
        const DotOperand<T> left = a.get((form & 1) != 0, gapped);
        const DotOperand<T> right = b.get((form & 2) != 0, gapped);
        failures.compare(dot(left, right), plain, "dot", m, n, k, "form", form);
        failures.compare(affine(left, right, problem.bias), biased, "affine", m, n, k, "form", form);
        Gapped<T> out(problem.addend);
        dot_add(left, right, out.view());
        failures.compare(elements(out.view()), added, "dot_add", m, n, k, "form", form);
        dot(left, right, out.view());
        failures.compare(elements(out.view()), plain, "dot into out", m, n, k, "form", form);
        affine(left, right, problem.bias, out.view());
        failures.compare(elements(out.view()), biased, "affine into out", m, n, k, "form", form);
        failures.expect(out.gaps_untouched(), "gaps", m, n, k, "form", form);
    }
}

}  // namespace

TEMPLATE_TEST_CASE("dot is the chain in every form and small shape", "[dot]", float, double) {
    each_level([](Rounding rounding) {
        Failures failures;
        for (const std::size_t m : Sizes{0, 1, 2, 7, 17}) {
            for (const std::size_t n : Sizes{0, 1, 3, 16, 35}) {
                for (const std::size_t k : Sizes{0, 1, 5, 18}) {
                    check(Problem<TestType>({m, n, k}), rounding, failures);
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("dot is the chain for the book's products", "[dot]", float, double) {
    each_level([](Rounding rounding) {
        Failures failures;
        for (const ProductShape& shape : book_products()) {
            check(Problem<TestType>(shape), rounding, failures);
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("dot is the chain for any number of threads", "[dot][threads]", float, double) {
    // Enough multiply-adds to be split, each shape along another dimension; nothing divides evenly. The
    // second has a large b and few rows, the last is cut into packed blocks along k and along the columns.
    for (const ProductShape& shape :
         std::vector<ProductShape>{{257, 191, 213}, {13, 2003, 301}, {3001, 11, 257}, {41, 797, 401}}) {
        const Problem<TestType> problem(shape);
        Forms<TestType> a(problem.a);
        Forms<TestType> b(problem.b);
        std::vector<std::vector<TestType>> plain;
        std::vector<std::vector<TestType>> added;
        std::vector<std::vector<TestType>> biased;
        for (const Rounding rounding : {Rounding::kFma, Rounding::kMulAdd}) {
            plain.push_back(problem.expected(rounding));
            added.push_back(problem.expected(rounding, {problem.addend.data(), shape.n, 1}));
            biased.push_back(problem.expected(rounding, {problem.bias.data(), 0, 1}));
        }
        each_level([&](Rounding rounding) {
            const auto which = static_cast<std::size_t>(rounding);
            Failures failures;
            for (const int threads : kThreadCounts) {
                const ThreadScope scope(threads);
                for (unsigned form = 0; form < 4; ++form) {
                    const DotOperand<TestType> left = a.get((form & 1) != 0, false);
                    const DotOperand<TestType> right = b.get((form & 2) != 0, false);
                    failures.compare(dot(left, right), plain[which], threads, "threads, form", form);
                    Gapped<TestType> out(problem.addend);
                    dot_add(left, right, out.view());
                    failures.compare(elements(out.view()), added[which], threads, "threads, dot_add, form",
                                     form);
                    affine(left, right, problem.bias, out.view());
                    failures.compare(elements(out.view()), biased[which], threads, "threads, affine, form",
                                     form);
                    failures.expect(out.gaps_untouched(), threads, "threads, gaps, form", form);
                }
            }
            REQUIRE(failures.text() == "");
        });
    }
}

TEMPLATE_TEST_CASE("dot keeps the bound k eps |a||b|", "[dot]", float, double) {
    each_level([](Rounding) {
        for (const Kind kind : {Kind::kNormal, Kind::kCancellation}) {
            const Matrix<TestType> a = matrix<TestType>(31, 301, kind, 1);
            const Matrix<TestType> b = matrix<TestType>(301, 29, kind, 2);
            const double worst = product_error<TestType>(elements(dot(a, b)), 31, 29, 301,
                                                         {a.data(), a.ld(), 1}, {b.data(), b.ld(), 1});
            INFO(name(kind));
            CHECK(worst <= 1.0);
        }
    });
}

TEMPLATE_TEST_CASE("dot of a matrix with itself and with its transpose", "[dot]", float, double) {
    each_level([](Rounding rounding) {
        const Matrix<TestType> a = matrix<TestType>(19, 19);
        const Elements<TestType> plain{a.data(), 19, 1};
        const Elements<TestType> flipped{a.data(), 1, 19};
        Failures failures;
        failures.compare(dot(a, a), product(rounding, 19, 19, 19, plain, plain), "a a");
        failures.compare(dot(a, a.transposed()), product(rounding, 19, 19, 19, plain, flipped), "a a^T");
        failures.compare(dot(a.transposed(), a), product(rounding, 19, 19, 19, flipped, plain), "a^T a");
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("an empty sum is zero, its start, or its bias", "[dot]", float, double) {
    const Matrix<TestType> a(2, 0);
    const Matrix<TestType> b(0, 3);
    const Matrix<TestType> bias = {{1, 2, 3}};
    CHECK(dot(a, b) == Matrix<TestType>(2, 3));
    CHECK(affine(a, b, bias) == Matrix<TestType>{{1, 2, 3}, {1, 2, 3}});
    Matrix<TestType> out(2, 3, TestType(5));
    dot_add(a, b, out);
    CHECK(out == Matrix<TestType>(2, 3, TestType(5)));
    dot(a, b, out);
    CHECK(out == Matrix<TestType>(2, 3));
    CHECK(dot(Matrix<TestType>(0, 4), Matrix<TestType>(4, 3)).cols() == 3);
    CHECK(dot(Matrix<TestType>(3, 4), Matrix<TestType>(4, 0)).rows() == 3);
}
