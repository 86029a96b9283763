// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// How to write a structured model: softmax regression, y = softmax(x W + b), whose mean cross-entropy is
// differentiated numerically without evaluating it. This file reads as the example; its tests hold the model
// against the plain loop, which is what one does with a new one.
//
// Moving W(d,k) by +-h moves one logit of each sample n by +-u, u = h x(n,d). With the probabilities p of the
// unmoved point, the sum of exponentials changes by the factor 1 + G, G(u) = p_k (e^u - 1), and so
//
//     loss(+) - loss(-) = log((1 + G(u)) / (1 + G(-u))) - 2u [t_n = k]
//                       = log1p(2 p_k sinh(u) / (1 + p_k expm1(-u))) - 2u [t_n = k]
//
// exactly, for every u. Nothing in it is a derivative, and nothing large cancels: the loss itself, whose
// rounding spoils the plain loop, never appears. For the bias, u = h.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/compare.hpp"
#include "thalweg/difference_model.hpp"
#include "thalweg/ops.hpp"
#include "thalweg/random.hpp"

namespace {

using namespace thalweg;

// Variables: W row by row, then b.
class SoftmaxRegression {
public:
    SoftmaxRegression(Matrix<double> x, std::vector<int> labels, std::span<const double> variables,
                      std::size_t classes)
        : x_(std::move(x)), labels_(std::move(labels)), classes_(classes) {
        const std::size_t inputs = x_.cols();
        const MatrixView<const double> w(variables.data(), inputs, classes);
        const MatrixView<const double> b(variables.data() + inputs * classes, 1, classes);
        p_ = softmax(affine(x_, w, b));
    }

    // The two functions that make a class a DifferenceModel.
    std::size_t size() const { return (x_.cols() + 1) * classes_; }

    void differences(std::size_t first, double h, std::span<double> out) const {
        for (std::size_t k = 0; k < out.size(); ++k) {
            out[k] = mean_difference((first + k) / classes_, (first + k) % classes_, h);
        }
    }

private:
    double mean_difference(std::size_t input, std::size_t k, double h) const {
        double sum = 0.0;
        for (std::size_t n = 0; n < x_.rows(); ++n) {
            const double u = input < x_.cols() ? h * x_(n, input) : h;
            if (u == 0.0) {
                continue;  // the same loss, bit for bit, on both sides
            }
            const double p = p_(n, k);
            sum += std::log1p(2.0 * p * std::sinh(u) / (1.0 + p * std::expm1(-u)));
            sum -= static_cast<std::size_t>(labels_[n]) == k ? 2.0 * u : 0.0;
        }
        return sum / static_cast<double>(x_.rows());
    }

    Matrix<double> x_;
    Matrix<double> p_;
    std::vector<int> labels_;
    std::size_t classes_;
};

static_assert(DifferenceModel<SoftmaxRegression>);

// The rest is the example's judge.
constexpr std::size_t kSamples = 12;
constexpr std::size_t kInputs = 7;
constexpr std::size_t kClasses = 5;
constexpr double kUnit = 0x1p-53;

struct Case {
    Matrix<double> x;
    std::vector<int> labels;
    std::vector<double> variables;
};

Case make_case() {
    Rng rng(4);
    Case c{Matrix<double>::randn(kSamples, kInputs, rng), {}, {}};
    for (std::size_t n = 0; n < kSamples; ++n) {
        c.x(n, n % kInputs) = 0.0;
        c.x(n, kInputs - 1) = 0.0;  // an input that is zero in every sample
        c.labels.push_back(static_cast<int>(rng.below(kClasses)));
    }
    for (std::size_t i = 0; i < (kInputs + 1) * kClasses; ++i) {
        c.variables.push_back(0.5 * rng.randn());
    }
    return c;
}

// The mean loss by its definition, in T.
template <class T>
T plain_loss(const Case& c, std::span<const T> v) {
    T total = 0;
    for (std::size_t n = 0; n < kSamples; ++n) {
        T logits[kClasses];
        for (std::size_t k = 0; k < kClasses; ++k) {
            T sum = v[kInputs * kClasses + k];
            for (std::size_t d = 0; d < kInputs; ++d) {
                sum += static_cast<T>(c.x(n, d)) * v[d * kClasses + k];
            }
            logits[k] = sum;
        }
        const T largest = *std::max_element(logits, logits + kClasses);
        T sum = 0;
        for (const T logit : logits) {
            sum += std::exp(logit - largest);
        }
        total += std::log(sum) - (logits[c.labels[n]] - largest);
    }
    return total / static_cast<T>(kSamples);
}

// Rounding of plain_loss in units of the last place's half: logits are chains of kInputs products below
// |x||w| + h|x| <= 30 (checked below); exponential, sum of kClasses, logarithm of a sum up to kClasses; mean.
double plain_rounding(double h) {
    const double logits = (kInputs + 2) * (30.0 + 3.0 * h);
    const double sum = kClasses + 6.0;
    const double mean = (kSamples + 2) * (60.0 + 6.0 * h);
    return logits + sum + mean;
}

const std::vector<double> kSteps = {1e-8, 1e-6, 1e-4, 1e-2, 0.5, 3.0, 4.0};

std::vector<std::size_t> all_variables() {
    std::vector<std::size_t> all((kInputs + 1) * kClasses);
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    return all;
}

}  // namespace

TEST_CASE("softmax regression: the structured differences are those of the plain loop",
          "[softmax_regression]") {
    const Case c = make_case();
    SoftmaxRegression model(c.x, c.labels, c.variables, kClasses);
    BlackBox plain([&](std::span<const double> v) { return plain_loss<double>(c, v); }, c.variables);
    for (const double h : kSteps) {
        const std::vector<double> one = {h};
        const ModelComparison found = compare_models(model, plain, all_variables(), one);
        INFO("h " << h << " variable " << found.coordinate << ": " << found.a << " and " << found.b);
        CHECK(found.compared == model.size());
        CHECK(found.worst <= 2 * kUnit * plain_rounding(h));
    }
    // Through the same interface, both have gradients; the plain one's rounding is divided by h.
    const std::vector<double> ours = numerical_gradient(model);
    const std::vector<double> theirs = numerical_gradient(plain);
    double worst = 0.0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        worst = std::fmax(worst, std::fabs(ours[i] - theirs[i]));
    }
    CHECK(worst <= kUnit * plain_rounding(1e-4) / 1e-4 + 1e-15);
}

TEST_CASE("softmax regression: errors against the plain loop in extended precision", "[softmax_regression]") {
    if (!test::long_double_is_extended()) {
        WARN("skipped: long double is not wider than double here");
        return;
    }
    const Case c = make_case();
    const SoftmaxRegression model(c.x, c.labels, c.variables, kClasses);
    std::vector<long double> wide(c.variables.begin(), c.variables.end());
    for (const double h : kSteps) {
        const std::vector<double> gradient = numerical_gradient(model, h);
        const auto step = static_cast<long double>(h);
        double worst = 0.0;
        for (std::size_t i = 0; i < wide.size(); ++i) {
            const detail::Restore<long double> restore(wide[i]);
            wide[i] = restore.value() + step;
            const long double above = plain_loss<long double>(c, wide);
            wide[i] = restore.value() - step;
            const long double quotient = (above - plain_loss<long double>(c, wide)) / (2.0L * step);
            const auto error = static_cast<long double>(gradient[i]) - quotient;
            worst = std::fmax(worst, static_cast<double>(std::fabs(error)));
        }
        // Ours: p carries the rounding of its logits and exponentials, (kInputs + 2) * 30 + kClasses + 6
        // units relative, and is multiplied by |x| < 3; about ten operations a sample and kSamples
        // additions of terms below |x| = 3. Theirs: plain_rounding in units 2048 times smaller, over h.
        const double ours = kUnit * 3.0 * ((kInputs + 2) * 30.0 + kClasses + 6.0 + 10.0 + kSamples);
        const double theirs = 0x1p-64 * plain_rounding(h) / h;
        INFO("h " << h << " worst " << worst << " ours " << ours << " theirs " << theirs);
        CHECK(worst <= ours + theirs);
    }
}

TEST_CASE("softmax regression: it is a difference, not a derivative", "[softmax_regression]") {
    const Case c = make_case();
    const SoftmaxRegression model(c.x, c.labels, c.variables, kClasses);
    // The gradient by the formula (p - [t = k]) x / N, for the biases.
    const MatrixView<const double> w(c.variables.data(), kInputs, kClasses);
    const MatrixView<const double> b(c.variables.data() + kInputs * kClasses, 1, kClasses);
    const Matrix<double> p = softmax(affine(c.x, w, b));
    for (const double h : {0.5, 3.0}) {
        const std::vector<double> gradient = numerical_gradient(model, h);
        double largest = 0.0;
        for (std::size_t k = 0; k < kClasses; ++k) {
            double analytic = 0.0;
            for (std::size_t n = 0; n < kSamples; ++n) {
                analytic += p(n, k) - (static_cast<std::size_t>(c.labels[n]) == k ? 1.0 : 0.0);
            }
            analytic /= static_cast<double>(kSamples);
            largest = std::fmax(largest, std::fabs(gradient[kInputs * kClasses + k] - analytic));
        }
        // h^2/6 f''' with f''' = p(1-p)(1-2p) near 0.1: 4e-3 at h = 0.5. Rounding is 1e-15.
        CHECK(largest > 1e-4);
        // An input that is zero in every sample has a gradient of exactly zero.
        for (std::size_t k = 0; k < kClasses; ++k) {
            CHECK(gradient[(kInputs - 1) * kClasses + k] == 0.0);
        }
    }
}

TEST_CASE("softmax regression: the bound on the logits that the tolerances use", "[softmax_regression]") {
    const Case c = make_case();
    double largest = 0.0;
    double largest_x = 0.0;
    for (std::size_t n = 0; n < kSamples; ++n) {
        for (std::size_t k = 0; k < kClasses; ++k) {
            double sum = std::fabs(c.variables[kInputs * kClasses + k]);
            for (std::size_t d = 0; d < kInputs; ++d) {
                sum += std::fabs(c.x(n, d) * c.variables[d * kClasses + k]);
                largest_x = std::fmax(largest_x, std::fabs(c.x(n, d)));
            }
            largest = std::fmax(largest, sum);
        }
    }
    CHECK(largest < 30.0);
    CHECK(largest_x < 3.0);
}
