// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The plain loops of oracle.hpp. The project compiles with -ffp-contract=off, so a * b + c is two roundings
// here.
#include "support/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg::test {

template <class T>
T multiply_add(Rounding rounding, T a, T b, T acc) {
    return rounding == Rounding::kFma ? std::fma(a, b, acc) : acc + a * b;
}

template <class T>
std::vector<T> product(Rounding rounding, std::size_t m, std::size_t n, std::size_t k, Elements<T> a,
                       Elements<T> b, Elements<T> start) {
    std::vector<T> c(m * n);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            T acc = start.data == nullptr ? T(0) : start.at(i, j);
            for (std::size_t p = 0; p < k; ++p) {
                acc = multiply_add(rounding, a.at(i, p), b.at(p, j), acc);
            }
            c[i * n + j] = acc;
        }
    }
    return c;
}

template <class T>
double product_error(const std::vector<T>& got, std::size_t m, std::size_t n, std::size_t k, Elements<T> a,
                     Elements<T> b) {
    double worst = 0.0;
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            long double truth = 0.0L;
            long double magnitude = 0.0L;
            for (std::size_t p = 0; p < k; ++p) {
                const long double term =
                    static_cast<long double>(a.at(i, p)) * static_cast<long double>(b.at(p, j));
                truth += term;
                magnitude += std::fabs(term);
            }
            const long double bound = static_cast<long double>(k) *
                                      static_cast<long double>(std::numeric_limits<T>::epsilon()) * magnitude;
            const long double error = std::fabs(static_cast<long double>(got[i * n + j]) - truth);
            if (error > 0.0L) {
                worst = std::max(worst, static_cast<double>(error / bound));
            }
        }
    }
    return worst;
}

template <class T>
T sum(const T* x, std::size_t n) {
    constexpr std::size_t kLanes = 64 / sizeof(T);
    T acc[4 * kLanes] = {};
    for (std::size_t i = 0; i < n; ++i) {
        acc[i % (4 * kLanes)] += x[i];
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        acc[lane] = (acc[lane] + acc[kLanes + lane]) + (acc[2 * kLanes + lane] + acc[3 * kLanes + lane]);
    }
    for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
        for (std::size_t lane = 0; lane < half; ++lane) {
            acc[lane] += acc[lane + half];
        }
    }
    return acc[0];
}

template <class T>
T chain_sum(const T* x, std::size_t n, std::size_t step) {
    T acc = 0;
    for (std::size_t i = 0; i < n; ++i) {
        acc += x[i * step];
    }
    return acc;
}

template <class T>
std::size_t argmax(const T* x, std::size_t n, std::size_t step) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (std::isnan(x[i * step])) {
            return i;
        }
        if (x[i * step] > x[best * step]) {
            best = i;
        }
    }
    return best;
}

float shifted_exp(Rounding rounding, float d) {
    if (!(d >= -87.0F)) {
        return std::isnan(d) ? d : 0.0F;
    }
    const float k =
        std::nearbyint(rounding == Rounding::kFma ? std::fma(d, 1.44269502F, 0x1.8p23F) - 0x1.8p23F
                                                  : (d * 1.44269502F + 0x1.8p23F) - 0x1.8p23F);
    const float r = rounding == Rounding::kFma ? std::fma(k, -0.693147182F, d)
                                               : (d - k * 0.693145752F) - k * 1.42860677e-06F;
    const float coefficients[] = {1.0F,           1.0F,           0x1.fffffcp-2F, 0x1.555492p-3F,
                                  0x1.5558f2p-5F, 0x1.1239f2p-7F, 0x1.6a241cp-10F};
    float p = coefficients[6];
    for (int i = 5; i >= 0; --i) {
        p = multiply_add(rounding, p, r, coefficients[i]);
    }
    return std::ldexp(p, static_cast<int>(k));
}

template <class T>
SoftmaxRow<T> softmax_row(Rounding rounding, Unary<T> exp, const T* x, std::size_t cols) {
    SoftmaxRow<T> row{x[argmax(x, cols, 1)], T(0), std::vector<T>(cols), {}};
    for (std::size_t j = 0; j < cols; ++j) {
        row.e[j] = x[j] - row.max;
        if constexpr (sizeof(T) == sizeof(float)) {
            row.e[j] = shifted_exp(rounding, row.e[j]);
        }
    }
    if constexpr (sizeof(T) == sizeof(double)) {
        exp(row.e.data(), row.e.data(), cols);
    }
    row.sum = cols <= 32 ? chain_sum(row.e.data(), cols, 1) : sum(row.e.data(), cols);
    row.p = row.e;
    for (T& p : row.p) {
        p /= row.sum;
    }
    return row;
}

template <class T>
std::vector<T> softmax_gradient_row(const SoftmaxRow<T>& row, std::size_t label, T n) {
    std::vector<T> gradient = row.e;
    for (T& g : gradient) {
        g /= row.sum * n;
    }
    gradient[label] = (row.p[label] - T(1)) / n;
    return gradient;
}

template <class T>
double softmax_loss_row(Unary<double> log, const SoftmaxRow<T>& row, T x_at_label) {
    const double total = static_cast<double>(row.sum);
    double log_total = 0.0;
    log(&total, &log_total, 1);
    return log_total - (static_cast<double>(x_at_label) - static_cast<double>(row.max));
}

template <class T>
double log_loss(Unary<double> log, T x) {
    const double shifted = static_cast<double>(x) + 1e-7;
    double result = 0.0;
    log(&shifted, &result, 1);
    return -result;
}

template <class T>
double soft_log_loss(Unary<double> log, Rounding rounding, const T* x, const T* t, std::size_t n) {
    double acc = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
        acc = multiply_add(rounding, static_cast<double>(t[j]), -log_loss(log, x[j]), acc);
    }
    return -acc;
}

template <class T>
long double true_softmax_loss(const T* x, std::size_t cols, std::size_t label) {
    const auto max = static_cast<long double>(x[argmax(x, cols, 1)]);
    long double total = 0.0L;
    for (std::size_t j = 0; j < cols; ++j) {
        total += std::exp(static_cast<long double>(x[j]) - max);
    }
    // cppcheck-suppress invalidFunctionArg  ; a row has columns
    return std::log(total) - (static_cast<long double>(x[label]) - max);
}

template float multiply_add(Rounding, float, float, float);
template double multiply_add(Rounding, double, double, double);
template std::vector<float> product(Rounding, std::size_t, std::size_t, std::size_t, Elements<float>,
                                    Elements<float>, Elements<float>);
template std::vector<double> product(Rounding, std::size_t, std::size_t, std::size_t, Elements<double>,
                                     Elements<double>, Elements<double>);
template double product_error(const std::vector<float>&, std::size_t, std::size_t, std::size_t,
                              Elements<float>, Elements<float>);
template double product_error(const std::vector<double>&, std::size_t, std::size_t, std::size_t,
                              Elements<double>, Elements<double>);
template float sum(const float*, std::size_t);
template double sum(const double*, std::size_t);
template float chain_sum(const float*, std::size_t, std::size_t);
template double chain_sum(const double*, std::size_t, std::size_t);
template std::size_t argmax(const float*, std::size_t, std::size_t);
template std::size_t argmax(const double*, std::size_t, std::size_t);
template SoftmaxRow<float> softmax_row(Rounding, Unary<float>, const float*, std::size_t);
template std::vector<float> softmax_gradient_row(const SoftmaxRow<float>&, std::size_t, float);
template SoftmaxRow<double> softmax_row(Rounding, Unary<double>, const double*, std::size_t);
template std::vector<double> softmax_gradient_row(const SoftmaxRow<double>&, std::size_t, double);
template double softmax_loss_row(Unary<double>, const SoftmaxRow<float>&, float);
template double softmax_loss_row(Unary<double>, const SoftmaxRow<double>&, double);
template double log_loss(Unary<double>, float);
template double log_loss(Unary<double>, double);
template double soft_log_loss(Unary<double>, Rounding, const float*, const float*, std::size_t);
template double soft_log_loss(Unary<double>, Rounding, const double*, const double*, std::size_t);
template long double true_softmax_loss(const float*, std::size_t, std::size_t);
template long double true_softmax_loss(const double*, std::size_t, std::size_t);

}  // namespace thalweg::test
