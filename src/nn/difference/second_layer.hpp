// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The forward pass from the hidden units to the probabilities, in double for both element types: it is cheap,
// and the gradients of W2 and b2 are the largest. A last unit that is always 1 stands for b2.
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/matrix.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::nn {

class SecondLayer {
public:
    // For so many samples; the loss is the mean of -log(p[label] + epsilon).
    // throws   std::bad_alloc
    template <class T>
    void prepare(const TwoLayerParams<T>& params, std::size_t samples, double h, double epsilon);

    // To be written before run(): the units of a sample; the one for the bias is none of the caller's
    // business.
    double* z(std::size_t n) noexcept { return z_.data() + n * z_.cols(); }
    // Samples first to last - 1. losses: of each, with the notebook's 1e-7.
    void run(Labels t, std::size_t first, std::size_t last, double* losses) noexcept;

    // What the differences of a sample ask for: the sum of p but p[label], and epsilon / p[label].
    struct Rest {
        double other_p;
        double q;
    };
    const Rest& rest(std::size_t n) const noexcept { return rest_[n]; }
    const double* p(std::size_t n) const noexcept { return p_.data() + n * p_.cols(); }
    std::size_t classes() const noexcept { return p_.cols(); }
    // h z of each unit, which is how far a weight moves its class, and functions of it.
    double h() const noexcept { return h_; }
    const double* hz(std::size_t n) const noexcept { return hz_.data() + n * hz_.cols(); }
    const double* sinh_hz(std::size_t n) const noexcept { return sinh_hz_.data() + n * hz_.cols(); }
    const double* cosh1_hz(std::size_t n) const noexcept { return cosh1_hz_.data() + n * hz_.cols(); }

private:
    double h_ = 0.0;
    double epsilon_ = 0.0;
    Matrix<double> w2_;
    Matrix<double> b2_;
    Matrix<double> z_;  // [sample][unit, 1]
    Matrix<double> p_;
    std::vector<Rest> rest_;
    std::vector<double> label_p_;
    Matrix<double> hz_;  // [sample][unit, 1], like the next two
    Matrix<double> sinh_hz_;
    Matrix<double> cosh1_hz_;
};

}  // namespace thalweg::nn
