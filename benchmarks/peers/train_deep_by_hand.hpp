// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth as train_by_hand.hpp has the one of two layers: biases as what the products are added
// to, one pass over each matrix for ReLU, and one for Adam, which reads and writes parameters and memories
// once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

#include "peers/train_by_hand.hpp"

namespace thalweg::bench::peers {

// Of one update, rounded once.
struct AdamNumbers {
    float lr;
    float take;    // 1 - beta1
    float take_2;  // 1 - beta2
    float epsilon;
};

inline AdamNumbers adam_numbers(const DeepStep& s) {
    const auto t = static_cast<double>(*s.updates + 1);
    const double lr = s.lr * std::sqrt(1.0 - std::pow(s.beta2, t)) / (1.0 - std::pow(s.beta1, t));
    return {static_cast<float>(lr), static_cast<float>(1.0 - s.beta1), static_cast<float>(1.0 - s.beta2),
            static_cast<float>(s.epsilon)};
}

inline void adam(const Moving& on, const float* g, const AdamNumbers& c, int threads) {
    split(on.n, 64, on.n < kWorthSplitting ? 1 : threads, [&on, g, c](std::size_t first, std::size_t last) {
        float* __restrict const p = on.p;
        float* __restrict const m = on.m;
        float* __restrict const v = on.v;
        for (std::size_t i = first; i < last; ++i) {
            m[i] += c.take * (g[i] - m[i]);
            v[i] += c.take_2 * (g[i] * g[i] - v[i]);
            p[i] -= c.lr * m[i] / (std::sqrt(v[i]) + c.epsilon);
        }
    });
}

inline void relu_in_place(float* z, std::size_t n, int threads) {
    split(n, 64, n < kWorthSplitting ? 1 : threads, [z](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            z[i] = std::max(z[i], 0.0F);
        }
    });
}

inline void relu_backward(const float* z, float* dz, std::size_t n, int threads) {
    split(n, 64, n < kWorthSplitting ? 1 : threads, [z, dz](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            dz[i] = z[i] > 0.0F ? dz[i] : 0.0F;
        }
    });
}

struct DeepWork {
    std::vector<std::vector<float>> z;   // outputs of each layer, the last one's become the gradient there
    std::vector<std::vector<float>> dz;  // of each layer but the last
    std::vector<float> g;
    std::vector<float> sums;
    std::vector<float> db;
};

inline std::shared_ptr<DeepWork> deep_work(const std::vector<DeepLayer>& layers, std::size_t batch) {
    auto work = std::make_shared<DeepWork>();
    std::size_t most = 0;
    for (const DeepLayer& layer : layers) {
        work->z.emplace_back(batch * layer.outputs);
        work->dz.emplace_back(batch * layer.outputs);
        most = std::max(most, layer.W.n);
    }
    work->g.resize(most);
    return work;
}

template <class Gemm>
void update_layer(const DeepStep& s, const DeepLayer& layer, const float* in, const float* dz, int threads,
                  const Gemm& gemm, DeepWork& work) {
    const bool adam_moves = s.adam;
    const auto rate = static_cast<float>(s.lr);
    gemm(GemmUpdate<float>{layer.inputs, s.batch, layer.outputs, true, false, adam_moves ? 1.0F : -rate, in,
                           layer.inputs, dz, layer.outputs, adam_moves ? 0.0F : 1.0F,
                           adam_moves ? work.g.data() : layer.W.p});
    if (!adam_moves) {
        update_bias(dz, s.batch, layer.outputs, rate, layer.b.p, work.sums);
        return;
    }
    const AdamNumbers numbers = adam_numbers(s);
    adam(layer.W, work.g.data(), numbers, threads);
    work.db.assign(layer.outputs, 0.0F);
    update_bias(dz, s.batch, layer.outputs, -1.0F, work.db.data(), work.sums);
    adam(layer.b, work.db.data(), numbers, 1);
}

template <class Gemm>
Run train_deep_by_hand(const DeepStep& step, int threads, const Gemm& gemm) {
    return [s = step, threads, gemm, work = deep_work(step.layers, step.batch)] {
        const std::size_t last = s.layers.size() - 1;
        const auto input = [&](std::size_t l) { return l == 0 ? s.x : work->z[l - 1].data(); };
        for (std::size_t l = 0; l <= last; ++l) {
            const DeepLayer& layer = s.layers[l];
            float* const z = work->z[l].data();
            repeat_row(layer.b.p, layer.outputs, z, s.batch);
            gemm(GemmUpdate<float>{s.batch, layer.inputs, layer.outputs, false, false, 1.0F, input(l),
                                   layer.inputs, layer.W.p, layer.outputs, 1.0F, z});
            if (l != last) {
                relu_in_place(z, s.batch * layer.outputs, threads);
            }
        }
        *s.loss = softmax_backward(work->z[last].data(), s.labels, s.batch, s.layers[last].outputs);
        for (std::size_t l = last + 1; l-- > 0;) {
            const DeepLayer& layer = s.layers[l];
            const float* const dz = l == last ? work->z[l].data() : work->dz[l].data();
            if (l > 0) {
                float* const before = work->dz[l - 1].data();
                gemm(GemmUpdate<float>{s.batch, layer.outputs, layer.inputs, false, true, 1.0F, dz,
                                       layer.outputs, layer.W.p, layer.outputs, 0.0F, before});
                relu_backward(input(l), before, s.batch * layer.inputs, threads);
            }
            update_layer(s, layer, input(l), dz, threads, gemm, *work);
        }
        ++*s.updates;
    };
}

// add(layer, x, y): y += x W.
template <class Add>
Run predict_row_by_hand(const DeepRow& given, const Add& add) {
    return [row = given, add, work = deep_work(given.layers, 1)] {
        const float* x = row.x;
        for (std::size_t l = 0; l < row.layers.size(); ++l) {
            const DeepLayer& layer = row.layers[l];
            float* const y = l + 1 == row.layers.size() ? row.out : work->z[l].data();
            std::copy(layer.b.p, layer.b.p + layer.outputs, y);
            add(layer, x, y);
            if (y != row.out) {
                relu_in_place(y, layer.outputs, 1);
            }
            x = y;
        }
        const std::size_t classes = row.layers.back().outputs;
        float max = row.out[0];
        for (std::size_t j = 1; j < classes; ++j) {
            max = std::max(max, row.out[j]);
        }
        float sum = 0.0F;
        for (std::size_t j = 0; j < classes; ++j) {
            row.out[j] = std::exp(row.out[j] - max);
            sum += row.out[j];
        }
        for (std::size_t j = 0; j < classes; ++j) {
            row.out[j] /= sum;
        }
    };
}

}  // namespace thalweg::bench::peers
