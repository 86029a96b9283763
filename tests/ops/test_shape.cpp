// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Matrices made of numbers and of other matrices: values, gaps, empty ones, sizes that cannot be. Ranges are
// compared with NumPy in test_numpy_arrays.py.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/float_modes.hpp"
#include "support/levels.hpp"
#include "support/shapes.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/shape.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// What is wrong with the exception that call should throw: nothing when its message contains all the words.
template <class Error, class Call>
std::string objection(const Call& call, const std::vector<std::string>& words) {
    try {
        call();
    } catch (const Error& error) {
        const std::string message = error.what();
        for (const std::string& word : words) {
            if (message.find(word) == std::string::npos) {
                return "no '" + word + "' in: " + message;
            }
        }
        return message.find('\n') == std::string::npos ? "" : "more than a line: " + message;
    }
    return "nothing thrown";
}

template <class T>
bool alike(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](T x, T y) { return same_bits(x, y); });
}

template <class T>
std::string shape_of(const Matrix<T>& m) {
    return std::to_string(m.rows()) + "x" + std::to_string(m.cols());
}

}  // namespace

TEMPLATE_TEST_CASE("transpose moves every element", "[shape]", float, double) {
    each_level([](Rounding) {
        for (const std::size_t rows : Sizes{0, 1, 2, 7, 8, 33, 100}) {
            for (const std::size_t cols : Sizes{0, 1, 3, 16, 31, 65}) {
                const Matrix<TestType> x = matrix<TestType>(rows, cols);
                INFO(rows << " x " << cols);
                REQUIRE(alike(elements(transpose(x)), elements(transposed(x))));
                Gapped<TestType> in(x);
                REQUIRE(alike(elements(transpose(in.view())), elements(transposed(x))));
                REQUIRE(in.gaps_untouched());
            }
        }
    });
    const Matrix<TestType> x{{1, 2, 3}, {4, 5, 6}};
    CHECK(transpose(x + x) == Matrix<TestType>{{2, 8}, {4, 10}, {6, 12}});
    CHECK(transpose(x > 2) == Matrix<TestType>{{0, 1}, {0, 1}, {1, 1}});
    CHECK(transpose(x.transposed()) == x);
    Matrix<TestType> writable = x;
    CHECK(transpose(writable.view().transposed()) == x);
}

TEMPLATE_TEST_CASE("transpose gives the same with any number of threads", "[shape]", float, double) {
    const Matrix<TestType> x = matrix<TestType>(700, 411);
    const Matrix<TestType> expected = transposed(x);
    for (const int threads : kThreadCounts) {
        const ThreadScope scope(threads);
        CHECK(alike(elements(transpose(x)), elements(expected)));
    }
}

TEMPLATE_TEST_CASE("reshape keeps the order of rows", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const M x{{1, 2, 3}, {4, 5, 6}};
    CHECK(reshape(x, 3, 2) == M{{1, 2}, {3, 4}, {5, 6}});
    CHECK(reshape(x, 1, 6) == M{1, 2, 3, 4, 5, 6});
    CHECK(reshape(x.cols(1, 3), 1, 4) == M{2, 3, 5, 6});
    CHECK(reshape(x * 2, 6, 1)(5, 0) == TestType(12));
    CHECK(reshape(x > 3, 1, 6) == M{0, 0, 0, 1, 1, 1});
    CHECK(shape_of(reshape(M(0, 3), 5, 0)) == "5x0");
    CHECK(objection<ShapeError>([&] { reshape(x, 4, 2); }, {"reshape", "8 elements", "[4,2]", "[2,3]"}) ==
          "");
    CHECK(objection<ShapeError>([&] { reshape(x, kHuge, 6); }, {"reshape", "more than memory"}) == "");
}

TEMPLATE_TEST_CASE("concatenate, hstack and vstack join", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const M a{{1, 2}, {3, 4}};
    const M b{{5, 6}};
    const M column{{7}, {8}};
    CHECK(concatenate({a, b, a}, 0) == M{{1, 2}, {3, 4}, {5, 6}, {1, 2}, {3, 4}});
    CHECK(concatenate({a, b}, -2) == vstack(a, b));
    CHECK(concatenate({a, column, a}, 1) == M{{1, 2, 7, 1, 2}, {3, 4, 8, 3, 4}});
    CHECK(concatenate({a, column}, -1) == hstack(a, column));
    CHECK(hstack({a + a, column, a.cols(1, 2), a > 2}) == M{{2, 4, 7, 2, 0, 0}, {6, 8, 8, 4, 1, 1}});
    CHECK(vstack({b, b * 2, a.row(1)}) == M{{5, 6}, {10, 12}, {3, 4}});
    CHECK(vstack({b}) == b);
    CHECK(vstack(M(0, 2), a) == a);
    CHECK(hstack(a, M(2, 0)) == a);
    CHECK(shape_of(vstack(M(2, 0), M(3, 0))) == "5x0");
    const Matrix<TestType> x = matrix<TestType>(300, 500);
    const M joined = hstack(x, x);
    CHECK(Matrix<TestType>(joined.cols(500, 1000)) == x);
}

TEMPLATE_TEST_CASE("concatenate names what does not fit", "[shape][misuse]", float, double) {
    using M = Matrix<TestType>;
    const M a(2, 3);
    CHECK(objection<ShapeError>(
              [&] {
                  concatenate({a, M(2, 4)}, 0);
              },
              {"concatenate", "array 1", "3 columns", "[2,4]"}) == "");
    CHECK(objection<ShapeError>(
              [&] {
                  hstack({a, a, M(1, 3)});
              },
              {"hstack", "array 2", "2 rows", "[1,3]"}) == "");
    CHECK(objection<ShapeError>([&] { vstack(a, M(1, 1)); }, {"vstack", "array 1", "[1,1]"}) == "");
    CHECK(objection<ShapeError>([&] { vstack(std::initializer_list<Operand<TestType>>{}); },
                                {"vstack", "at least one", "none"}) == "");
    const M longest(kHuge / 2 / sizeof(TestType), 0);
    CHECK(objection<ShapeError>([&] { vstack(longest, M(1, 0)); }, {"more elements than memory"}) == "");
    CHECK(objection<std::invalid_argument>(
              [&] {
                  concatenate({a, a}, 2);
              },
              {"concatenate", "axis", "-2 to 1", "2"}) == "");
}

TEMPLATE_TEST_CASE("tile and repeat", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const M x{{1, 2}, {3, 4}};
    CHECK(tile(x, 2, 3) == M{{1, 2, 1, 2, 1, 2}, {3, 4, 3, 4, 3, 4}, {1, 2, 1, 2, 1, 2}, {3, 4, 3, 4, 3, 4}});
    CHECK(tile(x.cols(1, 2) + 1, 1, 2) == M{{3, 3}, {5, 5}});
    CHECK(shape_of(tile(x, 0, 3)) == "0x6");
    CHECK(shape_of(tile(M(0, 2), 3, 3)) == "0x6");
    CHECK(repeat(x, 2, 0) == M{{1, 2}, {1, 2}, {3, 4}, {3, 4}});
    CHECK(repeat(x, 3, -1) == M{{1, 1, 1, 2, 2, 2}, {3, 3, 3, 4, 4, 4}});
    CHECK(repeat(x.cols(0, 1), 2, 1) == M{{1, 1}, {3, 3}});
    CHECK(shape_of(repeat(x, 0, 1)) == "2x0");
    CHECK(objection<ShapeError>([&] { tile(x, kHuge, 1); }, {"tile", "times 2"}) == "");
    CHECK(objection<ShapeError>([&] { tile(x, 1, kHuge / 2 + 2); }, {"tile", "times 2"}) == "");
    CHECK(objection<ShapeError>([&] { tile(x, kHuge / 8, 4); }, {"more elements than memory"}) == "");
    CHECK(objection<ShapeError>([&] { repeat(x, kHuge, 0); }, {"repeat", "times 2"}) == "");
    CHECK(objection<std::invalid_argument>([&] { repeat(x, 1, -3); }, {"repeat", "axis", "-3"}) == "");
}

TEMPLATE_TEST_CASE("take chooses rows by any integers", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const M x{{1, 2}, {3, 4}, {5, 6}};
    const M expected{{5, 6}, {1, 2}, {5, 6}};
    const std::vector<int> ints = {2, 0, 2};
    CHECK(take(x, ints) == expected);
    CHECK(take(x, std::span<const int>(ints)) == expected);
    CHECK(take(x, std::vector<unsigned char>{2, 0, 2}) == expected);
    CHECK(take(x, std::vector<std::size_t>{2, 0, 2}) == expected);
    CHECK(take(x, std::array<short, 3>{2, 0, 2}) == expected);
    CHECK(take(x, std::vector<long long>{2, 0, 2}) == expected);
    CHECK(take(x, {2, 0, 2}) == expected);
    const std::size_t two = 2;
    CHECK(take(x, {two}) == M{5, 6});
    CHECK(take(x.cols(1, 2), {1, 1}) == M{{4}, {4}});
    CHECK(take(x * 2, {1}) == M{6, 8});
    CHECK(take(x > 3, {1}) == M{0, 1});
    CHECK(shape_of(take(x, std::vector<int>{})) == "0x2");
    CHECK(objection<ShapeError>([&] { take(x, {0, 3}); }, {"take", "rows[1]", "below 3", "found 3"}) == "");
    CHECK(objection<ShapeError>(
              [&] {
                  take(x, {0, -1});
              },
              {"take", "rows[1]", "0 or more", "found -1"}) == "");
    CHECK(objection<ShapeError>([&] { take(x, std::vector<signed char>{-128}); }, {"found -128"}) == "");
    CHECK(objection<ShapeError>([&] { take(x, std::vector<std::size_t>{kHuge}); },
                                {"below 3", std::to_string(kHuge)}) == "");
}

TEMPLATE_TEST_CASE("pick and one_hot read labels", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const M y{{1, 2, 3}, {4, 5, 6}};
    const std::vector<int> labels = {2, 0};
    CHECK(pick(y, labels) == M{{3}, {4}});
    CHECK(pick(y.cols(1, 3), std::vector<unsigned char>{1, 0}) == M{{3}, {5}});
    CHECK(pick(-y, {1, 1}) == M{{-2}, {-5}});
    CHECK(one_hot<TestType>(labels, 3) == M{{0, 0, 1}, {1, 0, 0}});
    CHECK(sum(y * one_hot<TestType>(labels, 3), 1) == pick(y, labels));
    CHECK(shape_of(one_hot(std::vector<int>{}, 3)) == "0x3");
    CHECK(objection<ShapeError>([&] { pick(y, {0}); }, {"pick", "2 labels", "found 1"}) == "");
    CHECK(objection<ShapeError>([&] { pick(y, {0, 3}); }, {"pick", "labels[1]", "below 3", "found 3"}) == "");
    CHECK(objection<ShapeError>([&] { pick(y, {-1, 0}); }, {"pick", "labels[0]", "found -1"}) == "");
    CHECK(objection<ShapeError>([&] { one_hot({1, 10}, 10); }, {"one_hot", "labels[1]", "below 10"}) == "");
    CHECK(objection<ShapeError>([&] { one_hot({0}, kHuge); }, {"more elements than memory"}) == "");
}

TEMPLATE_TEST_CASE("matrices of numbers", "[shape]", float, double) {
    using M = Matrix<TestType>;
    CHECK(zeros<TestType>(1, 2) == M{0, 0});
    CHECK(ones<TestType>(2, 1) == M{{1}, {1}});
    CHECK(full<TestType>(1, 2, 3) == M{3, 3});
    CHECK(eye<TestType>(2) == M{{1, 0}, {0, 1}});
    CHECK(eye<TestType>(2, 4, 1) == M{{0, 1, 0, 0}, {0, 0, 1, 0}});
    CHECK(eye<TestType>(3, 2, -1) == M{{0, 0}, {1, 0}, {0, 1}});
    CHECK(eye<TestType>(1, 2, 2) == M{0, 0});
    CHECK(eye<TestType>(1, 2, std::numeric_limits<std::ptrdiff_t>::min()) == M{0, 0});
    CHECK(eye<TestType>(1, 2, std::numeric_limits<std::ptrdiff_t>::max()) == M{0, 0});
    CHECK(arange<TestType>(3) == M{0, 1, 2});
    CHECK(arange<TestType>(1, 2, 0.25) == M{1, 1.25, 1.5, 1.75});
    CHECK(arange<TestType>(3, 0, -1) == M{3, 2, 1});
    CHECK(arange<TestType>(2.5, 4) == M{2.5, 3.5});
    CHECK(shape_of(arange<TestType>(1, 0)) == "1x0");
    CHECK(shape_of(arange<TestType>(-2)) == "1x0");
    CHECK(linspace<TestType>(0, 1, 5) == M{0, 0.25, 0.5, 0.75, 1});
    CHECK(linspace<TestType>(3, 7, 1) == M{3});
    CHECK(shape_of(linspace<TestType>(3, 7, 0)) == "1x0");
    STATIC_REQUIRE(std::is_same_v<decltype(arange(3)), Matrix<double>>);
    STATIC_REQUIRE(std::is_same_v<decltype(zeros(1, 1)), Matrix<double>>);
}

TEMPLATE_TEST_CASE("ranges and sums do not depend on the thread's mode", "[shape]", float, double) {
    const auto all = [] {
        return vstack({arange<TestType>(0.1, 5, 0.3).cols(0, 16), linspace<TestType>(0.1, 0.7, 16),
                       linspace<TestType>(0, 1e-320, 16), cumsum(full<TestType>(1, 16, TestType(0.1)), 1),
                       sort(linspace<TestType>(1e-310, 0, 16), 1),
                       outer(Matrix<TestType>{TestType(0.1)}, linspace<TestType>(0.1, 0.7, 16))});
    };
    const Matrix<TestType> expected = all();
    for (const FloatMode& mode : float_modes()) {
        INFO(mode.name);
        Matrix<TestType> found;
        {
            const FloatModeScope scope(mode);
            found = all();
        }
        CHECK(alike(elements(found), elements(expected)));
    }
}

TEST_CASE("the rounding of a range's length and elements", "[shape]") {
    // i * step + start ends beside 1.3 here.
    CHECK(linspace(0.1, 1.3, 38)(0, 37) == 1.3);
    CHECK((1.3 - 0.1) / 37 * 37 + 0.1 != 1.3);
    CHECK(arange(0, 1, 0.1).size() == 10);
    CHECK(arange(1, 1.3, 0.1).size() == 4);  // 1.3 - 1 is a little more than 3 * 0.1
    // start + i * delta, and not a chain of sums, which would end at 0.8999999999999999.
    CHECK(arange(0, 1, 0.1)(0, 9) == 0.9);
    // The difference of the first two, and not the step: np.arange(1e16, 1e16 + 9, 3)[2].
    CHECK(arange(1e16, 1e16 + 9, 3)(0, 2) == 1e16 + 2 * 4);
}

TEMPLATE_TEST_CASE("ranges that cannot be", "[shape][misuse]", float, double) {
    const auto wrong = [](double start, double stop, double step, const std::vector<std::string>& words) {
        return objection<std::invalid_argument>([&] { arange<TestType>(start, stop, step); }, words);
    };
    CHECK(wrong(1, 2, 0, {"arange", "step", "0", "from 1 to 2"}) == "");
    CHECK(wrong(1, 1, -0.0, {"arange", "step"}) == "");
    CHECK(wrong(0, kInf, 1, {"arange", "length", "found inf"}) == "");
    CHECK(wrong(0, kNan, 1, {"arange", "length", "found nan"}) == "");
    CHECK(wrong(kNan, 1, 1, {"arange", "length", "nan"}) == "");
    CHECK(wrong(0, 1, kNan, {"arange", "length", "nan"}) == "");
    CHECK(wrong(kInf, 0, 1, {"arange", "length", "-inf"}) == "");
    CHECK(wrong(0, 1e300, 1, {"arange", "length", "1e+300"}) == "");
    CHECK(wrong(0, 1e18, 0.1, {"arange", "length", "1e+19"}) == "");
    CHECK(objection<ShapeError>([] { linspace<TestType>(0, 1, kHuge); }, {"more elements than memory"}) ==
          "");
    CHECK(objection<ShapeError>([] { zeros<TestType>(kHuge, 2); }, {"more elements than memory"}) == "");
    CHECK(objection<ShapeError>([] { eye<TestType>(kHuge); }, {"more elements than memory"}) == "");
}

TEMPLATE_TEST_CASE("meshgrid and outer", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const auto [x, y] = meshgrid(M{1, 2, 3}, M{4, 5});
    CHECK(x == M{{1, 2, 3}, {1, 2, 3}});
    CHECK(y == M{{4, 4, 4}, {5, 5, 5}});
    // Any shape counts as its elements in row order; gaps are left out.
    const M square{{1, 2}, {3, 4}};
    CHECK(meshgrid(square, square.cols(1, 2)).x == M{{1, 2, 3, 4}, {1, 2, 3, 4}});
    CHECK(meshgrid(square, square.cols(1, 2)).y == M{{2, 2, 2, 2}, {4, 4, 4, 4}});
    CHECK(shape_of(meshgrid(M{1, 2}, M(1, 0)).x) == "0x2");
    CHECK(shape_of(meshgrid(M(0, 1), M{1, 2}).y) == "2x0");
    CHECK(outer(M{1, 2}, M{{3}, {4}, {5}}) == M{{3, 4, 5}, {6, 8, 10}});
    CHECK(outer(square.cols(1, 2), M{1, 2} + 1) == M{{4, 6}, {8, 12}});
    CHECK(shape_of(outer(M{1, 2}, M(1, 0))) == "2x0");
    CHECK(shape_of(outer(M(1, 0), M{1, 2})) == "0x2");
}

TEMPLATE_TEST_CASE("cumsum is a chain along its axis", "[shape]", float, double) {
    using M = Matrix<TestType>;
    CHECK(cumsum(M{{1, 2}, {3, 4}}, 0) == M{{1, 2}, {4, 6}});
    CHECK(cumsum(M{{1, 2}, {3, 4}}, -1) == M{{1, 3}, {3, 7}});
    CHECK(cumsum(M{{1, 2}, {3, 4}} > 1, 1) == M{{0, 1}, {1, 2}});
    CHECK(shape_of(cumsum(M(0, 3), 0)) == "0x3");
    CHECK(shape_of(cumsum(M(3, 0), 1)) == "3x0");
    // More rows than anything could go through one by one.
    const M many(std::size_t{1} << 40U, 0);
    for (const int axis : {0, 1}) {
        CHECK(shape_of(cumsum(many, axis)) == shape_of(many));
        CHECK(shape_of(sort(many, axis)) == shape_of(many));
        CHECK(argsort(many, axis).empty());
    }
    CHECK_THROWS_AS(cumsum(M(1, 1), 2), std::invalid_argument);
    const M x = matrix<TestType>(300, 700);
    M along = x;
    M down = x;
    for (std::size_t i = 0; i < x.rows(); ++i) {
        for (std::size_t j = 0; j < x.cols(); ++j) {
            along(i, j) = j == 0 ? x(i, j) : along(i, j - 1) + x(i, j);
            down(i, j) = i == 0 ? x(i, j) : down(i - 1, j) + x(i, j);
        }
    }
    Gapped<TestType> in(x);
    for (const int threads : kThreadCounts) {
        const ThreadScope scope(threads);
        CHECK(alike(elements(cumsum(x, 1)), elements(along)));
        CHECK(alike(elements(cumsum(in.view(), 0)), elements(down)));
    }
}

TEMPLATE_TEST_CASE("sort and argsort put NaN last and keep the order of equals", "[shape]", float, double) {
    using M = Matrix<TestType>;
    const auto nan = std::numeric_limits<TestType>::quiet_NaN();
    const auto inf = std::numeric_limits<TestType>::infinity();
    const M x{{nan, 3, -0.0, inf, 0, nan, -inf}};
    const M ordered = sort(x, 1);
    CHECK(alike(elements(ordered), std::vector<TestType>{-inf, TestType(-0.0), 0, 3, inf, nan, nan}));
    CHECK(argsort(x, 1) == std::vector<std::size_t>{6, 2, 4, 1, 3, 0, 5});
    CHECK(sort(transpose(x), 0)(0, 0) == -inf);
    const M two{{2, 1}, {1, 1}, {3, 0}};
    CHECK(sort(two, 0) == M{{1, 0}, {2, 1}, {3, 1}});
    CHECK(argsort(two, 0) == std::vector<std::size_t>{1, 2, 0, 0, 2, 1});
    CHECK(argsort(two, -1) == std::vector<std::size_t>{1, 0, 0, 1, 1, 0});
    CHECK(sort(two.cols(0, 1) * -1, 0) == M{{-3}, {-2}, {-1}});
    CHECK(take(two, argsort(two.cols(0, 1), 0)) == M{{1, 1}, {2, 1}, {3, 0}});
    CHECK(shape_of(sort(M(0, 3), 0)) == "0x3");
    CHECK(argsort(M(3, 0), 1).empty());
    CHECK_THROWS_AS(sort(two, -3), std::invalid_argument);
    CHECK_THROWS_AS(argsort(two, 2), std::invalid_argument);
    const M many = round(matrix<TestType>(40, 1000) * 9);
    const M once = sort(many, 1);
    const std::vector<std::size_t> order = argsort(many, 1);
    for (const int threads : kThreadCounts) {
        const ThreadScope scope(threads);
        CHECK(alike(elements(sort(many, 1)), elements(once)));
        CHECK(argsort(many, 1) == order);
    }
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < many.rows(); ++i) {
        for (std::size_t j = 0; j < many.cols(); ++j) {
            const std::size_t k = order[i * many.cols() + j];
            const bool stable = j == 0 || once(i, j) > once(i, j - 1) || order[i * many.cols() + j - 1] < k;
            wrong += bits(many(i, k)) == bits(once(i, j)) && stable ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}
