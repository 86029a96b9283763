// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The structured numerical gradient of the two-layer net: against differences in 60 digits, against the plain
// loop, against itself on every level and number of threads.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "nn/difference/gradient.hpp"
#include "nn/difference_reference.hpp"
#include "nn/farthest.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/thalweg.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

// A net and batch of the reference.
template <class T>
struct ReferenceCase {
    TwoLayerNet<T> net;
    Matrix<T> x;
    std::vector<int> t;
};

template <class T>
void take(const double*& from, Matrix<T>& to) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        to.data()[i] = static_cast<T>(*from++);
    }
}
template <class T>
void take(const double*& from, TwoLayerParams<T>& to) {
    for (const auto& [name, matrix] : to.matrices()) {
        take(from, *matrix);
    }
}

template <class T>
ReferenceCase<T> reference_case(TwoLayerParams<T> params, std::span<const double> values,
                                std::span<const double> x, std::span<const int> t) {
    const double* from = values.data();
    take(from, params);
    Matrix<T> inputs(t.size(), params.input_size());
    from = x.data();
    take(from, inputs);
    return {TwoLayerNet<T>(std::move(params)), std::move(inputs), {t.begin(), t.end()}};
}

template <class T>
ReferenceCase<T> wide_case() {
    return reference_case(TwoLayerParams<T>(5, 4, 3), kWideParams, kWideX, kWideT);
}
template <class T>
ReferenceCase<T> first_case() {
    return reference_case(TwoLayerParams<T>(8, 10, 10), kFirstParams, kFirstX, kFirstT);
}

template <class T>
ReferenceCase<T> random_case(std::size_t batch, std::size_t input, std::size_t hidden, std::size_t classes) {
    Rng rng(11);
    TwoLayerNet<T> net(input, hidden, classes, rng, 0.5);
    net.params.b1 = Matrix<T>::randn(1, hidden, rng, 0.3);
    Matrix<T> x = Matrix<T>::randn(batch, input, rng);
    std::vector<int> t;
    for (std::size_t n = 0; n < batch; ++n) {
        for (std::size_t i = n % 3; i < input; i += 3) {
            x(n, i) = T(0);
        }
        t.push_back(static_cast<int>((n * 5 + 1) % classes));
    }
    return {std::move(net), std::move(x), std::move(t)};
}

struct Reference {
    std::span<const double> book;
    std::span<const double> clean;
    std::span<const double> steps;
};
const Reference kWide{kWideBook, kWideClean, kSteps};
const Reference kFirst{kFirstBook, kFirstClean, std::span<const double>(kSteps).subspan(1, 1)};

// The largest error over all steps and both losses.
template <class T>
double worst_error(const ReferenceCase<T>& c, const Reference& reference) {
    double worst = 0.0;
    const std::size_t size = c.net.params.size();
    for (std::size_t s = 0; s < reference.steps.size(); ++s) {
        for (const bool clean : {false, true}) {
            const auto expected = (clean ? reference.clean : reference.book).subspan(s * size, size);
            const auto found = c.net.numerical_gradient(
                c.x, c.t, NetDifferenceOptions{.h = reference.steps[s], .clean_loss = clean});
            worst = std::fmax(worst, farthest(values_of(found), expected));
        }
    }
    return worst;
}

}  // namespace

TEST_CASE("structured differences equal those in 60 digits", "[differences]") {
    each_level([](Rounding) {
        // Gradients up to 0.25 that are means of 6 terms: each holds some ten roundings of 2^-53 of itself.
        CHECK(worst_error(wide_case<double>(), kWide) <= 1e-15);
        // At h = 1e-4 the plain loop is 2e-12 off.
        CHECK(worst_error(first_case<double>(), kFirst) <= 1e-15);
    });
}

TEST_CASE("structured differences in float lanes", "[differences]") {
    each_level([](Rounding) {
        // Base values, terms and their sum, each rounded to 2^-24 of themselves a few times.
        CHECK(worst_error(wide_case<float>(), kWide) <= 20 * 0x1p-24 * 0.25);
        const auto c = first_case<float>();
        const auto found = c.net.numerical_gradient(c.x, c.t);
        // W1 and b1, whose gradients are below 1e-3: far below what the plain loop's float can see (2e-3).
        const auto expected = std::span<const double>(kFirstBook).first(90);
        auto first_layer = values_of(found);
        first_layer.resize(90);
        CHECK(farthest(first_layer, expected) <= 1e-9);
    });
}

TEST_CASE("a structured difference is no derivative", "[differences]") {
    const auto c = wide_case<double>();
    const auto derivative = values_of(c.net.gradient(c.x, c.t));
    const auto clean = [&](double h) {
        return values_of(
            c.net.numerical_gradient(c.x, c.t, NetDifferenceOptions{.h = h, .clean_loss = true}));
    };
    // The h^2 term: four times as far at twice the step while h is small, and plain to see at 0.5 and 3.
    const double at_1e3 = farthest(clean(1e-3), derivative);
    const double at_2e3 = farthest(clean(2e-3), derivative);
    CHECK(at_1e3 > 1e-9);
    CHECK(std::fabs(at_2e3 / at_1e3 - 4.0) < 4e-3);
    CHECK(farthest(clean(0.5), derivative) > 1e-4);
    CHECK(farthest(clean(3.0), derivative) > 1e-2);
}

TEST_CASE("a pixel that is zero in the whole batch has a difference of exactly zero", "[differences]") {
    const auto c = wide_case<double>();
    for (const double h : kSteps) {
        const auto found = c.net.numerical_gradient(c.x, c.t, h);
        CHECK(values_of(found).size() == c.net.params.size());
        for (std::size_t j = 0; j < 4; ++j) {
            CHECK(same_bits(found.W1(2, j), 0.0));
        }
    }
}

TEST_CASE("the structured net and any function go through one seam", "[differences]") {
    each_level([](Rounding) {
        auto c = wide_case<double>();
        TwoLayerDifferences<double> structured(c.net, c.x, c.t);
        std::vector<double> parameters = values_of(c.net.params);
        // The same function as a black box over one array.
        const auto loss = [&c](const std::vector<double>& values) {
            TwoLayerNet<double> net = c.net;
            const double* from = values.data();
            take(from, net.params);
            return net.loss(c.x, c.t);
        };
        BlackBox box(loss, parameters);
        std::vector<std::size_t> every(parameters.size());
        std::iota(every.begin(), every.end(), std::size_t{0});
        const ModelComparison worst = compare_models(structured, box, every, kSteps);
        // Two losses below 4, each with the roundings of its logits (up to 8) and of its mean: 30 of 2^-53.
        CHECK(worst.worst <= 2 * 4 * 30 * 0x1p-53);
        CHECK(worst.compared == every.size() * std::size(kSteps));
        CHECK(farthest(numerical_gradient(structured, 1e-4),
                       values_of(c.net.numerical_gradient(c.x, c.t, 1e-4))) <= 0x1p-53);
    });
}

TEMPLATE_TEST_CASE("structured differences at every shape follow the plain loop", "[differences]", float,
                   double) {
    const struct {
        std::size_t batch, input, hidden, classes;
    } shapes[] = {{1, 1, 1, 2}, {3, 2, 1, 1}, {2, 7, 17, 3}, {5, 4, 70, 10}, {130, 3, 5, 4}, {257, 2, 3, 2}};
    for (const auto& s : shapes) {
        const auto c = random_case<TestType>(s.batch, s.input, s.hidden, s.classes);
        for (const double h : {1e-4, 0.25, 2.0}) {
            CAPTURE(s.batch, s.input, s.hidden, s.classes, h);
            const auto plain = c.net.numerical_gradient(
                c.x, c.t, NetDifferenceOptions{.h = h, .method = NetDifferenceMethod::kPlain});
            const auto found = c.net.numerical_gradient(c.x, c.t, h);
            const auto incremental = c.net.numerical_gradient(
                c.x, c.t, NetDifferenceOptions{.h = h, .method = NetDifferenceMethod::kIncremental});
            // The plain loop and the incremental one round two losses (below 8); float's result, terms and
            // base values.
            const double result = sizeof(TestType) == 4 ? 30 * 0x1p-24 : 0.0;
            CHECK(farthest(values_of(incremental), values_of(plain)) <= 8 * 60 * 0x1p-53 / h + result);
            CHECK(farthest(values_of(found), values_of(plain)) <= 8 * 60 * 0x1p-53 / h + result);
        }
    }
}

TEMPLATE_TEST_CASE("structured differences: the same bits for any threads and level", "[differences]", float,
                   double) {
    const auto c = random_case<TestType>(150, 60, 37, 10);
    for (const double h : {1e-4, 0.5}) {
        std::optional<std::vector<TestType>> of_class[2];
        each_level([&](Rounding rounding) {
            auto& expected = of_class[rounding == Rounding::kFma ? 1 : 0];
            for (const int threads : kThreadCounts) {
                const ThreadScope scope(threads);
                const auto found = values_of(c.net.numerical_gradient(c.x, c.t, h));
                if (!expected) {
                    expected = found;
                }
                Failures failures;
                failures.compare(found, *expected, "gradient", threads, "threads, h", h);
                CHECK(failures.text() == "");
            }
        });
    }
}

TEST_CASE("steps the polynomials are not for go other ways, in float as well", "[differences]") {
    const auto narrow = wide_case<float>();
    const auto c = wide_case<double>();
    for (const double h : {0.5, 3.0}) {
        const auto in_double = values_of(c.net.numerical_gradient(c.x, c.t, h));
        const auto in_float = values_of(narrow.net.numerical_gradient(narrow.x, narrow.t, h));
        for (std::size_t i = 0; i < in_double.size(); ++i) {
            CHECK(std::fabs(static_cast<double>(in_float[i]) - in_double[i]) <=
                  0x1p-23 * std::fabs(in_double[i]));
        }
    }
    // cosh(1000) is Inf: the plain loop remains.
    CHECK(c.net.numerical_gradient(c.x, c.t, 1000.0) ==
          c.net.numerical_gradient(c.x, c.t,
                                   NetDifferenceOptions{.h = 1000.0, .method = NetDifferenceMethod::kPlain}));
}

TEST_CASE("small steps along wide weights are no small moves", "[differences]") {
    // The inputs' moves are small enough for the polynomials, those of the outputs are not.
    auto c = random_case<double>(7, 5, 6, 4);
    scale(20.0, c.net.params.W2, c.net.params.W2);
    for (const double h : {1e-5, 1e-4, 3e-4}) {
        const auto plain = c.net.numerical_gradient(
            c.x, c.t, NetDifferenceOptions{.h = h, .method = NetDifferenceMethod::kPlain});
        // The plain loop's two losses, up to 16 here, each with logits of size 40.
        CHECK(farthest(values_of(c.net.numerical_gradient(c.x, c.t, h)), values_of(plain)) <=
              16 * 60 * 0x1p-53 / h);
    }
}

TEMPLATE_TEST_CASE("a large input moves as far to either side", "[differences]", float, double) {
    // The input's sign goes over to its weights, and from there to their differences.
    const bool narrow = sizeof(TestType) == 4;
    const double h = narrow ? 5e-3 : 2e-4;
    const TestType far = narrow ? 100 : 500;
    const auto weights_of_first = [&](TestType sign) {
        auto c = random_case<TestType>(1, 3, 5, 3);
        c.x(0, 1) = far * sign;
        for (std::size_t j = 0; j < 5; ++j) {
            c.net.params.W1(1, j) = TestType(0.1) / far * static_cast<TestType>(j) * sign;
            c.net.params.W2(j, 0) = c.net.params.W2(j, 1) + TestType(0.25);
            c.net.params.W2(j, 2) = c.net.params.W2(j, 1);
        }
        const auto found = c.net.numerical_gradient(c.x, c.t, h);
        return std::vector<TestType>(found.W1.data() + 5, found.W1.data() + 10);
    };
    std::vector<TestType> expected = weights_of_first(TestType(1));
    std::transform(expected.begin(), expected.end(), expected.begin(), std::negate<>());
    // Some twenty roundings each, of differences up to a sixteenth of the input.
    CHECK(farthest(weights_of_first(TestType(-1)), expected) <=
          40 * static_cast<double>(std::numeric_limits<TestType>::epsilon() * far) / 16);
    CHECK(std::fabs(static_cast<double>(expected[2])) > 0.1);
}

TEMPLATE_TEST_CASE("weights too wide for the polynomials take the general routine", "[differences]", float,
                   double) {
    // Units come in pairs that cancel, so that no class is out of sight whatever the weights are. The second
    // case has one more input, which moves nothing but is itself too large for the polynomials.
    const bool narrow = sizeof(TestType) == 4;
    const double h = narrow ? 1e-3 : 5e-6;
    const TestType wide = narrow ? TestType(800) : TestType(4000);
    const auto with = [&](std::size_t inputs) {
        TwoLayerParams<TestType> params(inputs, 4, 3);
        for (std::size_t j = 0; j < 4; ++j) {
            params.W1(0, j) = j < 2 ? TestType(0.5) : TestType(-0.25);
            params.W1(1, j) = j < 2 ? TestType(-0.125) : TestType(0.5);
            params.W2(j, 1) = (j % 2 == 0 ? wide : -wide) / TestType(2);
            params.W2(j, 2) = (j % 2 == 0 ? -wide : wide) / TestType(j < 2 ? 2 : 4);
        }
        Matrix<TestType> x(1, inputs);
        x(0, inputs - 1) = TestType(1000);  // the third
        x(0, 0) = TestType(1);
        x(0, 1) = TestType(0.75);
        return values_of(
            TwoLayerNet<TestType>(std::move(params)).numerical_gradient(x, std::vector<int>{0}, h));
    };
    each_level([&](Rounding) {
        const std::vector<TestType> found = with(2);
        std::vector<TestType> expected = with(3);
        expected.erase(expected.begin() + 8, expected.begin() + 12);  // the third row of W1
        const auto [least, most] = std::minmax_element(expected.begin(), expected.end());
        const double largest = std::fmax(-static_cast<double>(*least), static_cast<double>(*most));
        // The first layer is the same arithmetic on the same numbers.
        CHECK(largest > 10.0);
        CHECK(farthest(found, expected) <=
              4 * static_cast<double>(std::numeric_limits<TestType>::epsilon()) * largest);
    });
}

TEST_CASE("a move that lifts a class beyond all numbers is left to the plain loop", "[differences]") {
    // Two units at 1/2 that cancel; class 1 has a probability of 1e-5, and e^720 times that after a move.
    TwoLayerParams<double> params(1, 2, 2);
    params.W2(0, 0) = 1440.0;
    params.W2(1, 0) = -1440.0;
    params.b2(0, 0) = 11.5;
    const TwoLayerNet<double> net(std::move(params));
    const Matrix<double> x(1, 1, 8.0);
    const std::vector<int> t = {0};
    for (const bool clean : {false, true}) {
        NetDifferenceOptions options{.h = 3.0, .clean_loss = clean};
        const auto found = net.numerical_gradient(x, t, options);
        options.method = NetDifferenceMethod::kPlain;
        CHECK(found == net.numerical_gradient(x, t, options));
    }
}

TEST_CASE("the loss is that of the differences that were taken", "[differences]") {
    const auto c = wide_case<float>();
    TwoLayerParams<float> gradient;
    const double loss = c.net.loss(c.x, c.t);
    for (const double h : {1e-4, 0.5, 3.0, 1e6}) {
        // A new one each time: what was left from another step would be the right loss.
        nn::NumericalGradient<float> differences;
        differences.run(c.net.params, c.x, c.t, {.h = h}, gradient);
        // Float's forward pass against that in double, both of a few roundings.
        CHECK(std::fabs(differences.loss() - loss) <= 40 * 0x1p-24);
    }
}

TEST_CASE("numerical_gradient of the net refuses what has no difference", "[differences]") {
    auto c = wide_case<double>();
    for (const double h : {0.0, -1e-4, std::nan(""), HUGE_VAL}) {
        CHECK_THROWS_AS(c.net.numerical_gradient(c.x, c.t, h), std::invalid_argument);
    }
    CHECK_THROWS_WITH(c.net.numerical_gradient(c.x, c.t, -1.0), ContainsSubstring("numerical_gradient: h"));
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x.rows(0, 2), c.t), ShapeError);
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x.rows(0, 0), Labels()), ShapeError);
    CHECK_THROWS_AS(c.net.numerical_gradient(Matrix<double>(6, 4), c.t), ShapeError);
    const std::vector<int> beyond(6, 3);
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x, beyond), ShapeError);
    c.net.params.W2(1, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(c.net.numerical_gradient(c.x, c.t), DifferenceError);
}

TEST_CASE("training by differences alone goes where backpropagation goes", "[differences]") {
    const TrainTest data{synthetic_digits(400, 3), synthetic_digits(100, 4)};
    const auto losses = [&](GradientSource source, int threads) {
        const ThreadScope scope(threads);
        Rng rng(1);
        TwoLayerNet<double> net(784, 20, 10, rng);
        std::vector<double> all_losses;
        TrainCallbacks callbacks;
        callbacks.on_step = [&](const TrainStep& step) {
            all_losses.push_back(step.loss);
            return true;
        };
        train(net, data,
              {.iterations = 40, .batch_size = 50, .optimizer = {0.5}, .gradient = source, .eval_every = 40},
              rng, callbacks);
        return all_losses;
    };
    const auto numerical = losses(GradientSource::kNumerical, 1);
    CHECK(numerical.size() == 40);
    // The gradients differ by 1e-7 / p of themselves, p near 0.1, for 40 steps of 0.5.
    CHECK(farthest(numerical, losses(GradientSource::kBackprop, 1)) <= 40 * 1e-6);
    CHECK(numerical == losses(GradientSource::kNumerical, 3));
    CHECK(numerical.back() < numerical.front());
}
