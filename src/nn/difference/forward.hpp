// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The forward pass of a block of samples at the parameters as they are, and what the differences need of it.
#pragma once

#include <cstddef>

#include "nn/difference/second_layer.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

template <class T>
class Forward {
public:
    // For so many samples; the loss is the mean of -log(p[label] + epsilon).
    // throws   std::bad_alloc
    void prepare(const TwoLayerParams<T>& params, std::size_t samples, double h, double epsilon);
    // Samples first to last - 1 of x and t. losses: of each, with the notebook's 1e-7.
    void run(const TwoLayerParams<T>& params, MatrixView<const T> x, Labels t, std::size_t first,
             std::size_t last, double* losses) noexcept;

    std::size_t units() const noexcept { return z_.cols(); }
    std::size_t classes() const noexcept { return p_.cols(); }
    const T* z(std::size_t n) const noexcept { return z_.data() + n * z_.cols(); }
    const T* zm(std::size_t n) const noexcept { return zm_.data() + n * zm_.cols(); }
    const T* p(std::size_t n) const noexcept { return p_.data() + n * p_.cols(); }
    const T* w2_transposed() const noexcept { return w2_transposed_.data(); }
    const SecondLayer& second() const noexcept { return second_; }
    // Of the units only count from first_unit on.
    void prefetch(std::size_t n, std::size_t first_unit, std::size_t count) const noexcept;

private:
    Matrix<T> z_;   // [sample][unit] sigmoid(a)
    Matrix<T> zm_;  // [sample][unit] sigmoid(-a), which is 1 - z without its rounding
    Matrix<T> p_;   // [sample][class], from second_
    Matrix<T> w2_transposed_;
    SecondLayer second_;
};

}  // namespace thalweg::nn
