// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Laws of mathematics that survive rounding, exactly or within a derived bound.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

template <class T>
constexpr double kEps = static_cast<double>(std::numeric_limits<T>::epsilon());

// Whole numbers from -512 to 511: sums and differences of a few of them are exact in either type.
template <class T>
Matrix<T> whole_numbers(std::size_t rows, std::size_t cols) {
    Source source(5);
    Matrix<T> m(rows, cols);
    for (std::size_t i = 0; i < m.size(); ++i) {
        m.data()[i] = static_cast<T>(static_cast<int>(source.below(1024)) - 512);
    }
    return m;
}

}  // namespace

TEMPLATE_TEST_CASE("softmax does not notice a shift that rounds nothing", "[properties]", float, double) {
    each_level([](Rounding) {
        const Matrix<TestType> x = whole_numbers<TestType>(20, 37);
        const Matrix<TestType> shift(1, 37, TestType(4096));
        Failures failures;
        failures.compare(softmax(add_bias(x, shift)), softmax(x), "shifted by 4096");
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("a softmax row sums to 1 and lies between 0 and 1", "[properties]", float, double) {
    each_level([](Rounding) {
        for (const std::size_t cols :
             {std::size_t{2}, std::size_t{10}, std::size_t{100}, std::size_t{1000}}) {
            const Matrix<TestType> p = softmax(scale(TestType(10), matrix<TestType>(50, cols)));
            double worst = 0.0;
            double lowest = 1.0;
            double highest = 0.0;
            for (std::size_t i = 0; i < p.rows(); ++i) {
                long double total = 0.0L;
                for (std::size_t j = 0; j < cols; ++j) {
                    total += static_cast<long double>(p(i, j));
                    lowest = std::min(lowest, static_cast<double>(p(i, j)));
                    highest = std::max(highest, static_cast<double>(p(i, j)));
                }
                worst = std::max(worst, static_cast<double>(std::fabs(total - 1.0L)));
            }
            INFO(cols << " columns");
            // Each division rounds by eps / 2; the sum they divide by is off by at most its additions'
            // roundings.
            CHECK(worst <=
                  kEps<TestType> * (1.0 + static_cast<double>(std::min<std::size_t>(cols, 32)) / 2.0));
            CHECK(lowest >= 0.0);
            CHECK(highest <= 1.0);
        }
    });
}

TEMPLATE_TEST_CASE("sigmoid(-x) = 1 - sigmoid(x)", "[properties]", float, double) {
    each_level([](Rounding) {
        const Matrix<TestType> x = scale(TestType(30), matrix<TestType>(40, 50));
        const Matrix<TestType> plus = sigmoid(x);
        const Matrix<TestType> minus = sigmoid(scale(TestType(-1), x));
        double worst = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            worst = std::max(worst, std::fabs(static_cast<double>(plus.data()[i]) +
                                              static_cast<double>(minus.data()[i]) - 1.0));
        }
        // Three units of the larger and of the smaller one, of which the larger is below 1.
        CHECK(worst <= 3.0 * kEps<TestType>);
    });
}

TEMPLATE_TEST_CASE("sigmoid_grad is even and at most a quarter", "[properties]", float, double) {
    each_level([](Rounding) {
        const Matrix<TestType> x = scale(TestType(30), matrix<TestType>(40, 50));
        const Matrix<TestType> slope = sigmoid_grad(x);
        Failures failures;
        failures.compare(sigmoid_grad(scale(TestType(-1), x)), slope, "even");
        for (std::size_t i = 0; i < x.size(); ++i) {
            const TestType s = slope.data()[i];
            failures.expect(s > TestType(0) && s <= TestType(0.25), "between 0 and 1/4 at", x.data()[i]);
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("(AB)^T = B^T A^T bit for bit", "[properties]", float, double) {
    each_level([](Rounding) {
        const Matrix<TestType> a = matrix<TestType>(37, 53, Kind::kNormal, 1);
        const Matrix<TestType> b = matrix<TestType>(53, 29, Kind::kNormal, 2);
        Failures failures;
        failures.compare(transposed(dot(a, b)), dot(b.transposed(), a.transposed()), "transposed");
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("the unit matrix changes nothing", "[properties]", float, double) {
    each_level([](Rounding) {
        const Matrix<TestType> a = matrix<TestType>(33, 21);
        Matrix<TestType> unit(21, 21);
        for (std::size_t i = 0; i < 21; ++i) {
            unit(i, i) = TestType(1);
        }
        CHECK(dot(a, unit) == a);
        CHECK(dot(unit, a.transposed()) == transposed(a));
    });
}

TEMPLATE_TEST_CASE("sums along both axes have the same total", "[properties]", float, double) {
    each_level([](Rounding) {
        const Matrix<TestType> x = whole_numbers<TestType>(60, 70);
        CHECK(sum(sum(x, 0), 1) == sum(sum(x, 1), 0));
    });
}

TEMPLATE_TEST_CASE("losses of probabilities are not negative", "[properties]", float, double) {
    each_level([](Rounding) {
        for (std::uint64_t salt = 1; salt <= 50; ++salt) {
            const Matrix<TestType> x = scale(TestType(40), matrix<TestType>(3, 10, Kind::kNormal, salt));
            const std::vector<int> labels = labels_below(10, 3, salt);
            Matrix<TestType> dlogits(3, 10);
            CHECK(softmax_cross_entropy(x, labels, dlogits) >= 0.0);
            // 1e-7 inside the logarithm lets a certain answer fall below 0 by as much.
            CHECK(cross_entropy_error(softmax(x), labels) >= -1.1e-7 - kEps<TestType> * 8);
        }
    });
}

TEST_CASE("log undoes exp", "[properties]") {
    each_level([](Rounding) {
        const Matrix<double> x = scale(20.0, matrix<double>(20, 50));
        const Matrix<double> back = log(exp(x));
        double worst = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            worst = std::max(worst, std::fabs(back.data()[i] - x.data()[i]));
        }
        // exp's unit is a relative error of eps, which log turns into an absolute one; log's own is below 20
        // eps.
        CHECK(worst <= 21.0 * kEps<double>);
    });
}
