// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The elementwise operations on matrices and gapped views, in both forms and in place, against their kernels;
// the kernels have tests of their own.
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/functions.hpp"
#include "support/levels.hpp"
#include "support/shapes.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

struct Shape {
    std::size_t rows;
    std::size_t cols;
};
constexpr Shape kShapes[] = {{0, 0},  {0, 5}, {5, 0},   {1, 1},   {1, 50},
                             {50, 1}, {3, 7}, {16, 16}, {33, 65}, {100, 50}};

}  // namespace

TEMPLATE_TEST_CASE("functions of one array apply their kernel to each element", "[elementwise]", float,
                   double) {
    each_level([](Rounding) {
        Failures failures;
        for (const Function<TestType>& op : functions<TestType>()) {
            for (const auto [rows, cols] : kShapes) {
                for (const Kind kind : all_kinds()) {
                    const Matrix<TestType> x = matrix<TestType>(rows, cols, kind);
                    std::vector<TestType> expected(x.size());
                    (dispatch::active<TestType>().*op.slot)(x.data(), expected.data(), x.size());

                    failures.compare(op.value(x), expected, op.name, rows, cols, "value");
                    Gapped<TestType> in(x);
                    Gapped<TestType> out(rows, cols);
                    failures.compare(op.value(in.view()), expected, op.name, rows, cols, "value of a view");
                    op.into(in.view(), out.view());
                    failures.compare(elements(out.view()), expected, op.name, rows, cols, "view to view");
                    Matrix<TestType> whole(rows, cols);
                    op.into(in.view(), whole);
                    failures.compare(whole, expected, op.name, rows, cols, "view to matrix");
                    Gapped<TestType> fresh(rows, cols);
                    op.into(x, fresh.view());
                    failures.compare(elements(fresh.view()), expected, op.name, rows, cols, "matrix to view");
                    failures.expect(fresh.gaps_untouched(), op.name, rows, cols, "gaps, matrix to view");
                    op.into(in.view(), in.view());
                    failures.compare(elements(in.view()), expected, op.name, rows, cols, "in place");
                    failures.expect(in.gaps_untouched() && out.gaps_untouched(), op.name, rows, cols, "gaps");
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("add_bias adds a row to every row", "[elementwise]", float, double) {
    each_level([](Rounding) {
        Failures failures;
        for (const auto [rows, cols] : kShapes) {
            const Matrix<TestType> x = matrix<TestType>(rows, cols);
            const Matrix<TestType> b = matrix<TestType>(1, cols, Kind::kNormal, 2);
            std::vector<TestType> expected;
            for (std::size_t i = 0; i < x.size(); ++i) {
                expected.push_back(x.data()[i] + b.data()[i % cols]);
            }
            failures.compare(add_bias(x, b), expected, rows, cols, "value");
            Gapped<TestType> in(x);
            Gapped<TestType> bias(b);
            Gapped<TestType> out(rows, cols);
            add_bias(in.view(), bias.view(), out.view());
            failures.compare(elements(out.view()), expected, rows, cols, "view to view");
            add_bias(in.view(), bias.view(), in.view());
            failures.compare(elements(in.view()), expected, rows, cols, "in place");
            failures.expect(in.gaps_untouched() && out.gaps_untouched(), rows, cols, "gaps");
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("axpy and scale on matrices and views", "[elementwise]", float, double) {
    const TestType a = TestType(-0.1);
    each_level([a](Rounding rounding) {
        Failures failures;
        for (const auto [rows, cols] : kShapes) {
            const Matrix<TestType> x = matrix<TestType>(rows, cols, Kind::kNormal, 1);
            const Matrix<TestType> y = matrix<TestType>(rows, cols, Kind::kNormal, 2);
            std::vector<TestType> updated;
            std::vector<TestType> doubled;
            std::vector<TestType> scaled;
            for (std::size_t i = 0; i < x.size(); ++i) {
                updated.push_back(multiply_add(rounding, a, x.data()[i], y.data()[i]));
                doubled.push_back(multiply_add(rounding, a, x.data()[i], x.data()[i]));
                scaled.push_back(a * x.data()[i]);
            }
            Matrix<TestType> whole = y;
            axpy(a, x, whole);
            failures.compare(whole, updated, rows, cols, "axpy");
            Gapped<TestType> in(x);
            Gapped<TestType> out(y);
            axpy(a, in.view(), out.view());
            failures.compare(elements(out.view()), updated, rows, cols, "axpy of views");
            Gapped<TestType> from_whole(y);
            axpy(a, x, from_whole.view());
            failures.compare(elements(from_whole.view()), updated, rows, cols, "axpy, matrix to view");
            whole = y;
            axpy(a, in.view(), whole);
            failures.compare(whole, updated, rows, cols, "axpy, view to matrix");
            scale(a, x, from_whole.view());
            failures.compare(elements(from_whole.view()), scaled, rows, cols, "scale, matrix to view");
            scale(a, in.view(), whole);
            failures.compare(whole, scaled, rows, cols, "scale, view to matrix");
            failures.expect(from_whole.gaps_untouched(), rows, cols, "gaps, matrix to view");
            Matrix<TestType> same = x;
            axpy(a, same, same);
            failures.compare(same, doubled, rows, cols, "axpy with y = x");

            failures.compare(scale(a, x), scaled, rows, cols, "scale");
            scale(a, in.view(), out.view());
            failures.compare(elements(out.view()), scaled, rows, cols, "scale of views");
            scale(a, in.view(), in.view());
            failures.compare(elements(in.view()), scaled, rows, cols, "scale in place");
            failures.expect(in.gaps_untouched() && out.gaps_untouched(), rows, cols, "gaps");
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("power on matrices and views, and in expressions", "[elementwise]", float, double) {
    const TestType p = TestType(2.5);
    each_level([p](Rounding) {
        Failures failures;
        for (const auto [rows, cols] : kShapes) {
            const Matrix<TestType> x = abs(matrix<TestType>(rows, cols, Kind::kNormal, 1));
            std::vector<TestType> expected(x.size());
            dispatch::active<TestType>().power(p, x.data(), expected.data(), x.size());
            failures.compare(power(x, p), expected, rows, cols, "value");
            Matrix<TestType> whole(rows, cols);
            power(x, p, whole);
            failures.compare(whole, expected, rows, cols, "out");
            Gapped<TestType> in(x);
            Gapped<TestType> out(x);
            power(in.view(), p, out.view());
            failures.compare(elements(out.view()), expected, rows, cols, "views");
            power(in.view(), p, in.view());
            failures.compare(elements(in.view()), expected, rows, cols, "in place");
            failures.expect(in.gaps_untouched() && out.gaps_untouched(), rows, cols, "gaps");

            // Two exponents, one of them of a computed value, beside other numbers.
            const Matrix<TestType> both = TestType(3) * power(x, p) - power(x + TestType(1), 3) / TestType(7);
            std::vector<TestType> cubes(x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                cubes[i] = x.data()[i] + TestType(1);
            }
            dispatch::active<TestType>().power(TestType(3), cubes.data(), cubes.data(), cubes.size());
            std::vector<TestType> combined;
            for (std::size_t i = 0; i < x.size(); ++i) {
                combined.push_back(TestType(3) * expected[i] - cubes[i] / TestType(7));
            }
            failures.compare(both, combined, rows, cols, "in an expression");
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("sigmoid_backward on matrices and views", "[elementwise]", float, double) {
    each_level([](Rounding) {
        Failures failures;
        for (const auto [rows, cols] : kShapes) {
            const Matrix<TestType> z = matrix<TestType>(rows, cols, Kind::kProbability, 1);
            const Matrix<TestType> dz = matrix<TestType>(rows, cols, Kind::kNormal, 2);
            std::vector<TestType> expected;
            for (std::size_t i = 0; i < z.size(); ++i) {
                expected.push_back((z.data()[i] * (TestType(1) - z.data()[i])) * dz.data()[i]);
            }
            failures.compare(sigmoid_backward(z, dz), expected, rows, cols, "value");
            Gapped<TestType> z_view(z);
            Gapped<TestType> dz_view(dz);
            Gapped<TestType> out(rows, cols);
            sigmoid_backward(z_view.view(), dz_view.view(), out.view());
            failures.compare(elements(out.view()), expected, rows, cols, "view to view");
            Matrix<TestType> whole(rows, cols);
            sigmoid_backward(z_view.view(), dz, whole);
            failures.compare(whole, expected, rows, cols, "view and matrix to matrix");
            sigmoid_backward(z, dz_view.view(), whole);
            failures.compare(whole, expected, rows, cols, "matrix and view to matrix");
            sigmoid_backward(z, dz, out.view());
            failures.compare(elements(out.view()), expected, rows, cols, "matrices to view");
            sigmoid_backward(z, dz_view.view(), dz_view.view());
            failures.compare(elements(dz_view.view()), expected, rows, cols, "over dz");
            sigmoid_backward(z_view.view(), dz, z_view.view());
            failures.compare(elements(z_view.view()), expected, rows, cols, "over z");
            failures.expect(z_view.gaps_untouched() && dz_view.gaps_untouched() && out.gaps_untouched(), rows,
                            cols);
        }
        REQUIRE(failures.text() == "");
    });
}
