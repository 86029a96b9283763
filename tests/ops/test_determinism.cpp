// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Bits that may not depend on circumstances: the number of threads, the run, the other rows of a batch, and
// who calls at the same time.
#include <thread>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

template <class T>
struct Operation {
    const char* name;
    // All of an operation's results on a matrix x.
    std::vector<T> (*run)(MatrixView<const T> x);
};

template <class T>
std::vector<T> losses(MatrixView<const T> x) {
    const std::vector<int> labels = labels_below(x.cols(), x.rows());
    Matrix<T> dlogits(x.rows(), x.cols());
    Matrix<T> p(x.rows(), x.cols());
    const double fused = softmax_cross_entropy(x, labels, dlogits.view(), p.view());
    std::vector<T> all = elements(dlogits);
    const std::vector<T> more = elements(p);
    all.insert(all.end(), more.begin(), more.end());
    // In float a loss of different bits may round to the same: keep what the rounding drops as well.
    for (const double loss : {fused, cross_entropy_error(p, labels), cross_entropy_error(p, p)}) {
        const T high = static_cast<T>(loss);
        all.push_back(high);
        all.push_back(static_cast<T>(loss - static_cast<double>(high)));
    }
    return all;
}

template <class T>
std::vector<T> indices(MatrixView<const T> x, int axis) {
    std::vector<T> all;
    for (const std::size_t index : argmax(x, axis)) {
        all.push_back(static_cast<T>(index));
    }
    return all;
}

template <class T>
std::vector<T> updated(MatrixView<const T> x) {
    Matrix<T> y = scale(T(0.3), x);
    axpy(T(-0.7), x, y);
    return elements(y);
}

template <class T>
std::vector<Operation<T>> operations() {
    using V = MatrixView<const T>;
    return {
        {"add_bias", [](V x) { return elements(add_bias(x, x.row(0))); }},
#define THALWEG_FUNCTION(name, ...) {#name, [](V x) { return elements(name(x)); }},
#include "functions.inc"
        {"sigmoid_backward", [](V x) { return elements(sigmoid_backward(x, x)); }},
        {"softmax", [](V x) { return elements(softmax(x)); }},
        {"sum kRows", [](V x) { return elements(sum(x, 0)); }},
        {"sum kCols", [](V x) { return elements(sum(x, 1)); }},
        {"argmax kRows", [](V x) { return indices<T>(x, 0); }},
        {"argmax kCols", [](V x) { return indices<T>(x, 1); }},
        {"scale and axpy", [](V x) { return updated<T>(x); }},
        {"losses", [](V x) { return losses<T>(x); }},
        {"dot", [](V x) { return elements(dot(x.rows(0, 150), x.transposed())); }},
    };
}

}  // namespace

TEMPLATE_TEST_CASE("results depend on neither the number of threads nor the run", "[threads]", float,
                   double) {
    // Seven threads' worth of arithmetic (kArithmeticGrain) or two; neither tall nor wide, tall, wide.
    for (const auto& x :
         {matrix<TestType>(1000, 500), matrix<TestType>(12011, 11), matrix<TestType>(151, 1003)}) {
        Gapped<TestType> view(x);
        each_level([&](Rounding) {
            Failures failures;
            for (const Operation<TestType>& op : operations<TestType>()) {
                const bool dot_of_tall = op.name == std::string("dot") && x.rows() > 1000;
                if (dot_of_tall) {
                    continue;
                }
                set_threads(1);
                const std::vector<TestType> expected = op.run(x);
                for (const int threads : kThreadCounts) {
                    const ThreadScope scope(threads);
                    failures.compare(op.run(x), expected, op.name, x.rows(), x.cols(), threads, "threads");
                    if (threads == 3) {
                        failures.compare(op.run(view.view()), expected, op.name, x.rows(), x.cols(),
                                         "view, 3 threads");
                    }
                }
            }
            set_threads(0);
            REQUIRE(failures.text() == "");
        });
    }
}

TEMPLATE_TEST_CASE("a row of a batch equals that row alone", "[batch]", float, double) {
    const Matrix<TestType> x = matrix<TestType>(67, 45);
    const Matrix<TestType> w = matrix<TestType>(45, 33, Kind::kNormal, 2);
    const Matrix<TestType> b = matrix<TestType>(1, 33, Kind::kNormal, 3);
    each_level([&](Rounding) {
        const Matrix<TestType> products = dot(x, w);
        const Matrix<TestType> layers = affine(x, w, b);
        const Matrix<TestType> probabilities = softmax(x);
        const Matrix<TestType> activations = sigmoid(x);
        const Matrix<TestType> sums = sum(x, 1);
        Failures failures;
        for (std::size_t i = 0; i < x.rows(); ++i) {
            failures.compare(dot(x.row(i), w), elements(products.row(i)), "dot, row", i);
            failures.compare(affine(x.row(i), w, b), elements(layers.row(i)), "affine, row", i);
            failures.compare(softmax(x.row(i)), elements(probabilities.row(i)), "softmax, row", i);
            failures.compare(sigmoid(x.row(i)), elements(activations.row(i)), "sigmoid, row", i);
            failures.compare(sum(x.row(i), 1), elements(sums.row(i)), "sum, row", i);
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("several threads may call at once", "[threads]", float, double) {
    const Matrix<TestType> x = matrix<TestType>(700, 300);
    const std::vector<Operation<TestType>> all = operations<TestType>();
    std::vector<std::vector<TestType>> expected;
    for (const Operation<TestType>& op : all) {
        expected.push_back(op.run(x));
    }
    std::vector<Failures> failures(4);
    {
        std::vector<std::jthread> callers;
        for (Failures& own : failures) {
            callers.emplace_back([&] {
                for (std::size_t i = 0; i < all.size(); ++i) {
                    own.compare(all[i].run(x), expected[i], all[i].name);
                }
            });
        }
    }
    for (const Failures& own : failures) {
        CHECK(own.text() == "");
    }
}
