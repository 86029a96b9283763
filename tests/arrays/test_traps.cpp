// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a reader of NumPy may take for something else: braces, views on the left, copies of views, functions
// that return expressions. What must not compile is in tests/consumer/misuse_arrays.cpp.
#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/thalweg.hpp"

namespace tw = thalweg;
using tw::Expression;
using tw::Matrix;
using tw::MatrixView;

static_assert(std::is_trivially_copyable_v<MatrixView<float>>);
static_assert(std::is_trivially_copyable_v<MatrixView<const double>>);
static_assert(!std::is_copy_constructible_v<Expression<float>> &&
              !std::is_move_constructible_v<Expression<float>>);
static_assert(!std::is_copy_assignable_v<Expression<double>> &&
              !std::is_move_assignable_v<Expression<double>>);
static_assert(!std::is_move_constructible_v<tw::Mask<float>> &&
              !std::is_copy_constructible_v<tw::Mask<double>>);
static_assert(!std::is_convertible_v<tw::Mask<double>, bool> &&
              !std::is_constructible_v<double, tw::Mask<double>>);

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Expressions of parameters: what they look at lives on in the caller.
auto distance(const Matrix<double>& a, const Matrix<double>& b) {
    return (a - b) * (a - b);
}
auto between(const Matrix<double>& x, double low, double high) {
    return (x > low) & (x < high);
}
auto leaky(const tw::Operand<double>& x) {
    return tw::where(x > 0, x, 0.1 * x);
}
// Long enough for memory of its own.
auto long_sum(const Matrix<double>& x) {
    return x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x;
}

struct Held {
    MatrixView<double> view;
    int label;
};

}  // namespace

TEST_CASE("numbers in braces are a row, lists in braces are rows", "[arrays][traps]") {
    const Matrix<double> row = {1, 2, 3};
    CHECK(row.rows() == 1);
    CHECK(row.cols() == 3);
    CHECK(row(0, 2) == 3);
    const Matrix<double> two{3, 4};
    CHECK(two.rows() == 1);
    CHECK(two.cols() == 2);
    CHECK(two(0, 0) == 3);
    CHECK(two(0, 1) == 4);
    const Matrix<double> column{{1}, {2}};
    CHECK(column.rows() == 2);
    CHECK(column.cols() == 1);
    CHECK(column(1, 0) == 2);
    const Matrix<double> one_row{{1, 2}};
    CHECK(one_row.rows() == 1);
    CHECK(one_row.cols() == 2);
    const Matrix<double> one{7};
    CHECK(one.size() == 1);
    CHECK(one(0, 0) == 7);
    CHECK(Matrix<double>{}.rows() == 0);
    CHECK(Matrix<double>(3, 4).rows() == 3);
    CHECK_THROWS_AS((Matrix<double>{{1, 2}, {3}}), tw::ShapeError);
}

TEST_CASE("an unnamed view on the left writes elements", "[arrays][traps]") {
    Matrix<double> a{{1, 2}, {3, 4}, {5, 6}};
    const Matrix<double> b{{10, 20}, {30, 40}};
    a.row(0) = b.row(1);
    CHECK(a == Matrix<double>{{30, 40}, {3, 4}, {5, 6}});
    a.rows(0, 2) = a.rows(1, 3);  // overlaps
    CHECK(a == Matrix<double>{{3, 4}, {5, 6}, {5, 6}});
    a.rows(1, 3) = a.rows(0, 2);
    CHECK(a == Matrix<double>{{3, 4}, {3, 4}, {5, 6}});
    a.cols(0, 1) = 7;
    CHECK(a == Matrix<double>{{7, 4}, {7, 4}, {7, 6}});
    a.row(2) = a.row(2) * 2 + a.row(0);
    CHECK(a.row(2)(0, 0) == 21);
    CHECK(a.row(2)(0, 1) == 16);
    a.view() = b.row(0);
    CHECK(a == Matrix<double>{{10, 20}, {10, 20}, {10, 20}});
    a.cols(1, 2) = a.cols(1, 2) < 11;
    CHECK(a == Matrix<double>{{10, 0}, {10, 0}, {10, 0}});
    const Matrix<double> before = a;
    CHECK_THROWS_AS(a.row(0) = b, tw::ShapeError);
    CHECK_THROWS_AS(a.view() += b, tw::ShapeError);
    CHECK(a == before);
}

TEMPLATE_TEST_CASE("what is written some elements further on is what was there before", "[arrays][traps]",
                   float, double) {
    // One vector, tiles of the kernel and what is left of one, blocks, and more than is short.
    for (const std::size_t n : {5U, 64U, 65U, 300U, 3000U, 9000U}) {
        for (const std::size_t shift : {1U, 3U, 16U}) {
            Matrix<TestType> before(1, n + shift);
            for (std::size_t i = 0; i < before.size(); ++i) {
                before.data()[i] = static_cast<TestType>(i);
            }
            Matrix<TestType> up = before;
            up.cols(shift, n + shift) = up.cols(0, n) * 2;
            Matrix<TestType> down = before;
            down.cols(0, n) = down.cols(shift, n + shift) * 2;
            CAPTURE(n, shift);
            CHECK(tw::array_equal(up.cols(shift, n + shift), before.cols(0, n) * 2));
            CHECK(tw::array_equal(up.cols(0, shift), before.cols(0, shift)));
            CHECK(tw::array_equal(down.cols(0, n), before.cols(shift, n + shift) * 2));
            CHECK(tw::array_equal(down.cols(n, n + shift), before.cols(n, n + shift)));
        }
    }
}

TEST_CASE("a named view is bound again, and takes elements by assign()", "[arrays][traps]") {
    Matrix<double> a{{1, 2}, {3, 4}};
    MatrixView<double> v = a.row(0);
    v = a.row(1);
    CHECK(v.data() == a.row(1).data());
    CHECK(a == Matrix<double>{{1, 2}, {3, 4}});
    v.assign(a.row(0));
    CHECK(a == Matrix<double>{{1, 2}, {1, 2}});
    v = {};
    CHECK(v.empty());
    CHECK(a == Matrix<double>{{1, 2}, {1, 2}});
}

TEST_CASE("views are swapped, sorted and kept in containers without a touch of elements", "[arrays][traps]") {
    Matrix<double> a{{1, 2}, {3, 4}, {5, 6}};
    const Matrix<double> before = a;
    MatrixView<double> v = a.row(0);
    MatrixView<double> w = a.row(1);
    std::swap(v, w);
    CHECK(v(0, 0) == 3);
    CHECK(w(0, 0) == 1);
    std::vector<MatrixView<double>> views = {a.row(0), a.row(2), a.row(1)};
    std::swap(views[0], views[1]);
    std::sort(views.begin(), views.end(), [](auto x, auto y) { return x(0, 0) > y(0, 0); });
    views.push_back(w);
    views.insert(views.begin(), v);
    views.erase(views.begin() + 1);
    CHECK(views.front()(0, 0) == 3);
    CHECK(views.back()(0, 0) == 1);
    Held x{v, 1};
    Held y{w, 2};
    std::swap(x, y);
    x = Held{a.row(2), 3};
    CHECK(x.view(0, 0) == 5);
    CHECK(y.view(0, 0) == 3);
    v = std::exchange(w, v);
    CHECK(v(0, 0) == 1);
    CHECK(a == before);
}

TEST_CASE("a function may return an expression of its parameters", "[arrays][traps]") {
    const Matrix<double> a{{1, -2}, {3, -4}};
    const Matrix<double> b{{0, 1}, {1, 0}};
    CHECK(Matrix<double>(distance(a, b)) == Matrix<double>{{1, 9}, {4, 16}});
    CHECK(tw::sum(distance(a, b), 1) == Matrix<double>{{10}, {20}});
    CHECK(tw::count_nonzero(between(a, -3, 2)) == 2);
    CHECK(Matrix<double>(leaky(a)) == Matrix<double>{{1, 0.1 * -2}, {3, 0.1 * -4}});
    CHECK(Matrix<double>(leaky(distance(a, b)) - between(a, 0, 2)) == Matrix<double>{{0, 9}, {4, 16}});
    CHECK(Matrix<double>(long_sum(a)) == Matrix<double>(16 * a));
}

TEST_CASE("what an expression was computed into for a reader lives as long as it", "[arrays][traps]") {
    const Matrix<double> a{{1, 2}, {3, 4}};
    CHECK(tw::dot(a + 0, a * 1) == tw::dot(a, a));
    CHECK(tw::softmax(a + a) == tw::softmax(Matrix<double>(a + a)));
    auto named = a * 2;
    const MatrixView<const double> seen = std::move(named);
    CHECK(seen(1, 1) == 8);
    // cppcheck-suppress accessMoved
    const MatrixView<const double> again = std::move(named);  // NOLINT(bugprone-use-after-move): on purpose
    CHECK(again.data() == seen.data());
}

TEST_CASE("the operands of out = ... may lie where out lies", "[arrays][traps]") {
    Matrix<double> x{{2, 4}, {6, 8}};
    x /= x.row(0).cols(0, 1);
    CHECK(x == Matrix<double>{{1, 2}, {3, 4}});
    x -= x.row(0);
    CHECK(x == Matrix<double>{{0, 0}, {2, 2}});
    x = x + x.cols(1, 2) + 1;
    CHECK(x == Matrix<double>{{1, 1}, {5, 5}});
    x = tw::sum(x, 0) - x;
    CHECK(x == Matrix<double>{{5, 5}, {1, 1}});
    x = x.row(0) * 2;
    CHECK(x == Matrix<double>{{10, 10}});
}

TEST_CASE("sum() into what it reads is rejected, also of an expression", "[arrays][traps]") {
    Matrix<double> x{{1, 2}, {3, 4}, {5, 6}};
    const Matrix<double> before = x;
    Matrix<double> apart(1, 2);
    CHECK_THROWS_AS(tw::sum(x, 0, x.row(0)), tw::ShapeError);
    CHECK_THROWS_AS(tw::sum(x * 1, 0, x.row(0)), tw::ShapeError);
    CHECK_THROWS_AS(tw::sum(apart + x, 0, x.row(2)), tw::ShapeError);
    CHECK_THROWS_AS(tw::sum(x + x.row(0), 1, x.cols(0, 1)), tw::ShapeError);
    CHECK(x == before);
    tw::sum(x * 2, 0, apart);
    CHECK(apart == Matrix<double>{18, 24});
}

TEST_CASE("an infinity is near its equal only", "[arrays]") {
    const Matrix<double> inf{kInf, -kInf};
    CHECK(tw::allclose(inf, inf));
    CHECK_FALSE(tw::allclose(Matrix<double>{1, -1}, inf));
    CHECK_FALSE(tw::allclose(inf, Matrix<double>{1, -1}));
    CHECK_FALSE(tw::allclose(Matrix<double>{-kInf, kInf}, inf));
    CHECK_FALSE(tw::allclose(Matrix<double>{kNan}, Matrix<double>{kNan}));
    CHECK(tw::allclose(Matrix<double>{100, 1e-9}, Matrix<double>{100.0009, 0}));
    CHECK_FALSE(tw::allclose(Matrix<double>{100}, Matrix<double>{100.002}));
    const Matrix<float> huge{std::numeric_limits<float>::infinity()};
    CHECK_FALSE(tw::allclose(Matrix<float>{1}, huge));
}
