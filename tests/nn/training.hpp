// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// What tests of training learn from, and the net and options that several of them begin with.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "thalweg/samples.hpp"
#include "thalweg/train.hpp"
#include "thalweg/train_net.hpp"

namespace thalweg::test {

inline const TrainTest& train_test_digits() {
    static const TrainTest data{synthetic_digits(2000, 1), synthetic_digits(500, 2)};
    return data;
}

inline TrainOptions short_run(std::size_t iterations) {
    TrainOptions options;
    options.iterations = iterations;
    options.eval_every = 1000;
    return options;
}

// Digits as pixels, or as numbers, which take the other way through the first layer.
template <class T>
Samples<T> digits(std::size_t n, std::uint32_t seed, bool pixels = true) {
    const Dataset data = synthetic_digits(n, seed);
    if (pixels) {
        return data;
    }
    return {data.images<T>(), std::vector<int>(data.labels().begin(), data.labels().end())};
}

// y = some line of x, and noise.
template <class T>
Samples<T> line(std::size_t n, std::uint32_t seed) {
    Rng rng(seed);
    Matrix<T> x = Matrix<T>::randn(n, 3, rng);
    Matrix<T> t = Matrix<T>::randn(n, 2, rng, 0.1);
    for (std::size_t i = 0; i < n; ++i) {
        t(i, 0) += x(i, 0) - T(2) * x(i, 1);
        t(i, 1) += x(i, 2);
    }
    return {x, t};
}

template <class T>
Net<T> deep_net(const NetOptions& options = {}) {
    Rng rng(3);
    return Net<T>({784, 30, 20, 10}, options, rng);
}

}  // namespace thalweg::test
