// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every ShapeError of the operations, with its message: the operation, what was expected, what was found.
#include <string>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/functions.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// What is wrong with the ShapeError that call should throw: nothing when its message contains all the words.
template <class Call>
std::string objection(const Call& call, const std::vector<std::string>& words) {
    try {
        call();
    } catch (const ShapeError& error) {
        const std::string message = error.what();
        for (const std::string& word : words) {
            if (message.find(word) == std::string::npos) {
                return "no '" + word + "' in: " + message;
            }
        }
        return message.find('\n') == std::string::npos ? "" : "more than a line: " + message;
    }
    return "no ShapeError";
}

}  // namespace

TEMPLATE_TEST_CASE("dot names the shapes that do not fit", "[misuse]", float, double) {
    using M = Matrix<TestType>;
    const M a(2, 3);
    const M b(4, 5);
    M out(2, 5);
    CHECK(objection([&] { dot(a, b); }, {"dot", "[2,3]", "[4,5]"}) == "");
    CHECK(objection([&] { dot(a, b, out); }, {"dot", "[2,3]", "[4,5]"}) == "");
    CHECK(objection([&] { dot_add(a, b, out); }, {"dot_add", "[2,3]", "[4,5]"}) == "");
    CHECK(objection([&] { affine(a, b, M(1, 5)); }, {"affine: x [2,3] times w [4,5]: x must"}) == "");
    CHECK(objection([&] { affine(a, b, M(1, 5), out); }, {"affine", "[2,3]", "[4,5]"}) == "");
    CHECK(objection([&] { dot(a.transposed(), b); }, {"dot", "[3,2]", "[4,5]"}) == "");
    CHECK(objection([&] { dot(a, b.transposed()); }, {"dot", "[2,3]", "[5,4]"}) == "");
}

TEMPLATE_TEST_CASE("dot names the out and the bias that do not fit", "[misuse]", float, double) {
    using M = Matrix<TestType>;
    const M a(2, 3);
    const M b(3, 5);
    M wrong(2, 4);
    M right(2, 5);
    CHECK(objection([&] { dot(a, b, wrong); }, {"dot", "out", "[2,5]", "[2,4]"}) == "");
    CHECK(objection([&] { dot_add(a, b, wrong); }, {"dot_add", "out", "[2,5]", "[2,4]"}) == "");
    CHECK(objection([&] { affine(a, b, M(1, 5), wrong); }, {"affine", "out", "[2,5]", "[2,4]"}) == "");
    CHECK(objection([&] { affine(a, b, M(1, 4), right); }, {"affine", "[1,5]", "[1,4]"}) == "");
    CHECK(objection([&] { affine(a, b, M(5, 1)); }, {"affine", "[1,5]", "[5,1]"}) == "");
}

TEMPLATE_TEST_CASE("dot refuses an out that overlaps an operand", "[misuse]", float, double) {
    using M = Matrix<TestType>;
    M square(4, 4);
    M other(4, 4);
    M bias(1, 4);
    CHECK(objection([&] { dot(square, other, square); }, {"dot", "out"}) == "");
    CHECK(objection([&] { dot(other, square, square); }, {"dot", "out"}) == "");
    CHECK(objection([&] { dot(square.transposed(), other, square); }, {"dot", "out"}) == "");
    CHECK(objection([&] { dot_add(square, other, square); }, {"dot_add", "out"}) == "");
    CHECK(objection([&] { affine(square, other, bias, square); }, {"affine", "out"}) == "");
    M tall(5, 4);
    CHECK(objection([&] { dot(tall.rows(0, 4), other, tall.rows(1, 5)); }, {"dot", "out"}) == "");
    CHECK(objection([&] { affine(other, other, tall.rows(0, 1), tall.rows(0, 4)); }, {"affine"}) == "");
}

TEMPLATE_TEST_CASE("elementwise operations name the out that does not fit", "[misuse]", float, double) {
    using M = Matrix<TestType>;
    const M x(2, 3);
    M wrong(3, 2);
    for (const Function<TestType>& f : functions<TestType>()) {
        CHECK(objection([&] { f.into(x, wrong); }, {f.name, "[2,3]", "[3,2]"}) == "");
    }
    CHECK(objection([&] { softmax(x, wrong); }, {"softmax", "[2,3]", "[3,2]"}) == "");
    CHECK(objection([&] { scale(TestType(2), x, wrong); }, {"scale", "[2,3]", "[3,2]"}) == "");
    CHECK(objection([&] { axpy(TestType(2), x, wrong); }, {"axpy", "[2,3]", "[3,2]"}) == "");
    CHECK(objection([&] { add_bias(x, M(1, 3), wrong); }, {"add_bias", "[2,3]", "[3,2]"}) == "");
    CHECK(objection([&] { M(add_bias(x, M(1, 2))); }, {"add_bias", "[1,3]", "[1,2]"}) == "");
    CHECK(objection([&] { M(add_bias(x, M(2, 3))); }, {"add_bias", "[1,3]", "[2,3]"}) == "");
    M same(2, 3);
    CHECK(objection([&] { add_bias(x, M(3, 1), same); }, {"add_bias", "[1,3]", "[3,1]"}) == "");
}

TEMPLATE_TEST_CASE("elementwise operations refuse an out that is x shifted", "[misuse]", float, double) {
    Matrix<TestType> m(5, 8);
    const MatrixView<TestType> x = m.rows(0, 4);
    const MatrixView<TestType> down = m.rows(1, 5);
    const MatrixView<TestType> left = m.cols(0, 6);
    const MatrixView<TestType> right = m.cols(2, 8);
    for (const Function<TestType>& f : functions<TestType>()) {
        CHECK(objection([&] { f.into(x, down); }, {f.name}) == "");
        CHECK(objection([&] { f.into(left, right); }, {f.name}) == "");
        CHECK(objection([&] { f.into(right, left); }, {f.name}) == "");
    }
    CHECK(objection([&] { softmax(x, down); }, {"softmax"}) == "");
    CHECK(objection([&] { scale(TestType(2), x, down); }, {"scale"}) == "");
    CHECK(objection([&] { axpy(TestType(2), x, down); }, {"axpy"}) == "");
    const Matrix<TestType> bias(1, 8);
    CHECK(objection([&] { add_bias(x, bias, down); }, {"add_bias"}) == "");
    CHECK(objection([&] { add_bias(bias, m.row(0), m.row(0)); }, {"add_bias"}) == "");
    CHECK(objection([&] { sum(x, 0, m.row(0)); }, {"sum"}) == "");
    CHECK(objection([&] { sum(x, 1, m.rows(0, 4).cols(0, 1)); }, {"sum"}) == "");
    CHECK(objection([&] { sum(m.row(0), 0, m.row(0)); }, {"sum"}) == "");
}

TEMPLATE_TEST_CASE("sigmoid_backward names what does not fit", "[misuse]", float, double) {
    using M = Matrix<TestType>;
    const M z(2, 3);
    const M wrong(3, 2);
    M out(2, 3);
    M wrong_out(3, 2);
    CHECK(objection([&] { sigmoid_backward(z, wrong).eval(); }, {"sigmoid_backward", "[2,3]", "[3,2]"}) ==
          "");
    CHECK(objection([&] { sigmoid_backward(z, wrong, out); }, {"sigmoid_backward", "dz", "[2,3]", "[3,2]"}) ==
          "");
    CHECK(objection([&] { sigmoid_backward(z, z, wrong_out); },
                    {"sigmoid_backward", "out", "[2,3]", "[3,2]"}) == "");
    M m(5, 3);
    const M other(4, 3);
    CHECK(objection([&] { sigmoid_backward(m.rows(0, 4), other, m.rows(1, 5)); }, {"sigmoid_backward"}) ==
          "");
    CHECK(objection([&] { sigmoid_backward(other, m.rows(0, 4), m.rows(1, 5)); }, {"sigmoid_backward"}) ==
          "");
}

TEMPLATE_TEST_CASE("views side by side in one matrix do not overlap", "[misuse]", float, double) {
    Matrix<TestType> m(4, 8, TestType(1));
    const MatrixView<TestType> left = m.cols(0, 4);
    const MatrixView<TestType> right = m.cols(4, 8);
    exp(left, right);
    scale(TestType(3), right, left);
    dot(m.cols(0, 2), m.rows(2, 4).cols(4, 6), m.cols(6, 8));
    sum(left, 1, m.cols(7, 8));
    exp(m.rows(0, 2), m.rows(2, 4));
    CHECK(m(0, 7) == left(0, 0) + left(0, 1) + left(0, 2) + left(0, 3));
}

TEMPLATE_TEST_CASE("sum and argmax name what does not fit", "[misuse]", float, double) {
    const Matrix<TestType> x(4, 3);
    Matrix<TestType> row(1, 3);
    Matrix<TestType> column(4, 1);
    CHECK(objection([&] { sum(x, 0, column); }, {"sum", "[1,3]", "[4,1]"}) == "");
    CHECK(objection([&] { sum(x, 1, row); }, {"sum", "[4,1]", "[1,3]"}) == "");
    CHECK(objection([&] { argmax(Matrix<TestType>(0, 3), 0); }, {"argmax", "[0,3]"}) == "");
    CHECK(objection([&] { argmax(Matrix<TestType>(4, 0), 1); }, {"argmax", "[4,0]"}) == "");
}

TEMPLATE_TEST_CASE("the losses name what does not fit", "[misuse]", float, double) {
    using M = Matrix<TestType>;
    const M y(3, 4, TestType(0.25));
    const std::vector<int> few = {0, 1};
    const std::vector<int> labels = {0, 1, 2};
    M dlogits(3, 4);
    M wrong(4, 3);
    CHECK(objection([&] { cross_entropy_error(y, few); }, {"cross_entropy_error", "3", "2"}) == "");
    CHECK(objection([&] { cross_entropy_error(y, M(4, 3)); }, {"cross_entropy_error", "[3,4]", "[4,3]"}) ==
          "");
    CHECK(objection([&] { softmax_cross_entropy(y, few, dlogits); }, {"softmax_cross_entropy", "3", "2"}) ==
          "");
    CHECK(objection([&] { softmax_cross_entropy(y, labels, wrong); },
                    {"softmax_cross_entropy", "dlogits", "[3,4]", "[4,3]"}) == "");
    CHECK(objection([&] { softmax_cross_entropy(y, labels, dlogits, wrong); },
                    {"softmax_cross_entropy", "probabilities", "[3,4]", "[4,3]"}) == "");
}

TEMPLATE_TEST_CASE("a label out of range is named with its row", "[misuse]", float, double) {
    const Matrix<TestType> y(3, 4, TestType(0.25));
    Matrix<TestType> dlogits(3, 4);
    for (const int bad : {4, -1, 1000000, -2147483647 - 1}) {
        const std::vector<int> labels = {0, 3, bad};
        CHECK(objection([&] { cross_entropy_error(y, labels); },
                        {"cross_entropy_error", "row 2", std::to_string(bad), "3"}) == "");
        CHECK(objection([&] { softmax_cross_entropy(y, labels, dlogits); },
                        {"softmax_cross_entropy", "row 2", std::to_string(bad), "3"}) == "");
    }
}

TEMPLATE_TEST_CASE("there is no mean of no rows", "[misuse]", float, double) {
    Matrix<TestType> none(0, 4);
    const std::vector<int> labels;
    CHECK(objection([&] { cross_entropy_error(none, labels); }, {"cross_entropy_error"}) == "");
    CHECK(objection([&] { cross_entropy_error(none, none); }, {"cross_entropy_error"}) == "");
    CHECK(objection([&] { softmax_cross_entropy(none, labels, none); }, {"softmax_cross_entropy"}) == "");
    // No classes: no label can be in range.
    Matrix<TestType> no_classes(2, 0);
    CHECK_THROWS_AS(cross_entropy_error(no_classes, std::vector<int>{0, 0}), ShapeError);
}

TEMPLATE_TEST_CASE("softmax_cross_entropy refuses overlapping results", "[misuse]", float, double) {
    Matrix<TestType> m(5, 4);
    Matrix<TestType> logits(4, 4);
    const std::vector<int> labels = {0, 1, 2, 3};
    CHECK(objection([&] { softmax_cross_entropy(logits, labels, m.rows(0, 4), m.rows(0, 4)); },
                    {"softmax_cross_entropy"}) == "");
    CHECK(objection([&] { softmax_cross_entropy(logits, labels, m.rows(0, 4), m.rows(1, 5)); },
                    {"softmax_cross_entropy"}) == "");
    CHECK(objection([&] { softmax_cross_entropy(m.rows(0, 4), labels, m.rows(1, 5)); },
                    {"softmax_cross_entropy"}) == "");
    CHECK(objection([&] { softmax_cross_entropy(m.rows(0, 4), labels, logits, m.rows(1, 5)); },
                    {"softmax_cross_entropy"}) == "");
}
