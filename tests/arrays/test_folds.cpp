// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A fold of an expression is the fold of the matrix that it makes, whatever the last operations are; and
// folds of what has no elements.
#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/array.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/reductions.hpp"
#include "thalweg/shape.hpp"
#include "thalweg/tensor.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

template <class T>
using Named = std::vector<std::pair<std::string, T>>;

template <class T>
const auto& pairs() {
    using M = const Matrix<T>&;
    static const Named<std::function<Expression<T>(M, M)>> all = {
        {"square(a-b)", [](M a, M b) { return square(a - b); }},
        {"(a-b)*(a-b)", [](M a, M b) { return (a - b) * (a - b); }},
        {"square(a*b)", [](M a, M b) { return square(a * b); }},
        {"square(a+b)", [](M a, M b) { return square(a + b); }},
        {"square(a-3)", [](M a, M) { return square(a - T(3)); }},
        {"square(a)", [](M a, M) { return square(a); }},
        {"abs(a-b)", [](M a, M b) { return abs(a - b); }},
        {"a-b", [](M a, M b) { return a - b; }},
        {"a*b", [](M a, M b) { return a * b; }},
    };
    return all;
}

template <class T>
const auto& endings() {
    using E = const Matrix<T>&;
    using F = const std::function<Expression<T>()>&;
    static const Named<std::function<Expression<T>(F, E)>> all = {
        {"e", [](F e, E) { return e(); }},
        {"e+w", [](F e, E w) { return e() + w; }},
        {"e-w", [](F e, E w) { return e() - w; }},
        {"w-e", [](F e, E w) { return w - e(); }},
        {"e*w", [](F e, E w) { return e() * w; }},
        {"w*e", [](F e, E w) { return w * e(); }},
        {"e/w", [](F e, E w) { return e() / w; }},
        {"w/e", [](F e, E w) { return w / e(); }},
        {"e/2", [](F e, E) { return e() / T(2); }},
        {"1-e", [](F e, E) { return T(1) - e(); }},
        {"1/e", [](F e, E) { return T(1) / e(); }},
        {"maximum(e,w)", [](F e, E w) { return maximum(e(), w); }},
        {"sqrt(abs(e))", [](F e, E) { return sqrt(abs(e())); }},
        {"-e", [](F e, E) { return -e(); }},
        {"e*e", [](F e, E) { return e() * e(); }},
        {"(e-w)*(e-w)", [](F e, E w) { return (e() - w) * (e() - w); }},
    };
    return all;
}

template <class T>
std::vector<T> folds(const Operand<T>& x) {
    std::vector<T> all = {sum(x), mean(x), max(x), min(x), prod(x)};
    for (const int axis : {0, 1}) {
        for (const Matrix<T>& m : {sum(x, axis), mean(x, axis), max(x, axis)}) {
            all.insert(all.end(), m.data(), m.data() + m.size());
        }
    }
    return all;
}

}  // namespace

TEMPLATE_TEST_CASE("a fold of an expression is that of its matrix", "[arrays][folds]", float, double) {
    for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{1, 7}, {3, 50}, {2, 2500}}) {
        const auto a = matrix<TestType>(rows, cols, Kind::kNormal, 1);
        const auto b = matrix<TestType>(rows, cols, Kind::kNormal, 2);
        const auto w = matrix<TestType>(rows, cols, Kind::kNormal, 3);
        for (const auto& [inner, pair] : pairs<TestType>()) {
            for (const auto& [outer, ending] : endings<TestType>()) {
                const auto made = [&, &pair = pair] { return pair(a, b); };
                const Matrix<TestType> whole = ending(made, w);
                const std::vector<TestType> expected = folds<TestType>(whole);
                std::vector<TestType> found;
                found.push_back(sum(ending(made, w)));
                found.push_back(mean(ending(made, w)));
                found.push_back(max(ending(made, w)));
                found.push_back(min(ending(made, w)));
                found.push_back(prod(ending(made, w)));
                for (const int axis : {0, 1}) {
                    for (const Matrix<TestType>& m : {sum(ending(made, w), axis), mean(ending(made, w), axis),
                                                      max(ending(made, w), axis)}) {
                        found.insert(found.end(), m.data(), m.data() + m.size());
                    }
                }
                CAPTURE(rows, cols, inner, outer);
                REQUIRE(found.size() == expected.size());
                CHECK(first_difference(found.data(), expected.data(), found.size()) == "");
            }
        }
    }
}

// As many rows as a file may claim that has no columns: nothing goes through them.
TEMPLATE_TEST_CASE("rows without columns cost nothing", "[arrays][folds]", float, double) {
    const std::size_t many = std::size_t{1} << 40;
    const Matrix<TestType> tall(many, 0);
    CHECK(count_nonzero(tall, 0).empty());
    CHECK(any(tall, 0).empty());
    CHECK(all(tall, 0).empty());
    using Other = std::conditional_t<std::is_same_v<TestType, float>, double, float>;
    CHECK(cast<Other>(tall).rows() == many);
    Matrix<TestType> out(many, 0);
    add_bias(tall, Matrix<TestType>(1, 0), out);
    const Tensor<TestType> deep({0, 3, many});
    CHECK(sum(deep.permute({2, 1, 0}), Axes{0, 2}).size() == 3);
    CHECK(prod(deep.permute({2, 1, 0}), Axes{0, 2})(0) == 1);
}

// The sanitized suites see more: nothing is added to a pointer that is null.
TEST_CASE("parts of what has no memory", "[arrays][folds]") {
    const Matrix<float> flat(0, 5);
    CHECK(flat.cols(2, 3).cols() == 1);
    const Tensor<float> none({0, 4, 3});
    CHECK(none.index(1, 2).size() == 0);
    const Tensor<float> narrow({3, 0});
    const auto sums = sum(narrow, 1);
    CHECK(sums.size() == 3);
}

TEST_CASE("a tensor of one axis is repeated and joined along it", "[arrays][tensors]") {
    const Tensor<float> t({3}, {1, 2, 3});
    const Matrix<float> twice = {{1, 1, 2, 2, 3, 3}};
    CHECK(thalweg::repeat(t, 2, 0) == twice);
    CHECK(thalweg::repeat(t, 2, -1) == twice);
    CHECK_THROWS_WITH(thalweg::repeat(t, 2, 1),
                      ContainsSubstring("axis must be 0 or -1 for a tensor of one axis"));
    CHECK(concatenate({t, t}, 0) == Matrix<float>{{1, 2, 3, 1, 2, 3}});
    CHECK(concatenate({t, t}, -1) == Matrix<float>{{1, 2, 3, 1, 2, 3}});
    CHECK(vstack({t, t}) == Matrix<float>{{1, 2, 3}, {1, 2, 3}});
}
