// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Logits to compute with, and what softmax and its loss are of them, in long double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/compare.hpp"
#include "support/inputs.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::bench {

struct SoftmaxShape {
    std::size_t rows;
    std::size_t cols;
};

inline constexpr double kLogitRange = 8.0;  // logits between -8 and 8
inline constexpr std::size_t kCheckRows = 32;

template <class T>
Matrix<T> random_logits(const SoftmaxShape& shape) {
    Matrix<T> x(shape.rows, shape.cols);
    test::Source source(4);
    for (std::size_t i = 0; i < x.size(); ++i) {
        x.data()[i] = static_cast<T>(source.uniform(-kLogitRange, kLogitRange));
    }
    return x;
}

template <class T>
std::vector<long double> true_softmax(const T* x, std::size_t cols) {
    const auto max = static_cast<long double>(*std::max_element(x, x + cols));
    std::vector<long double> p(cols);
    long double sum = 0.0L;
    for (std::size_t j = 0; j < cols; ++j) {
        p[j] = std::exp(static_cast<long double>(x[j]) - max);
        sum += p[j];
    }
    for (long double& each : p) {
        each /= sum;
    }
    return p;
}

// Relative error of a probability: the shift is rounded (up to 2 kLogitRange of it in the exponent), for its
// own term and for the sum; two exponentials of `exp_ulp` each, the additions in any order, the division.
template <class T>
long double softmax_bound(std::size_t cols, double exp_ulp) {
    const double roundings = 4.0 * kLogitRange + static_cast<double>(cols) + 2.0 + 2.0 * exp_ulp;
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

}  // namespace thalweg::bench
