// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// cross_entropy_error with labels and with targets, and softmax_cross_entropy: the book's numbers, the
// documented order, and finiteness where the plain formula has none.
#include <cmath>
#include <limits>
#include <vector>

#include "ops/matrices.hpp"
#include "support/catch.hpp"
#include "support/compare.hpp"
#include "support/levels.hpp"
#include "support/oracle.hpp"
#include "support/shapes.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

template <class T>
Matrix<T> one_hot(const std::vector<int>& labels, std::size_t classes) {
    Matrix<T> t(labels.size(), classes);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        t(i, static_cast<std::size_t>(labels[i])) = T(1);
    }
    return t;
}

double relative_error(double got, double expected) {
    return std::fabs(got - expected) / std::fabs(expected);
}

// As loss.hpp says of numbers at the end of the range.
TEST_CASE("softmax_cross_entropy at the largest logits", "[loss]") {
    constexpr float kFloat = std::numeric_limits<float>::max();
    constexpr double kDouble = std::numeric_limits<double>::max();
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const std::vector<int> second = {1};
    Matrix<float> df(1, 2);
    CHECK(softmax_cross_entropy(Matrix<float>{{kFloat, -kFloat}}, second, df) ==
          2.0 * static_cast<double>(kFloat));
    CHECK(df == Matrix<float>{{1, -1}});
    Matrix<double> d(1, 2);
    CHECK(softmax_cross_entropy(Matrix<double>{{kDouble, -kDouble}}, second, d) == kInfinity);
    CHECK(d == Matrix<double>{{1, -1}});
    CHECK(softmax_cross_entropy(Matrix<double>{{-kDouble, kDouble}}, second, d) == 0.0);
    CHECK(softmax_cross_entropy(Matrix<double>{{0, -kInfinity}}, second, d) == kInfinity);
    CHECK(std::isnan(softmax_cross_entropy(Matrix<double>{{kInfinity, 0}}, second, d)));
    Matrix<double> two(2, 2);
    const Matrix<double> half = {{kDouble / 1.5, -kDouble / 4}, {kDouble / 1.5, -kDouble / 4}};
    CHECK(softmax_cross_entropy(half, std::vector<int>{1, 1}, two) == kInfinity);
}

}  // namespace

TEST_CASE("4.2.2: cross entropy of the book's two answers", "[loss][book]") {
    const Matrix<double> right = {{0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0}};
    const Matrix<double> wrong = {{0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0}};
    const std::vector<int> label = {2};
    const Matrix<double> t = one_hot<double>(label, 10);
    each_level([&](Rounding) {
        CHECK(relative_error(cross_entropy_error(right, label), 0.510825457099338) < 4e-15);
        CHECK(relative_error(cross_entropy_error(wrong, label), 2.302584092994546) < 4e-15);
        CHECK(relative_error(cross_entropy_error(right, t), 0.510825457099338) < 4e-15);
        CHECK(relative_error(cross_entropy_error(wrong, t), 2.302584092994546) < 4e-15);
    });
}

TEST_CASE("4.2.4: a batch's loss is the mean of its rows'", "[loss][book]") {
    const Matrix<double> y = {{0.1, 0.05, 0.6, 0.0, 0.05, 0.1, 0.0, 0.1, 0.0, 0.0},
                              {0.1, 0.05, 0.1, 0.0, 0.05, 0.1, 0.0, 0.6, 0.0, 0.0}};
    const std::vector<int> labels = {2, 2};
    const double expected = (0.510825457099338 + 2.302584092994546) / 2;
    each_level([&](Rounding) {
        CHECK(relative_error(cross_entropy_error(y, labels), expected) < 4e-15);
        CHECK(relative_error(cross_entropy_error(y, one_hot<double>(labels, 10)), expected) < 4e-15);
    });
}

TEST_CASE("a probability of 0 costs -log(1e-7), of 1 nearly nothing", "[loss]") {
    const Matrix<float> y = {{0.0f, 1.0f}};
    CHECK(relative_error(cross_entropy_error(y, std::vector<int>{0}), 16.11809565095832) < 1e-15);
    CHECK(std::fabs(cross_entropy_error(y, std::vector<int>{1}) + 1e-7) < 1e-13);
}

TEMPLATE_TEST_CASE("cross_entropy_error adds the rows in the order of sum", "[loss]", float, double) {
    each_level([](Rounding rounding) {
        const Unary<double> log = dispatch::active<double>().log;
        Failures failures;
        for (const std::size_t rows : Sizes{1, 2, 7, 100, 1001}) {
            const Matrix<TestType> y = matrix<TestType>(rows, 10, Kind::kProbability);
            const Matrix<TestType> soft = matrix<TestType>(rows, 10, Kind::kProbability, 2);
            const std::vector<int> labels = labels_below(10, rows);
            std::vector<double> hard_terms;
            std::vector<double> soft_terms;
            for (std::size_t i = 0; i < rows; ++i) {
                hard_terms.push_back(log_loss(log, y(i, static_cast<std::size_t>(labels[i]))));
                soft_terms.push_back(soft_log_loss(log, rounding, &y(i, 0), &soft(i, 0), 10));
            }
            const auto n = static_cast<double>(rows);
            Gapped<TestType> y_view(y);
            Gapped<TestType> soft_view(soft);
            const std::vector<double> hard(3, test::sum(hard_terms.data(), rows) / n);
            const std::vector<double> with_labels = {cross_entropy_error(y, labels),
                                                     cross_entropy_error(y_view.view(), labels),
                                                     cross_entropy_error(y, one_hot<TestType>(labels, 10))};
            failures.compare(with_labels, hard, "labels", rows);
            const std::vector<double> with_targets = {cross_entropy_error(y, soft),
                                                      cross_entropy_error(y_view.view(), soft_view.view())};
            failures.compare(with_targets, std::vector<double>(2, test::sum(soft_terms.data(), rows) / n),
                             "targets", rows);
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("softmax_cross_entropy follows its documented order", "[loss]", float, double) {
    each_level([](Rounding rounding) {
        const auto& table = dispatch::active<TestType>();
        Failures failures;
        for (const std::size_t rows : Sizes{1, 3, 16, 100, 533}) {
            for (const std::size_t cols : Sizes{1, 2, 10, 33}) {
                const Matrix<TestType> x = scale(TestType(15), matrix<TestType>(rows, cols));
                const std::vector<int> labels = labels_below(cols, rows);
                std::vector<TestType> p;
                std::vector<TestType> gradient;
                std::vector<double> terms;
                for (std::size_t i = 0; i < rows; ++i) {
                    const auto label = static_cast<std::size_t>(labels[i]);
                    const auto row = softmax_row(rounding, table.exp, &x(i, 0), cols);
                    const auto row_gradient = softmax_gradient_row(row, label, static_cast<TestType>(rows));
                    p.insert(p.end(), row.p.begin(), row.p.end());
                    gradient.insert(gradient.end(), row_gradient.begin(), row_gradient.end());
                    terms.push_back(softmax_loss_row(dispatch::active<double>().log, row, x(i, label)));
                }
                const double loss = test::sum(terms.data(), rows) / static_cast<double>(rows);

                Gapped<TestType> in(x);
                Gapped<TestType> dx(rows, cols);
                Gapped<TestType> probabilities(rows, cols);
                std::vector<double> losses = {
                    softmax_cross_entropy(in.view(), labels, dx.view(), probabilities.view())};
                failures.compare(elements(dx.view()), gradient, rows, cols, "gradient");
                failures.compare(elements(probabilities.view()), p, rows, cols, "probabilities");
                failures.expect(dx.gaps_untouched() && probabilities.gaps_untouched(), rows, cols, "gaps");
                losses.push_back(softmax_cross_entropy(in.view(), labels, in.view()));
                failures.compare(elements(in.view()), gradient, rows, cols, "gradient over the logits");
                Matrix<TestType> over = x;
                Matrix<TestType> dlogits(rows, cols);
                losses.push_back(softmax_cross_entropy(over, labels, dlogits, over));
                failures.compare(over, p, rows, cols, "probabilities over the logits");
                failures.compare(dlogits, gradient, rows, cols, "gradient beside them");
                failures.compare(losses, std::vector<double>(3, loss), rows, cols, "loss");
            }
        }
        REQUIRE(failures.text() == "");
    });
}

TEMPLATE_TEST_CASE("softmax_cross_entropy is near the truth and the composition", "[loss]", float, double) {
    const std::size_t rows = 200;
    const Matrix<TestType> x = scale(TestType(5), matrix<TestType>(rows, 10));
    const std::vector<int> labels = labels_below(10, rows);
    long double truth = 0.0L;
    for (std::size_t i = 0; i < rows; ++i) {
        truth += true_softmax_loss(&x(i, 0), 10, static_cast<std::size_t>(labels[i]));
    }
    truth /= static_cast<long double>(rows);
    each_level([&](Rounding) {
        Matrix<TestType> dlogits(rows, 10);
        const auto loss = static_cast<long double>(softmax_cross_entropy(x, labels, dlogits));
        // The exponentials and their chain of 10 carry a relative error of 12 eps into the sum, hence an
        // absolute one into its logarithm, and so does each x - max below 20 through its rounding; double's
        // own part is below that.
        const auto eps = static_cast<long double>(std::numeric_limits<TestType>::epsilon());
        CHECK(std::fabs(loss - truth) <= 32 * eps);
        // The composition has 1e-7 more inside the logarithm, at most 1e-7 / p with p above e^-13; and p's
        // rounding.
        const auto composed = static_cast<long double>(cross_entropy_error(softmax(x), labels));
        CHECK(composed <= loss + 48 * eps);
        CHECK(composed >= loss - 1e-7L * std::exp(13.0L) - 48 * eps);
        CHECK(std::fabs(composed - loss) < 1e-3L);
    });
}

TEMPLATE_TEST_CASE("softmax_cross_entropy is finite for all finite logits", "[loss]", float, double) {
    const double largest = sizeof(TestType) == 4 ? 3e38 : 1.7e308;
    each_level([&](Rounding) {
        for (const double size : {1e4, 1e30, largest / 2, largest}) {
            const auto big = static_cast<TestType>(size);
            const Matrix<TestType> x = {{big, -big, 0}, {-big, big, big}, {big, big, big}, {-big, -big, 0}};
            for (int label = 0; label < 3; ++label) {
                Matrix<TestType> dlogits(4, 3);
                const std::vector<int> labels(4, label);
                const double loss = softmax_cross_entropy(x, labels, dlogits);
                INFO("logits of " << size << ", label " << label);
                if (sizeof(TestType) == 4 || size < largest / 2) {
                    CHECK(std::isfinite(loss));
                }
                CHECK(loss >= 0.0);
                std::size_t bad = 0;
                for (std::size_t i = 0; i < dlogits.size(); ++i) {
                    bad += std::isfinite(dlogits.data()[i]) ? 0 : 1;
                }
                CHECK(bad == 0);
            }
        }
    });
}

TEMPLATE_TEST_CASE("each row of the gradient sums to nothing", "[loss]", float, double) {
    const Matrix<TestType> x = scale(TestType(8), matrix<TestType>(64, 10));
    const std::vector<int> labels = labels_below(10, 64);
    each_level([&](Rounding) {
        Matrix<TestType> dlogits(64, 10);
        softmax_cross_entropy(x, labels, dlogits);
        double worst = 0.0;
        for (std::size_t i = 0; i < 64; ++i) {
            long double total = 0.0L;
            for (std::size_t j = 0; j < 10; ++j) {
                total += static_cast<long double>(dlogits(i, j));
            }
            worst = std::max(worst, static_cast<double>(std::fabs(total)));
        }
        // Ten probabilities with 12 half-eps of rounding each, which together weigh 1, and ten subtractions,
        // over N.
        CHECK(worst <= 16 * static_cast<double>(std::numeric_limits<TestType>::epsilon()) / 64);
    });
}
