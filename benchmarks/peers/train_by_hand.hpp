// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The training step, and the forward pass alone, as a good programmer writes it on top of a fast product:
// biases as what the products are added to, one pass over each small matrix, and the update of the weights as
// the scaling of the last two products. Included by one file, compiled with -O3 -march=native -ffast-math,
// whose compiler turns std::exp in these loops into vector code.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

#include "peers/peer.hpp"
#include "peers/split.hpp"

namespace thalweg::bench::peers {

// c = alpha a b + beta c, with the shapes of Product, c without gaps.
template <class T>
struct GemmUpdate {
    std::size_t m;
    std::size_t k;
    std::size_t n;
    bool a_transposed;
    bool b_transposed;
    T alpha;
    const T* a;
    std::size_t lda;
    const T* b;
    std::size_t ldb;
    T beta;
    T* c;
};

template <class T>
struct HandWork {
    std::vector<T> z;
    std::vector<T> dz;
    std::vector<T> dy;
    std::vector<T> sums;
};

// Below so many elements a second thread costs more than it does.
inline constexpr std::size_t kWorthSplitting = 20'000;

template <class T>
void repeat_row(const T* row, std::size_t cols, T* out, std::size_t rows) {
    for (std::size_t i = 0; i < rows; ++i) {
        std::copy(row, row + cols, out + i * cols);
    }
}

template <class T>
void sigmoid_in_place(T* z, std::size_t n, int threads) {
    split(n, 64, n < kWorthSplitting ? 1 : threads, [z](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            z[i] = T(1) / (T(1) + std::exp(-z[i]));
        }
    });
}

// Logits become (softmax - one-hot) / batch; returns the mean loss.
template <class T>
double softmax_backward(T* y, const int* labels, std::size_t batch, std::size_t classes) {
    const T scale = T(1) / static_cast<T>(batch);
    std::vector<T> picked(batch);
    for (std::size_t i = 0; i < batch; ++i) {
        T* row = y + i * classes;
        T max = row[0];
        for (std::size_t j = 1; j < classes; ++j) {
            max = std::max(max, row[j]);
        }
        picked[i] = row[static_cast<std::size_t>(labels[i])] - max;
        for (std::size_t j = 0; j < classes; ++j) {
            row[j] -= max;
        }
    }
    for (std::size_t i = 0; i < batch * classes; ++i) {
        y[i] = std::exp(y[i]);
    }
    double loss = 0.0;
    for (std::size_t i = 0; i < batch; ++i) {
        T* row = y + i * classes;
        T sum = 0;
        for (std::size_t j = 0; j < classes; ++j) {
            sum += row[j];
        }
        loss += static_cast<double>(std::log(sum) - picked[i]);
        const T factor = scale / sum;
        for (std::size_t j = 0; j < classes; ++j) {
            row[j] *= factor;
        }
        row[static_cast<std::size_t>(labels[i])] -= scale;
    }
    return loss / static_cast<double>(batch);
}

// Logits become their softmax; returns the mean of -log(p[label] + 1e-7).
template <class T>
double softmax_loss(T* y, const int* labels, std::size_t batch, std::size_t classes) {
    for (std::size_t i = 0; i < batch; ++i) {
        T* row = y + i * classes;
        const T max = *std::max_element(row, row + classes);
        for (std::size_t j = 0; j < classes; ++j) {
            row[j] -= max;
        }
    }
    for (std::size_t i = 0; i < batch * classes; ++i) {
        y[i] = std::exp(y[i]);
    }
    double loss = 0.0;
    for (std::size_t i = 0; i < batch; ++i) {
        T* row = y + i * classes;
        T sum = 0;
        for (std::size_t j = 0; j < classes; ++j) {
            sum += row[j];
        }
        const T factor = T(1) / sum;
        for (std::size_t j = 0; j < classes; ++j) {
            row[j] *= factor;
        }
        loss -= static_cast<double>(std::log(row[static_cast<std::size_t>(labels[i])] + T(1e-7)));
    }
    return loss / static_cast<double>(batch);
}

// b -= rate * column sums of m.
template <class T>
void update_bias(const T* m, std::size_t rows, std::size_t cols, T rate, T* b, std::vector<T>& sums) {
    sums.assign(cols, T(0));
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < cols; ++j) {
            sums[j] += m[i * cols + j];
        }
    }
    for (std::size_t j = 0; j < cols; ++j) {
        b[j] -= rate * sums[j];
    }
}

template <class T>
void sigmoid_backward(const T* z, T* dz, std::size_t n, int threads) {
    split(n, 64, n < kWorthSplitting ? 1 : threads, [z, dz](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            dz[i] *= z[i] * (T(1) - z[i]);
        }
    });
}

// Hidden units into z, logits into y.
template <class T, class Gemm>
void forward_by_hand(const Step<T>& s, int threads, const Gemm& gemm, T* z, T* y) {
    repeat_row(s.b1, s.hidden, z, s.batch);
    gemm(
        GemmUpdate<T>{s.batch, s.input, s.hidden, false, false, T(1), s.x, s.input, s.W1, s.hidden, T(1), z});
    sigmoid_in_place(z, s.batch * s.hidden, threads);
    repeat_row(s.b2, s.output, y, s.batch);
    gemm(
        GemmUpdate<T>{s.batch, s.hidden, s.output, false, false, T(1), z, s.hidden, s.W2, s.output, T(1), y});
}

template <class T, class Gemm>
Run loss_by_hand(const Loss<T>& s, int threads, const Gemm& gemm) {
    auto work = std::make_shared<HandWork<T>>();
    work->z.resize(s.batch * s.hidden);
    work->dy.resize(s.batch * s.output);
    return [s, threads, gemm, work] {
        forward_by_hand(s, threads, gemm, work->z.data(), work->dy.data());
        *s.loss = softmax_loss(work->dy.data(), s.labels, s.batch, s.output);
    };
}

template <class T, class Gemm>
Run train_by_hand(const Step<T>& s, int threads, const Gemm& gemm) {
    auto work = std::make_shared<HandWork<T>>();
    work->z.resize(s.batch * s.hidden);
    work->dz.resize(s.batch * s.hidden);
    work->dy.resize(s.batch * s.output);
    return [s, threads, gemm, work] {
        const auto [batch, input, hidden, output] = std::array{s.batch, s.input, s.hidden, s.output};
        T* const z = work->z.data();
        T* const dz = work->dz.data();
        T* const dy = work->dy.data();
        forward_by_hand(s, threads, gemm, z, dy);
        *s.loss = softmax_backward(dy, s.labels, batch, output);
        gemm(GemmUpdate<T>{batch, output, hidden, false, true, T(1), dy, output, s.W2, output, T(0), dz});
        sigmoid_backward(z, dz, batch * hidden, threads);
        gemm(GemmUpdate<T>{hidden, batch, output, true, false, -s.rate, z, hidden, dy, output, T(1), s.W2});
        update_bias(dy, batch, output, s.rate, s.b2, work->sums);
        gemm(GemmUpdate<T>{input, batch, hidden, true, false, -s.rate, s.x, input, dz, hidden, T(1), s.W1});
        update_bias(dz, batch, hidden, s.rate, s.b1, work->sums);
    };
}

}  // namespace thalweg::bench::peers
