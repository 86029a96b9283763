// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What tensors cannot do is said in one line, and leaves them as they were.
#include <cstddef>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "thalweg/thalweg.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// What f throws, as text.
template <class Function>
std::string thrown(const Function& f) {
    return message_of<std::invalid_argument>(f);
}

}  // namespace

TEST_CASE("what tensors cannot do is said in one line", "[arrays][tensors]") {
    Tensor<float> x({2, 3, 4});
    const Tensor<float> y({2, 3, 5});
    const auto is = [](const std::string& found, const char* wanted) { CHECK(found == wanted); };
    is(thrown([&] { x.at(1, 3, 0); }), "(i, j, ...): index 1 must be below 3, found 3");
    is(thrown([&] { x.at(1, 2); }), "(i, j, ...): expected 3 indices, one an axis, found 2");
    is(thrown([&] { x.at(-1, 0, 0); }), "(i, j, ...): index 0 must be below 2, found -1");
    is(thrown([&] { x.operator()<true>(2, 0, 0); }), "(i, j, ...): index 0 must be below 2, found 2");
    is(thrown([&] { x.index(3, 0); }), "index: axis must be from -3 to 2, found 3");
    is(thrown([&] { x.index(0, 2); }), "index: i must be below 2, found 2");
    is(thrown([&] { x.slice(1, 2, 2); }), "slice: first must be below last, found 2 and 2");
    is(thrown([&] { x.slice(1, 2, 1); }), "slice: first must be below last, found 2 and 1");
    is(thrown([&] { x.slice(1, 0, 4); }), "slice: last must be at most 3, found 4");
    is(thrown([&] { x.slice(1, 0, 3, 0); }), "slice: step must be at least 1, found 0");
    is(thrown([&] { x.permute({0, 1}); }), "permute: expected 3 axes, each once, found 2");
    is(thrown([&] { x.permute({0, 1, 1}); }), "permute: expected each axis once, found axis 1 twice");
    is(thrown([&] {
           x.reshape({5, 5});
       }),
       "reshape: expected a shape of 24 elements as [2,3,4] has, found [5,5]");
    is(thrown([&] { x.squeeze(0); }), "squeeze: axis 0 must have length 1, found [2,3,4]");
    is(thrown([&] {
           Tensor<float>({1, 1, 1, 1, 1, 1}).view().expand_dims(0);
       }),
       "expand_dims: at most 6 axes, found 7");
    is(thrown([&] {
           x.broadcast_to({2, 3, 5});
       }),
       "broadcast_to: [2,3,4] must be 1 or missing where it is not as [2,3,5]");
    is(thrown([&] { Shape({1, 1, 1, 1, 1, 1, 1}); }), "Shape: at most 6 axes, found 7");
    is(thrown([&] { Shape({2, -1}); }), "Shape: a length must not be negative, found -1");
    is(thrown([&] {
           Tensor<float>({1U << 31U, 1U << 31U, 4});
       }),
       "Shape: [2147483648,2147483648,4] has more elements than memory can address");
    is(thrown([&] { Tensor<float>({2}, {1, 2, 3}); }), "Tensor: expected 2 values for [2], found 3");
    is(thrown([&] { Tensor<float> z = x + y; }),
       "a + b: shapes must be alike, or 1 where they differ, found [2,3,4] and [2,3,5]");
    is(thrown([&] {
           x += Tensor<float>({4, 1, 1, 1});
       }),
       "+=: the source must be [2,3,4], or 1 or missing there, found [4,2,3,4]");
    is(thrown([&] { Matrix<float> m = x * 2; }).substr(0, 46),
       "a matrix has two axes, found a tensor [2,3,4];");
    is(thrown([&] { sum(x, {0, 0}); }), "sum: expected each axis once, found axis 0 twice");
    is(thrown([&] { sum(x, Axes{3}); }), "sum: axis must be from -3 to 2, found 3");
    is(thrown([&] { max(Tensor<float>({2, 0}), 1); }), "max: these axes must have elements, found [2,0]");
    is(thrown([&] { matmul(x, x); }),
       "matmul: a must have as many columns as b has rows, found [2,3,4] and [2,3,4]");
    is(thrown([&] {
           matmul(Tensor<float>({3, 1, 1}), Tensor<float>({2, 1, 1}));
       }),
       "matmul: batches must be alike, or 1 where they differ, found [3,1,1] and [2,1,1]");
    // Views that repeat elements may be larger than any memory.
    const Tensor<double> one({1}, 1);
    const auto row = one.broadcast_to({std::size_t{1} << 40U});
    is(thrown([&] {
           sum(row + one.broadcast_to({std::size_t{1} << 40U, 1}));
       }),
       "a + b: [1099511627776,1099511627776] has more elements than memory can address");
}

TEST_CASE("einsum says which letter or place it rejects", "[arrays][tensors]") {
    const Tensor<float> x({2, 3, 4});
    const auto is = [&](const char* text, const char* wanted) {
        CHECK(thrown([&] { einsum(text, x, x); }) == wanted);
    };
    is("", "einsum: at 0 expected ',' and the letters of b, found the end");
    is("ijk", "einsum: at 3 expected ',' and the letters of b, found the end");
    is("ijk,lmn,o->i", "einsum: at 7 expected a letter, '->' or the end, found ','");
    is("ijk,lm-", "einsum: at 6 expected a letter, '->' or the end, found '-'");
    is("...k,lmn", "einsum: at 0 expected ',' and the letters of b, found '.'");
    is("ijk,lmn->i\n", "einsum: at 10 expected the end, found byte 10");
    is("iij,lmn->j", "einsum: expected each letter once in a, found 'i' twice: a diagonal is no product");
    is("ijk,lmn->ii",
       "einsum: expected each letter once in the result, found 'i' twice: a diagonal is no product");
    is("ijk,ijl->kz", "einsum: 'z' of the result is in neither operand");
    is("ijk,ijl->l", "einsum: 'k' is in a alone, which is a sum and no product: sum(a, Axes{2}) first");
    is("abcdefg,h", "einsum: expected at most 6 letters in a, found 'g' as well");
    is("ij,jk->ik", "einsum: expected 2 axes of a, one a letter, found [2,3,4]");
    is("ijk,jkl->il", "einsum: 'j' must be one length, found 3 in a and 2 in b");
    CHECK(thrown([&] {
              einsum("abcdef,ghijkl", Tensor<float>({1, 1, 1, 1, 1, 1}), x);
          }) == "einsum: expected at most 6 letters in the result, found \"abcdefghijkl\"");
}

TEST_CASE("what fails leaves a tensor as it was", "[arrays][tensors]") {
    Tensor<float> x({2, 3}, {0, 1, 2, 3, 4, 5});
    const Tensor<float> before = x;
    const Tensor<float> other({2, 4});
    CHECK_THROWS_AS(x = x + other, ShapeError);
    CHECK_THROWS_AS(x.index(0, 0) = other, ShapeError);
    CHECK_THROWS_AS(x.assign(other), ShapeError);
    CHECK_THROWS_AS(x *= other, ShapeError);
    CHECK(x == before);
}
