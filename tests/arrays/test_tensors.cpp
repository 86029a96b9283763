// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Tensors: access, conversions; and that layout, threads and levels change no bit. test_tensors.py holds them
// against NumPy, test_tensor_errors.cpp has what they cannot do.
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/memory.hpp"
#include "support/catch.hpp"
#include "support/levels.hpp"
#include "support/message_of.hpp"
#include "thalweg/thalweg.hpp"

using namespace thalweg;
using namespace thalweg::test;

static_assert(std::is_trivially_copyable_v<TensorView<float>>);
static_assert(std::is_convertible_v<Matrix<float>&, TensorView<float>>);
static_assert(std::is_convertible_v<const Matrix<float>&, TensorView<const float>>);
static_assert(!std::is_convertible_v<const Matrix<float>&, TensorView<float>>);
static_assert(!std::is_convertible_v<const Tensor<float>&, TensorView<float>>);
static_assert(!std::is_convertible_v<TensorView<const float>, TensorView<float>>);
static_assert(!std::is_convertible_v<TensorView<const float>, MatrixView<float>>);
static_assert(std::is_nothrow_move_constructible_v<Tensor<double>>);

namespace {

template <class Element>
Tensor<Element> counting(const Shape& shape) {
    Tensor<Element> x(shape);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = static_cast<Element>(i);
    }
    return x;
}

template <class Element>
bool same_bits(const Tensor<Element>& a, const Tensor<Element>& b) {
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Element)) == 0;
}

}  // namespace

TEST_CASE("a tensor has its elements in row-major order", "[arrays][tensors]") {
    const Tensor<float> x = counting<float>({2, 3, 4});
    CHECK(x.rank() == 3);
    CHECK(x.shape() == Shape{2, 3, 4});
    CHECK(x(1, 2, 3) == 23);
    CHECK(x.at(1, 0, 2) == 14);
    CHECK(x.view().stride(0) == 12);
    CHECK(x.extent(-1) == 4);
    CHECK(Tensor<float>().shape() == Shape{0});
    CHECK(Tensor<double>(Shape{}, 3).at() == 3);
    CHECK(Tensor<double>({2, 0, 3}).empty());
    CHECK(Tensor<float>({2, 2}, {1, 2, 3, 4}) == Tensor<float>({2, 2}, {1, 2, 3, 4}));
    CHECK_FALSE(Tensor<float>({4}, 1) == Tensor<float>({2, 2}, 1));
    const std::vector<std::size_t> extents = {2, 5};
    CHECK(Tensor<float>(extents).size() == 10);
    Rng one(7);
    Rng two(7);
    CHECK(Tensor<float>::randn({2, 3}, one).matrix()(1, 2) == Matrix<float>::randn(2, 3, two)(1, 2));
}

TEST_CASE("views of tensors look at the same elements", "[arrays][tensors]") {
    Tensor<double> x = counting<double>({2, 3, 4});
    CHECK(x.index(1, 2)(1, 3) == 23);
    CHECK(x.slice(2, 1, 4, 2)(1, 1, 1) == 19);
    CHECK(x.permute({2, 0, 1})(3, 1, 2) == 23);
    CHECK(x.transpose()(3, 2, 1) == 23);
    CHECK(x.reshape({4, 6})(3, 5) == 23);
    CHECK(x.slice(0, 1, 2).squeeze().shape() == Shape{3, 4});
    CHECK(x.expand_dims(-1).shape() == Shape{2, 3, 4, 1});
    CHECK(x.index(0, 0).index(0, 0).broadcast_to({5, 4})(4, 3) == 3);
    CHECK(x.slice(2, 0, 2).reshape({6, 2}).data() == x.data());
    CHECK(x.index(2, 1).reshape({6}).stride(0) == 4);
    x.permute({2, 1, 0}).index(0, 1) = -1;
    CHECK(sum(x) == 276 - (1 + 5 + 9 + 13 + 17 + 21) - 6);
}

TEST_CASE("matrices and tensors convert without a copy", "[arrays][tensors]") {
    Tensor<float> x = counting<float>({3, 4});
    const MatrixView<float> rows = x;
    CHECK(rows.data() == x.data());
    CHECK(rows(2, 3) == 11);
    CHECK(x.slice(1, 1, 3).matrix().ld() == 4);
    CHECK(x.index(0, 1).matrix().rows() == 1);
    Matrix<float> m(3, 4, 2);
    const TensorView<float> view = m;
    CHECK(view.data() == m.data());
    CHECK(TensorView<float>(m.cols(1, 3)).stride(0) == 4);
    const float* const data = m.data();
    Tensor<float> taken(std::move(m));
    CHECK(taken.data() == data);
    CHECK(m.data() == nullptr);
    const Matrix<float> back = std::move(taken).matrix();
    CHECK(back.data() == data);
    CHECK(taken.shape() == Shape{0});
    CHECK(softmax(x).cols() == 4);
    CHECK(dot(x.matrix(), x.matrix().transposed())(0, 1) == 38);
    CHECK((Matrix<float>(x + back)(2, 3)) == 13);
    CHECK((x + back).eval_tensor().shape() == Shape{3, 4});
    CHECK(message_of<std::invalid_argument>([&] { x.transpose().matrix(); }) ==
          "a matrix has the elements of a row side by side, found a tensor [4,3] whose are 4 apart; copy it, "
          "Tensor<float>(x)");
    CHECK(message_of<std::invalid_argument>([&] {
              (void)x.reshape({3, 2, 2}).matrix();
          }) == "a matrix has two axes, found a tensor [3,2,2]");
    CHECK(message_of<std::invalid_argument>([&] {
              (void)Tensor<float>({2, 2, 2}).matrix();
          }) == "a matrix has two axes, found a tensor [2,2,2]");
    CHECK(message_of<std::invalid_argument>([&] {
              x.index(0, 0).broadcast_to({3, 4}).matrix();
          }).starts_with("a matrix has rows apart"));
    // Functions of matrices read what has gaps between columns as well.
    CHECK(sort(x.transpose(), 1)(0, 2) == 8);
    CHECK(sum(x.transpose(), Axes{0})(0, 1) == 22);
}

namespace {

// An expression with functions that run block by block, of operands in several layouts.
template <class T>
struct Operands {
    explicit Operands(const Shape& shape) {
        Rng rng(5);
        x = Tensor<T>::randn(shape, rng);
        y = Tensor<T>::randn(shape, rng);
    }
    Tensor<T> x;
    Tensor<T> y;
};

template <class T>
Tensor<T> formula(const Operand<T>& x, const Operand<T>& y) {
    return exp(x * T(0.5)) / (y * y + 1) - where(x < y, sigmoid(x), y);
}

template <class T>
void layouts_agree() {
    for (const Shape& shape : {Shape{2, 3, 70}, Shape{5, 33, 17}, Shape{3, 300, 2}, Shape{4, 1, 1100}}) {
        const Operands<T> on(shape);
        const std::size_t n = shape[2];
        const Tensor<T> wanted = formula<T>(on.x, on.y);
        Tensor<T> turned(Shape{n, shape[0], shape[1]});
        turned.permute({1, 2, 0}).assign(on.x);
        CHECK(same_bits(formula<T>(turned.permute({1, 2, 0}), on.y), wanted));
        CHECK(same_bits(formula<T>(turned.permute({1, 2, 0}), Tensor<T>(on.y.transpose()).transpose()),
                        wanted));
        Tensor<T> wide({shape[0], shape[1] + 1, 3 * n});
        const TensorView<T> part = wide.slice(1, 1, shape[1] + 1).slice(2, 0, 3 * n, 3);
        part.assign(on.y);
        CHECK(same_bits(formula<T>(on.x, part), wanted));
        // Written to where elements are apart.
        part.assign(formula<T>(on.x, part));
        CHECK(same_bits(Tensor<T>(part), wanted));
        turned.permute({1, 2, 0}).assign(exp(turned.permute({1, 2, 0})));
        CHECK(same_bits(Tensor<T>(turned.permute({1, 2, 0})), Tensor<T>(exp(on.x))));
    }
}

}  // namespace

TEST_CASE("layouts, levels and threads change no bit of tensors", "[arrays][tensors]") {
    each_level([&](Rounding) {
        for (const int threads : kThreadCounts) {
            const ThreadScope scope(threads);
            layouts_agree<float>();
            layouts_agree<double>();
        }
    });
}

TEST_CASE("functions of broadcast operands have their bits", "[arrays][tensors]") {
    Rng rng(3);
    const auto x = Tensor<float>::randn({6, 5, 33}, rng);
    const auto scale = Tensor<float>::randn({5, 1}, rng);
    const auto shift = Tensor<float>::randn({6, 1, 1}, rng);
    const Tensor<float> found = sigmoid(x * scale - shift);
    for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t j = 0; j < 5; ++j) {
            const Matrix<float> wanted = sigmoid(x.index(0, i).index(0, j) * scale(j, 0) - shift(i, 0, 0));
            CHECK(same_bits(Tensor<float>(found.index(0, i).index(0, j).expand_dims(0)),
                            Tensor<float>(wanted)));
        }
    }
}

TEST_CASE("reductions of matrices over lists of axes have their bits", "[arrays][tensors]") {
    Rng rng(11);
    const auto x = Matrix<float>::randn(70, 333, rng);
    const auto is = [](const Tensor<float>& found, const Matrix<float>& wanted) {
        CHECK(same_bits(found, Tensor<float>(wanted)));
    };
    for (const int axis : {0, 1, -1, -2}) {
        is(sum(x, Axes{axis}), sum(x, axis));
        is(mean(x * 2, Axes{axis}), mean(x * 2, axis));
        is(var(x, Axes{axis}), var(x, axis));
        is(thalweg::std(x, Axes{axis}), thalweg::std(x, axis));
        is(norm(x, Axes{axis}), norm(x, axis));
        is(prod(x, Axes{axis}), prod(x, axis));
        is(max(x, Axes{axis}), max(x, axis));
        is(any(x > 3, Axes{axis}), any(x > 3, axis));
        CHECK(argmin(x, Axes{axis}) == argmin(x, axis));
        CHECK(count_nonzero(x > 0, Axes{axis}) == count_nonzero(x > 0, axis));
    }
    CHECK(sum(x, {0, 1})(0, 0) == sum(x));
    const Tensor<float> y(TensorView<const float>(x).reshape({7, 10, 333}));
    CHECK(same_bits(Tensor<float>(sum(y, {0, 1}).squeeze(0)), Tensor<float>(sum(x, 0))));
    CHECK(same_bits(Tensor<float>(sum(y, 2).reshape({70, 1})), Tensor<float>(sum(x, 1))));
    CHECK(same_bits(sum(y.permute({1, 0, 2}), {1, 2}), sum(Tensor<float>(y.permute({1, 0, 2})), {1, 2})));
    CHECK(sum(y) == sum(x));
    CHECK(argmax(y) == argmax(x));
    CHECK(array_equal(y, y + 0));
    CHECK_FALSE(array_equal(y, x));
    CHECK(allclose(y, y + 1e-9));
}

namespace {

template <class T>
void products_are_dots(std::size_t batch, std::size_t m, std::size_t k, std::size_t n) {
    Rng rng(static_cast<std::uint32_t>(batch + m + k + n));
    const auto a = Tensor<T>::randn({batch, m, k}, rng);
    const auto b = Tensor<T>::randn({batch, k, n}, rng);
    Tensor<T> wanted({batch, m, n});
    for (std::size_t i = 0; i < batch; ++i) {
        dot(a.index(0, i).matrix(), b.index(0, i).matrix(), wanted.index(0, i).matrix());
    }
    CHECK(same_bits(matmul(a, b), wanted));
    CHECK(same_bits(einsum("bij,bjk->bik", a, b), wanted));
    CHECK(same_bits(einsum("bij,bkj->bik", a, Tensor<T>(b.permute({0, 2, 1}))), wanted));
    CHECK(same_bits(einsum("jib,bjk->bik", Tensor<T>(a.permute({2, 1, 0})), b), wanted));
    CHECK(same_bits(einsum("bij,bjk->kbi", a, b), Tensor<T>(wanted.permute({2, 0, 1}))));
    CHECK(same_bits(einsum("bij,bjk->bki", a, b), Tensor<T>(wanted.permute({0, 2, 1}))));
    CHECK(same_bits(matmul(Tensor<T>(a.permute({0, 2, 1})).permute({0, 2, 1}), b), wanted));
    Tensor<T> shared({batch, m, n});
    for (std::size_t i = 0; i < batch; ++i) {
        dot(a.index(0, i).matrix(), b.index(0, 0).matrix(), shared.index(0, i).matrix());
    }
    CHECK(same_bits(matmul(a, b.index(0, 0)), shared));
    CHECK(same_bits(matmul(a, b.slice(0, 0, 1)), shared));
}

}  // namespace

TEST_CASE("batched products have the bits of dot", "[arrays][tensors]") {
    each_level([&](Rounding) {
        for (const int threads : kThreadCounts) {
            const ThreadScope scope(threads);
            products_are_dots<float>(3, 5, 7, 4);
            products_are_dots<double>(5, 65, 33, 17);
            products_are_dots<float>(2, 150, 130, 96);
            products_are_dots<float>(9, 1, 20, 3);
            products_are_dots<double>(1, 4, 1, 5);
        }
    });
    const Tensor<float> none = matmul(Tensor<float>({2, 3, 0}), Tensor<float>({2, 0, 4}));
    CHECK(none == Tensor<float>({2, 3, 4}));
    CHECK(matmul(Tensor<float>({3}, 2), Tensor<float>({3}, 2)).at() == 12);
    CHECK(einsum("i,j->ji", Tensor<float>({2}, {1, 2}), Tensor<float>({3}, 3))(2, 1) == 6);
    CHECK(einsum("ij,ij->", Matrix<double>(2, 3, 2), Matrix<double>(2, 3, 1)).at() == 12);
}

TEST_CASE("tensors read and write nothing beside their elements", "[arrays][tensors]") {
    for (const Place place : {Place::kEnd, Place::kStart}) {
        for (const std::size_t n : {1U, 3U, 8U, 17U, 64U, 65U, 130U}) {
            Memory memory(place, Kind::kNormal, n);
            // A permuted view whose last element is the last of its memory.
            const TensorView<const float> x(memory.input<float>(3 * n * 5), Shape{3, n, 5});
            const TensorView<float> out(memory.input<float>(5 * 3 * n), Shape{5, 3, n});
            const TensorView<const float> row(memory.input<float>(n), Shape{n});
            out.assign(x.permute({2, 0, 1}));
            CHECK(out(4, 2, n - 1) == x(2, n - 1, 4));
            out.assign(exp(x.permute({2, 0, 1})) + row);
            out += x.permute({2, 0, 1}) * row;
            CHECK(sum(x.permute({2, 0, 1}), {0, 2}).size() == 3);
            CHECK(matmul(x, x.permute({0, 2, 1})).size() == 3 * n * n);
        }
    }
}

TEST_CASE("the one axis of a tensor is axis 0, of an expression as well", "[tensor]") {
    const Tensor<double> v({4}, {3, 1, 2, 0});
    CHECK(Matrix<double>(sum(v + 0.0, 0)) == Matrix<double>{{6}});
    CHECK(max(v + 0.0, -1) == Matrix<double>{{3}});
    CHECK(mean(v * 1.0, 0) == Matrix<double>{{1.5}});
    CHECK(var(v * 1.0, 0) == Matrix<double>{{1.25}});
    CHECK(argmax(v + 0.0, 0) == std::vector<std::size_t>{0});
    CHECK(argmin(v, 0) == std::vector<std::size_t>{3});
    CHECK(sort(v, 0) == Matrix<double>{0, 1, 2, 3});
    CHECK(cumsum(v, 0) == Matrix<double>{3, 4, 6, 6});
    CHECK(argsort(v + 0.0, 0) == std::vector<std::size_t>{3, 1, 2, 0});
    CHECK_THROWS_AS(sum(v + 0.0, 1), std::invalid_argument);
}
