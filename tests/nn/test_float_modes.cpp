// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Everything public that rounds gives the same bits whatever the calling thread is set to, leaves that
// setting, and calls back under it. tests/bits does the same for the promised hashes.
#include <atomic>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/float_modes.hpp"
#include "support/levels.hpp"
#include "thalweg/thalweg.hpp"

namespace {

using namespace thalweg;

using Words = std::vector<std::uint64_t>;

template <class T>
void add(Words& words, const Matrix<T>& m) {
    for (std::size_t i = 0; i < m.size(); ++i) {
        if constexpr (sizeof(T) == sizeof(float)) {
            words.push_back(std::bit_cast<std::uint32_t>(m.data()[i]));
        } else {
            words.push_back(std::bit_cast<std::uint64_t>(m.data()[i]));
        }
    }
}
template <class T>
void add(Words& words, Expression<T>&& expression) {
    add(words, std::move(expression).eval());
}
void add(Words& words, double x) {
    words.push_back(std::bit_cast<std::uint64_t>(x));
}
template <class T>
void add(Words& words, const TwoLayerParams<T>& params) {
    for (const auto& [name, matrix] : params.matrices()) {
        add(words, *matrix);
    }
}

// Ordinary numbers, and subnormals among them; made in the standard mode.
template <class T>
struct Inputs {
    Matrix<T> x = with_subnormals(test::matrix<T>(37, 23));
    Matrix<T> w = test::matrix<T>(23, 11, test::Kind::kNormal, 2);
    Matrix<T> b = test::matrix<T>(1, 11, test::Kind::kNormal, 3);
    Matrix<T> dz = test::matrix<T>(37, 23, test::Kind::kNormal, 4);
    Matrix<T> images = test::matrix<T>(9, 784, test::Kind::kNormal, 5);
    std::vector<int> labels = {0, 3, 1, 4, 1, 5, 9, 2, 6};
    Matrix<T> soft = softmax(test::matrix<T>(9, 10, test::Kind::kNormal, 6));
    Dataset digits = synthetic_digits(100, 1);

    static Matrix<T> with_subnormals(Matrix<T> m) {
        for (std::size_t i = 0; i < m.size(); i += 5) {
            m.data()[i] = static_cast<T>(i + 1) * std::numeric_limits<T>::denorm_min();
        }
        return m;
    }
};

struct ModeCase {
    std::string name;
    std::function<void(Words&)> run;
};

template <class T>
std::vector<ModeCase> operations(const Inputs<T>& in) {
    const auto out = [](auto f) { return [f](Words& words) { add(words, f()); }; };
    return {
        {"dot", out([&] { return dot(in.x, in.w); })},
        {"dot, transposed", out([&] { return dot(in.x.transposed(), in.dz); })},
        {"affine", out([&] { return affine(in.x, in.w, in.b); })},
        {"add_bias", out([&] { return add_bias(dot(in.x, in.w), in.b).eval(); })},
        {"exp", out([&] { return exp(scale(T(40), in.x)); })},
        {"log", out([&] { return log(exp(in.x)); })},
        {"log of subnormals", out([&] { return log(in.x); })},
        {"sigmoid", out([&] { return sigmoid(scale(T(30), in.x)); })},
        {"sigmoid_grad", out([&] { return sigmoid_grad(scale(T(30), in.x)); })},
        {"sigmoid_backward", out([&] { return sigmoid_backward(in.x, in.dz); })},
        {"softmax", out([&] { return softmax(in.x); })},
        {"sum", out([&] { return sum(in.x, 1); })},
        {"sum down", out([&] { return sum(in.x, 0); })},
        {"scale", out([&] { return scale(T(0.1), in.x); })},
        {"axpy",
         [&](Words& words) {
             Matrix<T> y = in.dz;
             axpy(T(0.1), in.x, y);
             add(words, y);
         }},
        {"argmax",
         [&](Words& words) {
             // Subnormals are numbers, too.
             const T least = std::numeric_limits<T>::denorm_min();
             const Matrix<T> small = {{0, least, 2 * least}, {2 * least, 0, least}};
             for (const std::vector<std::size_t>& found :
                  {argmax(small, 1), argmin(small, 0), count_nonzero(small, 0), count_nonzero(small, 1),
                   std::vector{argmax(small), argmin(small), count_nonzero(small)}}) {
                 words.insert(words.end(), found.begin(), found.end());
             }
         }},
        {"cross_entropy_error",
         [&](Words& words) {
             add(words, cross_entropy_error(in.soft.view(), in.labels));
             add(words, cross_entropy_error(in.soft, in.soft));
         }},
        {"softmax_cross_entropy",
         [&](Words& words) {
             Matrix<T> d(9, 10);
             add(words, softmax_cross_entropy(in.soft, in.labels, d));
             add(words, d);
         }},
    };
}

template <class T>
TwoLayerNet<T> small_net() {
    Rng rng(3);
    return {784, 5, 10, rng, 0.1};
}

template <class T>
std::vector<ModeCase> nets(const Inputs<T>& in) {
    const auto net = small_net<T>();
    return {
        {"a new net", [](Words& words) { add(words, small_net<T>().params); }},
        {"predict", [=, &in](Words& words) { add(words, net.predict(in.images)); }},
        {"accuracy",
         [=, &in](Words& words) {
             add(words, net.loss(in.images, in.labels));
             add(words, net.accuracy(in.images, in.labels));
             add(words, accuracy(net, in.digits));
         }},
        {"gradient",
         [=, &in](Words& words) {
             add(words, net.gradient(in.images, in.labels));
             add(words, net.gradient(in.images, in.soft));
         }},
        {"Sgd::update",
         [=, &in](Words& words) {
             TwoLayerNet<T> copy = net;
             Sgd{.lr = 0.1}.update(copy.params, net.gradient(in.images, in.labels));
             add(words, copy.params);
         }},
        {"numerical_gradient, structured",
         [=, &in](Words& words) {
             add(words, net.numerical_gradient(in.images, in.labels));
             add(words, net.numerical_gradient(in.images, in.labels, 0.5));
             std::vector<double> differences(100);
             TwoLayerDifferences<T>(net, in.images, in.labels).differences(7, 0.01, differences);
             for (const double each : differences) {
                 add(words, each);
             }
         }},
        {"numerical_gradient, two losses",
         [=](Words& words) {
             Rng rng(4);
             const TwoLayerNet<T> tiny(3, 2, 4, rng, 1.0);
             const Matrix<T> x = {{T(0.1), T(0.2), T(-0.3)}, {0, T(1.1), T(0.7)}};
             const std::vector<int> t = {1, 3};
             const Matrix<T> targets = softmax(dot(x, Matrix<T>(3, 4, T(0.3))));
             const std::vector<std::size_t> which = {0, 5, 9};
             for (const auto method : {NetDifferenceMethod::kIncremental, NetDifferenceMethod::kPlain}) {
                 add(words, tiny.numerical_gradient(x, t, {.method = method}));
             }
             add(words, tiny.numerical_gradient(x, targets, {.clean_loss = true}));
             for (const double each : tiny.numerical_gradient(x, t, which)) {
                 add(words, each);
             }
         }},
        {"train",
         [=, &in](Words& words) {
             for (const GradientSource source : {GradientSource::kBackprop, GradientSource::kNumerical}) {
                 TwoLayerNet<T> copy = net;
                 Rng rng(5);
                 const TrainResult result = train(
                     copy, {in.digits, in.digits},
                     {.iterations = 3, .batch_size = 7, .optimizer = {.lr = 0.1}, .gradient = source}, rng);
                 add(words, result.last_loss);
                 add(words, result.evaluations.back().train);
                 add(words, copy.params);
             }
         }},
    };
}

template <class T>
std::vector<ModeCase> data_and_files(const Inputs<T>& in) {
    return {
        {"randn",
         [](Words& words) {
             Rng rng(7);
             add(words, rng.randn());
             add(words, rng.uniform());
             add(words, Matrix<T>::randn(5, 7, rng, 0.01));
         }},
        {"images",
         [&](Words& words) {
             add(words, in.digits.template images<T>());
             Matrix<T> wide(3, 800);
             std::vector<int> labels(3);
             in.digits.template gather<T>(std::size_t{1}, wide.cols(5, 789), labels);
             const std::vector<std::size_t> rows = {4, 2, 9};
             add(words, wide);
             in.digits.template gather<T>(rows, wide.cols(5, 789), labels);
             add(words, wide);
         }},
        {"synthetic_digits",
         [](Words& words) {
             const Dataset digits = synthetic_digits(20, 3);
             for (const std::uint8_t pixel : digits.pixels()) {
                 words.push_back(pixel);
             }
         }},
        {"NpyArray::as",
         [](Words& words) {
             const NpyArray array = std::vector<double>{0.1, 1e-310, 1.0 / 3, 1e-42};
             add(words, array.as<Matrix<T>>());
             const NpyArray whole = std::vector<long long>{(1LL << 61) + 1, (1LL << 25) + 1};
             add(words, whole.as<Matrix<T>>());
         }},
    };
}

template <class T>
void check_all(const std::vector<ModeCase>& cases) {
    for (const ModeCase& each : cases) {
        INFO(each.name << " of " << (sizeof(T) == 4 ? "float" : "double"));
        Words standard;
        each.run(standard);
        for (const test::FloatMode& mode : test::float_modes()) {
            INFO(mode.name);
            Words found;
            bool kept = false;
            {
                const test::FloatModeScope set(mode);
                const std::uint64_t before = test::float_word();
                each.run(found);
                kept = test::float_word() == before;
            }
            CHECK(found == standard);
            CHECK(kept);
        }
    }
}

template <class T>
void check_everything() {
    const Inputs<T> in;
    check_all<T>(operations<T>(in));
    check_all<T>(nets<T>(in));
    check_all<T>(data_and_files<T>(in));
}

TEST_CASE("everything that rounds has its bits in every mode", "[float_modes]") {
    check_everything<float>();
    check_everything<double>();
}

// Threads of a team keep what their creator had: here it is not what the caller has when they compute.
TEST_CASE("a team that was made in another mode has the bits", "[float_modes]") {
    const test::ThreadScope threads(3);
    const Matrix<double> x = test::matrix<double>(300, 300, test::Kind::kNormal, 8);
    const Matrix<double> product = dot(x, x);
    const Matrix<double> powers = exp(x);
    for (const test::FloatMode& mode : test::float_modes()) {
        INFO(mode.name);
        // A thread of its own has a team of its own.
        std::thread([&] {
            {
                const test::FloatModeScope set(mode);
                CHECK(dot(x, x) == product);
            }
            CHECK(dot(x, x) == product);
            CHECK(exp(x).eval() == powers);
        }).join();
    }
}

TEST_CASE("what is thrown leaves the mode", "[float_modes]") {
    for (const test::FloatMode& mode : test::float_modes()) {
        INFO(mode.name);
        const test::FloatModeScope set(mode);
        const std::uint64_t before = test::float_word();
        const TwoLayerNet<float> net = small_net<float>();
        const std::vector<int> none;
        CHECK_THROWS_AS(net.gradient(Matrix<float>(0, 784), none), ShapeError);
        CHECK(test::float_word() == before);
        TwoLayerParams<double> params(2, 2, 2);
        params.W1.fill(std::numeric_limits<double>::quiet_NaN());
        const TwoLayerNet<double> without_loss(params);
        CHECK_THROWS_AS(without_loss.numerical_gradient(Matrix<double>{{1, 1}}, std::vector<int>{0}),
                        DifferenceError);
        CHECK(test::float_word() == before);
    }
}

TEST_CASE("a function of the caller's is called in the caller's mode", "[float_modes]") {
    const Dataset digits = synthetic_digits(20, 1);
    for (const test::FloatMode& mode : test::float_modes()) {
        INFO(mode.name);
        TwoLayerNet<float> net = small_net<float>();
        // Threads of the team that were made in the standard mode.
        const test::ThreadScope threads(2);
        std::vector<double> x(100, 1.0);
        numerical_gradient([](std::span<const double>) { return 0.0; }, x, {.threads = 2});

        const test::FloatModeScope set(mode);
        const std::uint64_t expected = test::float_word();
        std::atomic<int> wrong{0};
        const auto look = [&] { wrong += test::float_word() == expected ? 0 : 1; };
        const auto f = [&](std::span<const double> v) {
            look();
            return v[0];
        };
        numerical_gradient(f, x);
        numerical_gradient(f, x, {.threads = 2});
        Rng rng(1);
        TrainCallbacks callbacks;
        callbacks.on_step = [&](const TrainStep&) { return look(), true; };
        callbacks.on_evaluation = [&](const TrainEvaluation&) { return look(), true; };
        callbacks.on_checkpoint = [&](const TrainState&) { return look(), true; };
        train(net, {digits, digits}, {.iterations = 2, .batch_size = 5, .eval_every = 1}, rng, callbacks);
        CHECK(wrong == 0);
    }
}

}  // namespace
