// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrix and its views: construction, value semantics, alignment, slices, and index checks where they are
// wanted.
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "core/checked_access.hpp"
#include "support/catch.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/random.hpp"
#include "thalweg/tensor.hpp"

using namespace thalweg;

static_assert(std::regular<Matrix<float>> && std::regular<Matrix<double>>);
static_assert(std::is_nothrow_move_constructible_v<Matrix<float>> &&
              std::is_nothrow_move_assignable_v<Matrix<float>>);
static_assert(std::is_trivially_copyable_v<MatrixView<float>>);
static_assert(std::is_convertible_v<MatrixView<float>, MatrixView<const float>>);
static_assert(!std::is_convertible_v<MatrixView<const float>, MatrixView<float>>);
static_assert(!std::is_convertible_v<const Matrix<float>&, MatrixView<float>>);
static_assert(!std::is_convertible_v<Transposed<const float>, MatrixView<const float>>,
              "operations other than dot refuse a transpose at compile time");

TEMPLATE_TEST_CASE("a new matrix is zero and aligned", "[matrix]", float, double) {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{3}, std::size_t{784}}) {
        for (const std::size_t cols : {std::size_t{1}, std::size_t{7}, std::size_t{50}}) {
            const Matrix<TestType> m(rows, cols);
            CHECK(m.rows() == rows);
            CHECK(m.cols() == cols);
            CHECK(m.ld() == cols);
            CHECK(m.size() == rows * cols);
            CHECK_FALSE(m.empty());
            CHECK(reinterpret_cast<std::uintptr_t>(m.data()) % kAlignment == 0);
            std::size_t nonzero = 0;
            for (std::size_t i = 0; i < m.size(); ++i) {
                nonzero += m.data()[i] == TestType(0) ? 0 : 1;
            }
            CHECK(nonzero == 0);
        }
    }
    CHECK(kAlignment == 64);
}

TEMPLATE_TEST_CASE("empty matrices keep their shape", "[matrix]", float, double) {
    const Matrix<TestType> none;
    CHECK(none.rows() == 0);
    CHECK(none.cols() == 0);
    CHECK(none.empty());
    const Matrix<TestType> no_rows(0, 5);
    const Matrix<TestType> no_cols(5, 0);
    CHECK(no_rows.cols() == 5);
    CHECK(no_cols.rows() == 5);
    CHECK(no_rows.empty());
    CHECK(no_cols.empty());
    CHECK_FALSE(no_rows == no_cols);
    const Matrix<TestType> copy = no_rows;
    CHECK(copy == no_rows);
    CHECK(Matrix<TestType>(no_cols.view()) == no_cols);
}

TEMPLATE_TEST_CASE("a matrix from a value and from lists", "[matrix]", float, double) {
    const Matrix<TestType> filled(2, 3, TestType(1.5));
    const Matrix<TestType> listed = {{1.5, 1.5, 1.5}, {1.5, 1.5, 1.5}};
    CHECK(filled == listed);
    const Matrix<TestType> m = {{1, 2}, {3, 4}, {5, 6}};
    CHECK(m.rows() == 3);
    CHECK(m.cols() == 2);
    CHECK(m(0, 1) == TestType(2));
    CHECK(m(2, 0) == TestType(5));
    CHECK(m.data()[3] == TestType(4));
    const Matrix<TestType> row = {{7, 8, 9}};
    CHECK(row.rows() == 1);
    CHECK(row.cols() == 3);
}

TEMPLATE_TEST_CASE("ragged lists are refused with the row that differs", "[matrix][misuse]", float, double) {
    const auto make = [](int which) {
        switch (which) {
            case 0:
                return Matrix<TestType>{{1, 2}, {3, 4}, {5}};
            case 1:
                return Matrix<TestType>{{1, 2}, {3, 4, 5}};
            default:
                return Matrix<TestType>{{}, {1}};
        }
    };
    CHECK_THROWS_AS(make(0), ShapeError);
    CHECK_THROWS_WITH(make(0),
                      ContainsSubstring("row 2") && ContainsSubstring("2") && ContainsSubstring("1"));
    CHECK_THROWS_WITH(make(1),
                      ContainsSubstring("row 1") && ContainsSubstring("2") && ContainsSubstring("3"));
    CHECK_THROWS_AS(make(2), ShapeError);
}

TEMPLATE_TEST_CASE("a shape beyond memory's size is refused", "[matrix][misuse]", float, double) {
    const std::size_t huge = std::numeric_limits<std::size_t>::max();
    const std::size_t half = std::size_t{1} << (std::numeric_limits<std::size_t>::digits / 2);
    CHECK_THROWS_AS(Matrix<TestType>(huge, 2), ShapeError);
    CHECK_THROWS_AS(Matrix<TestType>(half, half), ShapeError);
    CHECK_THROWS_AS(Matrix<TestType>(huge / 4, 2), ShapeError);
    CHECK_THROWS_WITH(Matrix<TestType>(half, half + 1), ContainsSubstring(std::to_string(half + 1)));
}

TEMPLATE_TEST_CASE("copies are deep", "[matrix]", float, double) {
    Matrix<TestType> a = {{1, 2}, {3, 4}};
    Matrix<TestType> b = a;
    CHECK(b == a);
    CHECK(b.data() != a.data());
    b(0, 0) = TestType(9);
    CHECK(a(0, 0) == TestType(1));
    CHECK_FALSE(a == b);

    const TestType* const place = b.data();
    b = a;
    CHECK(b == a);
    CHECK(b.data() == place);  // the same shape is copied into, not reallocated

    Matrix<TestType> other_shape(1, 3);
    other_shape = a;
    CHECK(other_shape == a);

    Matrix<TestType>& self = a;
    a = self;
    CHECK(a == b);
}

TEMPLATE_TEST_CASE("moves take the memory and leave 0 x 0", "[matrix]", float, double) {
    Matrix<TestType> a = {{1, 2}, {3, 4}};
    const Matrix<TestType> expected = a;
    const TestType* const place = a.data();
    Matrix<TestType> b = std::move(a);
    CHECK(b == expected);
    CHECK(b.data() == place);
    CHECK(a.rows() == 0);  // NOLINT(bugprone-use-after-move): this is the promise
    CHECK(a.cols() == 0);
    Matrix<TestType> c(5, 5);
    c = std::move(b);
    CHECK(c == expected);
    CHECK(b.empty());  // NOLINT(bugprone-use-after-move)
    Matrix<TestType>& self = c;
    c = std::move(self);
    CHECK(c == expected);
    a = c;
    CHECK(a == expected);
}

TEMPLATE_TEST_CASE("equality compares numbers", "[matrix]", float, double) {
    const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
    const Matrix<TestType> one_row(1, 4, TestType(2));
    const Matrix<TestType> square(2, 2, TestType(2));
    CHECK_FALSE(one_row == square);
    CHECK(Matrix<TestType>(1, 1, TestType(-0.0)) == Matrix<TestType>(1, 1, TestType(0.0)));
    const Matrix<TestType> with_nan(1, 1, nan);
    CHECK_FALSE(with_nan == with_nan);
}

TEMPLATE_TEST_CASE("views look at the same elements", "[matrix]", float, double) {
    Matrix<TestType> m(4, 5);
    for (std::size_t i = 0; i < m.size(); ++i) {
        m.data()[i] = static_cast<TestType>(i);
    }
    const auto row = m.row(2);
    CHECK(row.rows() == 1);
    CHECK(row.cols() == 5);
    CHECK(row(0, 4) == TestType(14));
    const auto middle = m.rows(1, 3);
    CHECK(middle.rows() == 2);
    CHECK(middle.contiguous());
    CHECK(middle(1, 0) == TestType(10));
    const auto columns = m.cols(1, 4);
    CHECK(columns.rows() == 4);
    CHECK(columns.cols() == 3);
    CHECK(columns.ld() == 5);
    CHECK_FALSE(columns.contiguous());
    CHECK(columns(3, 2) == TestType(18));
    CHECK(columns.rows(1, 2).cols(1, 2)(0, 0) == TestType(7));
    CHECK(m.rows(4, 4).empty());
    CHECK(m.cols(5, 5).empty());

    columns(0, 0) = TestType(-1);
    CHECK(m(0, 1) == TestType(-1));
    const Matrix<TestType> copy(columns);
    CHECK(copy.ld() == 3);
    CHECK(copy(3, 2) == TestType(18));
    CHECK(m.transposed().of.data() == m.data());
}

TEST_CASE("braces hold one row or rows in braces, not both", "[matrix][misuse]") {
    const Matrix<float> row{2, 3};
    CHECK(row == Matrix<float>{{2, 3}});
    CHECK_THROWS_AS((Matrix<float>{{1, 2}, 3}), ShapeError);
    CHECK_THROWS_AS((Matrix<float>{3, {1, 2}}), ShapeError);
    CHECK_THROWS_AS((Matrix<float>{{1, 2}, {3}}), ShapeError);
}

TEST_CASE("a view of nothing is empty", "[matrix]") {
    const MatrixView<float> none;
    CHECK(none.empty());
    CHECK(none.size() == 0);
    CHECK(none.contiguous());
}

TEST_CASE("checked and unchecked access live in one program", "[matrix][misuse]") {
    const Matrix<double> m = {{1, 2, 3}, {4, 5, 6}};
    CHECK(m(1, 2) == 6.0);
    CHECK(test::checked_element(m, 1, 2) == 6.0);
    CHECK(test::checked_element(m.view(), 0, 0) == 1.0);
    CHECK(test::checked_row_cols(m, 1) == 3);
    CHECK(test::checked_rows(m, 0, 2) == 2);
    CHECK(test::checked_rows(m, 2, 2) == 0);
    CHECK(test::checked_cols(m, 1, 3) == 2);

    CHECK_THROWS_WITH(test::checked_element(m, 2, 0), "(i, j): row must be below 2, found 2");
    CHECK_THROWS_WITH(test::checked_element(m, 0, 3), "(i, j): column must be below 3, found 3");
    CHECK_THROWS_AS(test::checked_element(m.view(), 2, 0), ShapeError);
    CHECK_THROWS_AS(test::checked_row_cols(m, 2), ShapeError);
    CHECK_THROWS_AS(test::checked_rows(m, 0, 3), ShapeError);
    CHECK_THROWS_AS(test::checked_rows(m, 2, 1), ShapeError);
    CHECK_THROWS_AS(test::checked_cols(m, 0, 4), ShapeError);
    CHECK_THROWS_AS(test::checked_cols(m, 3, 2), ShapeError);
}

TEST_CASE("rand gives NumPy's numbers", "[matrix]") {
    // np.random.seed(1); np.random.rand(2, 2), NumPy 1.24.
    Rng rng(1);
    const Matrix<double> m = Matrix<double>::rand(2, 2, rng);
    CHECK(m == Matrix<double>{{0.417022004702574, 0.7203244934421581},
                              {0.00011437481734488664, 0.30233257263183977}});
    Rng again(1);
    CHECK(Matrix<float>::rand(2, 2, again)(1, 0) == 0.00011437481734488664F);
    CHECK(Tensor<double>::rand({1, 1, 1}, again)(0, 0, 0) == 0.14675589081711304);
}

TEST_CASE("randn gives NumPy's numbers", "[matrix]") {
    // np.random.seed(1); np.random.randn(2, 3), NumPy 1.24.
    const double expected[] = {1.6243453636632417,  -0.6117564136500754, -0.5281717522634557,
                               -1.0729686221561705, 0.8654076293246785,  -2.3015386968802827};
    Rng rng(1);
    const Matrix<double> m = Matrix<double>::randn(2, 3, rng);
    for (std::size_t i = 0; i < m.size(); ++i) {
        CHECK(std::fabs(m.data()[i] - expected[i]) <= 1e-15 * std::fabs(expected[i]));
    }
    Rng scaled(1);
    const Matrix<double> weights = Matrix<double>::randn(2, 3, scaled, 0.01);
    Rng rounded(1);
    const Matrix<float> small = Matrix<float>::randn(2, 3, rounded, 0.01);
    for (std::size_t i = 0; i < m.size(); ++i) {
        CHECK(weights.data()[i] == 0.01 * m.data()[i]);
        CHECK(small.data()[i] == static_cast<float>(weights.data()[i]));
    }
}

TEST_CASE("no number of rows is beyond what memory can address, not even of nothing", "[matrix]") {
    CHECK_THROWS_WITH(Matrix<double>(static_cast<std::size_t>(-1), 0),
                      "Matrix: [-1,0] has more elements than memory can address");
    const Matrix<double> empty(std::size_t{1} << 40, 0);
    const Matrix<double> copy = empty;  // at once
    CHECK(copy.rows() == empty.rows());
}
