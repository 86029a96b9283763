// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// LayeredNet: the two-layer net's bits, other depths, and files that hold no net.
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/error.hpp"
#include "thalweg/net.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/random.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg {
namespace {

std::string net_error(const std::vector<NpzMember>& members) {
    try {
        const LayeredNet<float> net(Npz("net.npz", members));
    } catch (const IoError& error) {
        return error.what();
    }
    return "(no IoError)";
}

template <class T>
std::vector<NpzMember> members_of(const TwoLayerParams<T>& p) {
    return {{"b2", NpyArray(p.b2).reshaped({p.b2.cols()})},
            {"W2", p.W2},
            {"iteration", 1},
            {"b1", p.b1},
            {"W1", p.W1}};
}

template <class T>
void check_two_layers() {
    Rng rng(1);
    const TwoLayerNet<T> expected(13, 7, 5, rng, 0.5);
    // More rows than one block has.
    const Matrix<T> x = Matrix<T>::randn(300, 13, rng);
    const LayeredNet<T> net(Npz("net.npz", members_of(expected.params)));
    CHECK(net.layers().size() == 2);
    CHECK(net.input_size() == 13);
    CHECK(net.output_size() == 5);
    CHECK(net.predict(x) == expected.predict(x));
}

TEST_CASE("layered net: of two layers, the bits of TwoLayerNet") {
    check_two_layers<float>();
    check_two_layers<double>();
}

TEST_CASE("layered net: one layer and three") {
    Rng rng(2);
    const Matrix<double> x = Matrix<double>::randn(4, 3, rng);
    const Matrix<double> w1 = Matrix<double>::randn(3, 3, rng);
    const Matrix<double> w2 = Matrix<double>::randn(3, 6, rng);
    const Matrix<double> w3 = Matrix<double>::randn(6, 2, rng);
    const Matrix<double> b1{{1, 2, 3}};
    const Matrix<double> b2(1, 6, 0.5);
    const Matrix<double> b3{{-1, 1}};
    CHECK(LayeredNet<double>({{w1, b1}}).predict(x) == softmax(affine(x, w1, b1)));
    const Matrix<double> z = sigmoid(affine(sigmoid(affine(x, w1, b1)), w2, b2));
    CHECK(LayeredNet<double>({{w1, b1}, {w2, b2}, {w3, b3}}).predict(x) == softmax(affine(z, w3, b3)));
}

TEST_CASE("layered net: files without a net, and shapes that do not fit") {
    const Matrix<float> w1(3, 2);
    const Matrix<float> b1(1, 2);
    CHECK_THAT(net_error({}), ContainsSubstring("net.npz: expected an array \"W1\""));
    CHECK_THAT(net_error({{"W1", w1}}), ContainsSubstring("net.npz: expected an array \"b1\""));
    CHECK_THAT(net_error({{"W1", w1}, {"b1", b1}, {"W3", w1}, {"b3", b1}}),
               ContainsSubstring("without a gap, found W3 but no W2"));
    CHECK_THAT(net_error({{"W1", w1}, {"b1", b1}, {"b2", b1}}), ContainsSubstring("found b2 but no W2"));
    CHECK_THAT(net_error({{"W1", w1}, {"b1", b1}, {"W" + std::string(5000, '7'), b1}}),
               ContainsSubstring("found W77777777777... but no W2"));
    CHECK_THAT(net_error({{"W1", w1}, {"b1", Matrix<float>(1, 3)}}), ContainsSubstring("net.npz: Net: b1"));
    CHECK_THAT(net_error({{"W1", w1}, {"b1", b1}, {"W2", w1}, {"b2", b1}}),
               ContainsSubstring("net.npz: Net: W2"));
    CHECK_THROWS_AS(LayeredNet<float>(std::vector<LayeredNet<float>::Layer>()), ShapeError);
    CHECK_THROWS_AS(LayeredNet<float>({{w1, b1}}).predict(Matrix<float>(1, 2)), ShapeError);
}

}  // namespace
}  // namespace thalweg
