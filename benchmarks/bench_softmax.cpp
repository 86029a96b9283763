// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// softmax() and the fused softmax_cross_entropy() on the book's output layer and on wide ones, verified
// against softmax in long double.
#include <algorithm>
#include <cmath>
#include <limits>

#include "support/inputs.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/ops.hpp"
#include "variants.hpp"

namespace thalweg::bench {
namespace {

struct Shape {
    std::size_t rows;
    std::size_t cols;
};
constexpr Shape kShapes[] = {{100, 10}, {10000, 10}, {128, 1000}, {1024, 1000}};
constexpr std::size_t kWorthTwoThreads = 1'000'000;
constexpr std::size_t kCheckRows = 32;
constexpr double kRange = 8.0;  // logits between -8 and 8

template <class T>
Matrix<T> random_logits(const Shape& shape) {
    Matrix<T> x(shape.rows, shape.cols);
    test::Source source(4);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = static_cast<T>(source.uniform(-kRange, kRange));
    }
    return x;
}

struct TrueRow {
    std::vector<long double> p;
    long double max;
    long double log_sum;
};

template <class T>
TrueRow true_row(const T* x, std::size_t cols) {
    TrueRow row{std::vector<long double>(cols), static_cast<long double>(*std::max_element(x, x + cols)),
                0.0L};
    long double sum = 0.0L;
    for (std::size_t j = 0; j < cols; ++j) {
        row.p[j] = std::exp(static_cast<long double>(x[j]) - row.max);
        sum += row.p[j];
    }
    for (long double& p : row.p) {
        p /= sum;
    }
    row.log_sum = std::log(sum);
    return row;
}

// Relative error of a probability: the shift is rounded (up to 2 kRange of it in the exponent), for its own
// term and for the sum; two exponentials of 1 ULP, the chain of additions, the division.
template <class T>
long double relative_bound(std::size_t cols) {
    const double roundings = 4.0 * kRange + static_cast<double>(cols) + 4.0;
    return static_cast<long double>(roundings * static_cast<double>(std::numeric_limits<T>::epsilon()));
}

template <class T>
void expect_near(T got, long double want, long double bound, std::size_t i, std::size_t j,
                 test::Failures& failures) {
    // Not >: NaN is a failure too.
    if (!(std::fabs(static_cast<long double>(got) - want) <= bound)) {
        failures.add(
            "is " + test::text_of(got) + ", expected near " + test::text_of(static_cast<double>(want)),
            "element", i, j);
    }
}

template <class T>
void run_softmax(benchmark::State& state, const Variant& variant, const Shape& shape) {
    const Matrix<T> x = random_logits<T>(shape);
    Matrix<T> y(shape.rows, shape.cols, std::numeric_limits<T>::quiet_NaN());
    const double seconds = timed(state, variant, [&] { softmax(x, y); });
    const std::size_t bytes = 2 * x.size() * sizeof(T);
    report_bytes(state, variant, static_cast<double>(bytes), bytes, seconds);
    test::Failures failures;
    for (const std::size_t i : sample(shape.rows, kCheckRows)) {
        const TrueRow want = true_row(x.row(i).data(), shape.cols);
        for (std::size_t j = 0; j < shape.cols; ++j) {
            expect_near(y(i, j), want.p[j], want.p[j] * relative_bound<T>(shape.cols), i, j, failures);
        }
    }
    judge(state, failures);
}

// The loss takes every row, the gradient only the chosen ones.
template <class T>
void check_loss(const Matrix<T>& x, const std::vector<int>& labels, double loss, const Matrix<T>& dx,
                test::Failures& failures) {
    const auto n = static_cast<long double>(x.rows());
    const long double bound = relative_bound<T>(x.cols());
    const auto eps = static_cast<long double>(std::numeric_limits<T>::epsilon());
    long double total = 0.0L;
    for (std::size_t i = 0; i < x.rows(); ++i) {
        const auto label = static_cast<std::size_t>(labels[i]);
        total += test::true_softmax_loss(x.row(i).data(), x.cols(), label);
    }
    const long double mean = total / n;
    expect_near(loss, mean, bound + (n + 4.0L) * 0x1p-53L * mean, 0, 0, failures);
    for (const std::size_t i : sample(x.rows(), kCheckRows)) {
        const TrueRow want = true_row(x.row(i).data(), x.cols());
        for (std::size_t j = 0; j < x.cols(); ++j) {
            const long double target = j == static_cast<std::size_t>(labels[i]) ? 1.0L : 0.0L;
            const long double difference = want.p[j] - target;
            expect_near(dx(i, j), difference / n,
                        (want.p[j] * bound + 2.0L * eps * std::fabs(difference)) / n, i, j, failures);
        }
    }
}

template <class T>
void run_loss(benchmark::State& state, const Variant& variant, const Shape& shape) {
    const Matrix<T> x = random_logits<T>(shape);
    const std::vector<int> labels = test::labels_below(shape.cols, shape.rows, 5);
    Matrix<T> dx(shape.rows, shape.cols, std::numeric_limits<T>::quiet_NaN());
    double loss = 0.0;
    const double seconds = timed(state, variant, [&] { loss = softmax_cross_entropy(x, labels, dx); });
    const std::size_t bytes = 2 * x.size() * sizeof(T);
    report_bytes(state, variant, static_cast<double>(bytes), bytes, seconds);
    test::Failures failures;
    check_loss(x, labels, loss, dx, failures);
    judge(state, failures);
}

template <class T>
void register_type(const char* op, void (*run)(benchmark::State&, const Variant&, const Shape&)) {
    for (const Shape& shape : kShapes) {
        add(std::string(op) + "/" + type_name<T>() + "/" + by(shape.rows, shape.cols),
            threads_for(shape.rows * shape.cols >= kWorthTwoThreads),
            [run, shape](benchmark::State& state, const Variant& variant) { run(state, variant, shape); });
    }
}

}  // namespace

void register_softmax() {
    register_type<float>("softmax", run_softmax<float>);
    register_type<double>("softmax", run_softmax<double>);
    register_type<float>("softmax_cross_entropy", run_loss<float>);
    register_type<double>("softmax_cross_entropy", run_loss<double>);
}

}  // namespace thalweg::bench
