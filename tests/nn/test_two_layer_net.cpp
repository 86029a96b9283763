// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net: its forward pass and both gradients against plain loops, shapes it must refuse.
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/differentiate.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/random.hpp"
#include "thalweg/two_layer_net.hpp"

namespace {

using namespace thalweg;

long double wide(double value) {
    return static_cast<long double>(value);
}

// The notebook's forward pass in long double, element by element.
template <class T>
std::vector<std::vector<long double>> plain_predict(const TwoLayerParams<T>& p, const Matrix<T>& x) {
    std::vector<std::vector<long double>> y(x.rows());
    for (std::size_t n = 0; n < x.rows(); ++n) {
        std::vector<long double> z(p.hidden_size());
        for (std::size_t j = 0; j < z.size(); ++j) {
            long double a = wide(p.b1(0, j));
            for (std::size_t i = 0; i < x.cols(); ++i) {
                a += wide(x(n, i)) * wide(p.W1(i, j));
            }
            z[j] = 1.0L / (1.0L + std::exp(-a));
        }
        long double total = 0.0L;
        for (std::size_t k = 0; k < p.output_size(); ++k) {
            long double a = wide(p.b2(0, k));
            for (std::size_t j = 0; j < z.size(); ++j) {
                a += z[j] * wide(p.W2(j, k));
            }
            y[n].push_back(std::exp(a));
            total += y[n].back();
        }
        for (long double& value : y[n]) {
            value /= total;
        }
    }
    return y;
}

template <class T>
struct Case {
    TwoLayerNet<T> net;
    Matrix<T> x;
    std::vector<int> labels;
};

template <class T>
Case<T> make_case(std::size_t batch, std::size_t input, std::size_t hidden, std::size_t classes) {
    Rng rng(7);
    TwoLayerNet<T> net(input, hidden, classes, rng, 0.5);
    net.params.b1 = Matrix<T>::randn(1, hidden, rng, 0.3);
    net.params.b2 = Matrix<T>::randn(1, classes, rng, 0.3);
    Matrix<T> x = Matrix<T>::randn(batch, input, rng);
    std::vector<int> labels;
    for (std::size_t n = 0; n < batch; ++n) {
        labels.push_back(static_cast<int>(n * 3 % classes));
    }
    return {std::move(net), std::move(x), std::move(labels)};
}

Matrix<double> one_hot(const std::vector<int>& labels, std::size_t classes) {
    Matrix<double> t(labels.size(), classes);
    for (std::size_t n = 0; n < labels.size(); ++n) {
        t(n, static_cast<std::size_t>(labels[n])) = 1.0;
    }
    return t;
}

}  // namespace

TEST_CASE("predict and loss are the notebook's formulas", "[net]") {
    test::each_level([](test::Rounding) {
        const auto c = make_case<double>(5, 7, 6, 4);
        const auto expected = plain_predict(c.net.params, c.x);
        const Matrix<double> y = c.net.predict(c.x);
        // Values near 1 reached through chains of at most 8 products of numbers of size 1 and three functions
        // of at most 3 ULP: 40 roundings of 2^-53, times the derivative of the softmax (at most 1/4) and
        // weights near 1.
        const double bound = 40 * 0x1p-53;
        double worst = 0.0;
        long double loss = 0.0L;
        for (std::size_t n = 0; n < y.rows(); ++n) {
            for (std::size_t k = 0; k < y.cols(); ++k) {
                worst = std::fmax(worst, std::fabs(static_cast<double>(wide(y(n, k)) - expected[n][k])));
            }
            loss -= std::log(expected[n][static_cast<std::size_t>(c.labels[n])] + 1e-7L);
        }
        loss /= 5;
        CHECK(worst <= bound);
        const double found = c.net.loss(c.x, c.labels);
        CHECK(std::fabs(found - static_cast<double>(loss)) <= 20 * bound);
        CHECK(c.net.loss(c.x, one_hot(c.labels, 4)) == found);
    });
}

TEST_CASE("backpropagation agrees with central differences", "[net]") {
    test::each_level([](test::Rounding) {
        const auto c = make_case<double>(6, 9, 5, 4);
        const double h = 1e-4;
        const auto exact = c.net.gradient(c.x, c.labels);
        const auto numeric = c.net.numerical_gradient(c.x, c.labels, h);
        // Truncation h^2/6 |f'''| with third derivatives of order 10 here, rounding 2^-53 * loss / h, and the
        // 1e-7 that only the loss holds: 1e-7 / p, p above 1e-3 in this case.
        const double bound = h * h * 10 / 6 + 0x1p-52 * 10 / h + 1e-4 * 0.05;
        double worst = 0.0;
        const auto compare = [&](const Matrix<double>& a, const Matrix<double>& b) {
            REQUIRE(a.rows() == b.rows());
            REQUIRE(a.cols() == b.cols());
            for (std::size_t i = 0; i < a.size(); ++i) {
                worst = std::fmax(worst, std::fabs(a.data()[i] - b.data()[i]));
            }
        };
        const auto one = exact.matrices();
        const auto other = numeric.matrices();
        for (std::size_t i = 0; i < one.size(); ++i) {
            compare(*one[i].matrix, *other[i].matrix);
        }
        CHECK(worst <= bound);
        CHECK(exact.W1.size() > 0);
    });
}

TEST_CASE("gradient: labels and one-hot targets give the same bits", "[net]") {
    const auto c = make_case<double>(33, 20, 17, 10);
    CHECK(c.net.gradient(c.x, c.labels) == c.net.gradient(c.x, one_hot(c.labels, 10)));
    CHECK(c.net.numerical_gradient(c.x.rows(0, 2), Labels(c.labels).first(2)) ==
          c.net.numerical_gradient(c.x.rows(0, 2), Matrix<double>(one_hot(c.labels, 10).rows(0, 2))));
}

TEST_CASE("numerical_gradient: targets that are no one-hot rows weigh the labels", "[net]") {
    const auto c = make_case<double>(4, 5, 3, 4);
    const std::vector<int> others = {1, 0, 3, 2};
    Matrix<double> t = one_hot(c.labels, 4);
    const Matrix<double> second = one_hot(others, 4);
    Matrix<double> two_ones = t;
    for (std::size_t i = 0; i < t.size(); ++i) {
        t.data()[i] = 0.25 * t.data()[i] + 0.75 * second.data()[i];
        two_ones.data()[i] += second.data()[i];
    }
    for (const bool clean : {false, true}) {
        const NetDifferenceOptions options = {.h = 1e-4, .clean_loss = clean};
        const auto a = c.net.numerical_gradient(c.x, c.labels, options);
        const auto b = c.net.numerical_gradient(c.x, others, options);
        const auto both = c.net.numerical_gradient(c.x, t, options);
        const auto sum = c.net.numerical_gradient(c.x, two_ones, options);
        // Both losses are linear in t. A loss of size 4 is off by 20 roundings of 2^-53 at most; a quotient
        // has two of them over 2h, and there are three quotients.
        const double bound = 3 * 4 * 20 * 0x1p-53 / options.h;
        double worst = 0.0;
        for (std::size_t i = 0; i < t.cols() * 3; ++i) {
            const double expected = 0.25 * a.W2.data()[i] + 0.75 * b.W2.data()[i];
            worst = std::fmax(worst, std::fabs(both.W2.data()[i] - expected));
            worst = std::fmax(worst, std::fabs(sum.W2.data()[i] - a.W2.data()[i] - b.W2.data()[i]));
        }
        CHECK(worst <= bound);
        CHECK(both.W2.size() == t.cols() * 3);
    }
}

TEST_CASE("gradient returns the loss that the forward pass sees", "[net]") {
    const auto c = make_case<float>(33, 20, 17, 10);
    TwoLayerParams<float> grads;
    TwoLayerWorkspace<float> workspace;
    const double loss = c.net.gradient(c.x, c.labels, grads, workspace);
    CHECK(loss == c.net.loss(c.x, c.labels));
    CHECK(grads == c.net.gradient(c.x, c.labels));
}

TEST_CASE("a workspace serves nets and batches of all sizes, and holds nothing but memory", "[net]") {
    TwoLayerParams<double> grads;
    TwoLayerWorkspace<double> workspace;
    const auto check = [&](TwoLayerWorkspace<double>& of, const auto& c) {
        CHECK(c.net.gradient(c.x, c.labels, grads, of) == c.net.loss(c.x, c.labels));
        CHECK(grads == c.net.gradient(c.x, c.labels));
    };
    const auto large = make_case<double>(33, 20, 17, 10);
    const auto small = make_case<double>(5, 3, 4, 2);
    check(workspace, large);
    check(workspace, small);
    check(workspace, large);
    TwoLayerWorkspace<double> copy = workspace;
    check(copy, small);
    TwoLayerWorkspace<double> moved = std::move(workspace);
    check(moved, large);
    copy = moved;
    check(copy, small);
    check(moved, large);
    copy = std::move(moved);
    check(copy, large);
    check(moved, small);  // NOLINT(bugprone-use-after-move): whatever it holds now serves as well
}

TEST_CASE("gradient: rows of weights are held against the probabilities", "[net]") {
    // (y - t) / N at the output, back through both layers by the public operations.
    const auto c = make_case<float>(33, 20, 17, 10);
    Rng rng(8);
    const Matrix<float> t = softmax(Matrix<float>::randn(33, 10, rng));
    Matrix<float> z(33, 17);
    affine(c.x, c.net.params.W1, c.net.params.b1, z);
    sigmoid(z, z);
    Matrix<float> dy = softmax(affine(z, c.net.params.W2, c.net.params.b2));
    for (std::size_t i = 0; i < dy.size(); ++i) {
        dy.data()[i] = (dy.data()[i] - t.data()[i]) / 33.0F;
    }
    const Matrix<float> dz = sigmoid_backward(z, dot(dy, c.net.params.W2.transposed()));
    const TwoLayerParams<float> grads = c.net.gradient(c.x, t);
    CHECK(grads.W2 == dot(z.transposed(), dy));
    CHECK(grads.b2 == sum(dy, 0));
    CHECK(grads.W1 == dot(c.x.transposed(), dz));
    CHECK(grads.b1 == sum(dz, 0));
}

TEST_CASE("numerical_gradient of some parameters equals those of all", "[net]") {
    const auto c = make_case<float>(3, 4, 3, 2);
    const auto all = c.net.numerical_gradient(c.x, c.labels, {.method = NetDifferenceMethod::kPlain});
    const std::vector<std::size_t> which = {0, 11, 12, 14, 15, 20, 21, 22};
    const auto some = c.net.numerical_gradient(c.x, c.labels, which);
    const float expected[] = {all.W1.data()[0], all.W1.data()[11], all.b1.data()[0], all.b1.data()[2],
                              all.W2.data()[0], all.W2.data()[5],  all.b2.data()[0], all.b2.data()[1]};
    for (std::size_t i = 0; i < which.size(); ++i) {
        CHECK(static_cast<float>(some[i]) == expected[i]);
    }
    const std::vector<std::size_t> beyond = {23};
    CHECK_THROWS_WITH(c.net.numerical_gradient(c.x, c.labels, beyond),
                      ContainsSubstring("parameter index must be below 23, found 23"));
}

// The C library's logarithm would give other bits on another machine, and its last digits differ from ours.
TEST_CASE("an incremental difference knows nothing of the parameters before it", "[net]") {
    // One more input in front, for the first row alone and with weights of 0: no loss is another.
    const auto without_first = [](bool more) {
        Rng rng(5);
        const TwoLayerNet<double> small(4, 3, 5, rng, 0.7);
        const Matrix<double> inner = Matrix<double>::randn(6, 4, rng);
        const std::size_t skip = more ? 1 : 0;
        TwoLayerParams<double> params(4 + skip, 3, 5);
        params.W2 = small.params.W2;
        Matrix<double> x(6, 4 + skip);
        x(0, 0) = 2.0;
        for (std::size_t i = 0; i < 4; ++i) {
            for (std::size_t j = 0; j < 3; ++j) {
                params.W1(i + skip, j) = small.params.W1(i, j);
            }
            for (std::size_t n = 0; n < 6; ++n) {
                x(n, i + skip) =
                    n == 0 && i < 3 ? 0.0 : inner(n, i);  // most inputs leave the first row alone
            }
        }
        const auto found = TwoLayerNet<double>(std::move(params))
                               .numerical_gradient(x, std::vector<int>{0, 1, 2, 3, 4, 0},
                                                   {.h = 1e-4, .method = NetDifferenceMethod::kIncremental});
        return std::vector<double>(found.W1.data() + skip * 3, found.W1.data() + (4 + skip) * 3);
    };
    CHECK(without_first(true) == without_first(false));
}

TEST_CASE("numerical_gradient of the clean loss of soft targets asks no other logarithm", "[net]") {
    Rng rng(5);
    TwoLayerNet<double> net(6, 4, 3, rng, 1.0);
    const Matrix<double> x = Matrix<double>::randn(5, 6, rng);
    Matrix<double> t = softmax(Matrix<double>::randn(5, 3, rng));
    t(1, 2) = 0.0;
    test::each_level([&](test::Rounding) {
        const Matrix<double> found = net.numerical_gradient(x, t, {.clean_loss = true}).W1;
        TwoLayerNet<double> moved = net;
        const auto loss = [&](const Matrix<double>&) {
            const Matrix<double> logarithms = log(moved.predict(x));
            double sum = 0.0;
            for (std::size_t i = 0; i < t.size(); ++i) {
                sum -= t.data()[i] == 0.0 ? 0.0 : t.data()[i] * logarithms.data()[i];
            }
            return sum / 5.0;
        };
        CHECK(found == numerical_gradient(loss, moved.params.W1, 1e-4));
    });
}

TEST_CASE("a row of a batch is predicted as it is alone", "[net]") {
    const auto c = make_case<float>(600, 30, 50, 10);
    const Matrix<float> all = c.net.predict(c.x);
    std::string difference;
    for (std::size_t n = 0; n < c.x.rows() && difference.empty(); n += 7) {
        const Matrix<float> alone = c.net.predict(c.x.row(n));
        difference = test::first_difference(alone.data(), all.row(n).data(), alone.size());
    }
    CHECK(difference.empty());
}

TEST_CASE("accuracy counts the rows whose largest output is at the label", "[net]") {
    const auto c = make_case<double>(50, 6, 5, 3);
    const Matrix<double> y = c.net.predict(c.x);
    int right = 0;
    for (std::size_t n = 0; n < y.rows(); ++n) {
        std::size_t best = 0;
        for (std::size_t k = 1; k < y.cols(); ++k) {
            best = y(n, k) > y(n, best) ? k : best;
        }
        right += best == static_cast<std::size_t>(c.labels[n]) ? 1 : 0;
    }
    REQUIRE(right > 0);
    REQUIRE(right < 50);
    CHECK(c.net.accuracy(c.x, c.labels) == right / 50.0);
    CHECK(c.net.accuracy(c.x, one_hot(c.labels, 3)) == right / 50.0);
}

TEST_CASE("the net refuses shapes and labels that do not fit", "[net][misuse]") {
    const auto c = make_case<double>(4, 6, 5, 3);
    CHECK_THROWS_WITH(c.net.predict(Matrix<double>(4, 7)),
                      ContainsSubstring("predict: x must be [4,6], found [4,7]"));
    CHECK_THROWS_WITH(c.net.gradient(Matrix<double>(4, 7), c.labels),
                      ContainsSubstring("gradient: x must be [4,6]"));
    const std::vector<int> few = {0, 1};
    CHECK_THROWS_WITH(c.net.loss(c.x, few), ContainsSubstring("expected 4 labels"));
    const std::vector<int> wrong = {0, 1, 3, 0};
    CHECK_THROWS_WITH(c.net.gradient(c.x, wrong),
                      ContainsSubstring("label of row 2 must be from 0 to 2, found 3"));
    CHECK_THROWS_WITH(c.net.accuracy(c.x, Matrix<double>(4, 4)),
                      ContainsSubstring("t must be [4,3], found [4,4]"));
    TwoLayerParams<double> params(6, 5, 3);
    params.b1 = Matrix<double>(1, 4);
    CHECK_THROWS_WITH(TwoLayerNet<double>(params), ContainsSubstring("b1 must be [1,5], found [1,4]"));
}

TEST_CASE("weights are drawn in double, W1 before W2, and rounded", "[net]") {
    Rng rng_f(3);
    Rng rng_d(3);
    Rng rng(3);
    const TwoLayerNet<float> f(4, 3, 2, rng_f, 0.01);
    const TwoLayerNet<double> d(4, 3, 2, rng_d, 0.01);
    bool equal = true;
    for (std::size_t i = 0; i < 12 + 6; ++i) {
        const double drawn = 0.01 * rng.randn();
        const double in_double = i < 12 ? d.params.W1.data()[i] : d.params.W2.data()[i - 12];
        const float in_float = i < 12 ? f.params.W1.data()[i] : f.params.W2.data()[i - 12];
        equal = equal && in_double == drawn && in_float == static_cast<float>(drawn);
    }
    CHECK(equal);
    CHECK(d.params.b1 == Matrix<double>(1, 3));
    CHECK(d.params.b2 == Matrix<double>(1, 2));
}

TEST_CASE("gradient: the same bits for any number of threads, also where b is packed", "[net]") {
    // 784 x 400 weights are more than half a second-level cache; 37 rows are cut into uneven parts.
    const auto c = make_case<float>(37, 784, 400, 10);
    std::optional<TwoLayerParams<float>> expected;
    for (const int threads : test::kThreadCounts) {
        const test::ThreadScope scope(threads);
        const auto found = c.net.gradient(c.x, c.labels);
        if (!expected) {
            expected = found;
        }
        CHECK(found == *expected);
    }
    // And those of the operations one after another.
    const auto& p = c.net.params;
    const Matrix<float> z1 = sigmoid(affine(c.x, p.W1, p.b1));
    Matrix<float> dy = affine(z1, p.W2, p.b2);
    softmax_cross_entropy(dy, c.labels, dy);
    Matrix<float> dz1 = dot(dy, p.W2.transposed());
    sigmoid_backward(z1, dz1, dz1);
    CHECK(dot(c.x.transposed(), dz1) == expected->W1);
    CHECK(sum(dz1, 0) == expected->b1);
    CHECK(dot(z1.transposed(), dy) == expected->W2);
    CHECK(sum(dy, 0) == expected->b2);
}

TEST_CASE("gradient refuses a batch of no rows", "[net]") {
    const auto c = make_case<float>(3, 4, 3, 2);
    CHECK_THROWS_WITH(c.net.gradient(c.x.rows(0, 0), Labels()),
                      ContainsSubstring("gradient: expected at least one row, found none"));
}
