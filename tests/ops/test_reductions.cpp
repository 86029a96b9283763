// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// softmax, sum and argmax of matrices and gapped views along both axes, against the oracle's order.
#include <limits>
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

TEMPLATE_TEST_CASE("softmax works row by row", "[softmax]", float, double) {
    each_level([](Rounding rounding) {
        Failures failures;
        for (const std::size_t rows : Sizes{0, 1, 3, 17, 100}) {
            for (const std::size_t cols : Sizes{1, 2, 10, 32, 33, 129}) {
                const Matrix<TestType> x = scale(TestType(9), matrix<TestType>(rows, cols));
                std::vector<TestType> expected;
                for (std::size_t i = 0; i < rows; ++i) {
                    const auto row = softmax_row(rounding, dispatch::active<TestType>().exp, &x(i, 0), cols);
                    expected.insert(expected.end(), row.p.begin(), row.p.end());
                }
                failures.compare(softmax(x), expected, rows, cols, "value");
                Gapped<TestType> in(x);
                Gapped<TestType> out(rows, cols);
                softmax(in.view(), out.view());
                failures.compare(elements(out.view()), expected, rows, cols, "view to view");
                softmax(in.view(), in.view());
                failures.compare(elements(in.view()), expected, rows, cols, "in place");
                failures.expect(in.gaps_untouched() && out.gaps_untouched(), rows, cols, "gaps");
            }
        }
        CHECK(softmax(Matrix<TestType>(4, 0)).rows() == 4);
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("sum along both axes", "[sum]", float, double) {
    each_level([](Rounding) {
        Failures failures;
        for (const std::size_t rows : Sizes{0, 1, 2, 31, 100}) {
            for (const std::size_t cols : Sizes{0, 1, 10, 63, 64, 65, 300}) {
                const Matrix<TestType> x = matrix<TestType>(rows, cols);
                std::vector<TestType> down(cols);
                std::vector<TestType> along(rows);
                for (std::size_t j = 0; j < cols; ++j) {
                    down[j] = chain_sum(x.data() + j, rows, cols);
                }
                for (std::size_t i = 0; i < rows; ++i) {
                    along[i] = sum(x.data() + i * cols, cols);
                }
                const Matrix<TestType> by_column = sum(x, 0);
                const Matrix<TestType> by_row = sum(x, 1);
                failures.expect(by_column.rows() == 1 && by_column.cols() == cols, rows, cols, "shape kRows");
                failures.expect(by_row.rows() == rows && by_row.cols() == 1, rows, cols, "shape kCols");
                failures.compare(by_column, down, rows, cols, "kRows");
                failures.compare(by_row, along, rows, cols, "kCols");

                Gapped<TestType> in(x);
                Gapped<TestType> column_sums(1, cols);
                Gapped<TestType> row_sums(rows, 1);
                sum(in.view(), 0, column_sums.view());
                sum(in.view(), 1, row_sums.view());
                failures.compare(elements(column_sums.view()), down, rows, cols, "kRows of a view");
                failures.compare(elements(row_sums.view()), along, rows, cols, "kCols of a view");
                failures.expect(column_sums.gaps_untouched() && row_sums.gaps_untouched(), rows, cols,
                                "gaps");
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("sums into memory that holds something else", "[sum]", float, double) {
    Matrix<TestType> out(1, 3, std::numeric_limits<TestType>::quiet_NaN());
    sum(Matrix<TestType>(0, 3), 0, out);
    CHECK(out == Matrix<TestType>(1, 3));
    Matrix<TestType> column(3, 1, std::numeric_limits<TestType>::quiet_NaN());
    sum(Matrix<TestType>(3, 0), 1, column);
    CHECK(column == Matrix<TestType>(3, 1));
}

TEMPLATE_TEST_CASE("argmax along both axes", "[argmax]", float, double) {
    each_level([](Rounding) {
        Failures failures;
        for (const Kind kind : all_kinds()) {
            for (const std::size_t rows : Sizes{1, 2, 31, 100}) {
                for (const std::size_t cols : Sizes{1, 10, 33, 65}) {
                    const Matrix<TestType> x = matrix<TestType>(rows, cols, kind);
                    std::vector<std::size_t> down(cols);
                    std::vector<std::size_t> along(rows);
                    for (std::size_t j = 0; j < cols; ++j) {
                        down[j] = argmax(x.data() + j, rows, cols);
                    }
                    for (std::size_t i = 0; i < rows; ++i) {
                        along[i] = argmax(x.data() + i * cols, cols, 1);
                    }
                    Gapped<TestType> in(x);
                    failures.compare(argmax(x, 0), down, name(kind), rows, cols, "kRows");
                    failures.compare(argmax(x, 1), along, name(kind), rows, cols, "kCols");
                    failures.compare(argmax(in.view(), 0), down, name(kind), rows, cols, "kRows of a view");
                    failures.compare(argmax(in.view(), 1), along, name(kind), rows, cols, "kCols of a view");
                }
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("argmax of nothing along the other axis is nothing", "[argmax]", float, double) {
    CHECK(argmax(Matrix<TestType>(3, 0), 0).empty());
    CHECK(argmax(Matrix<TestType>(0, 3), 1).empty());
    CHECK(argmax(Matrix<TestType>(), 0).empty());
    CHECK(argmax(Matrix<TestType>(), 1).empty());
}
