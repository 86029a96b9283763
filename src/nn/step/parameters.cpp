// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/step/parameters.hpp"

#include <algorithm>

#include "dispatch/dispatch.hpp"
#include "nn/layers/decay.hpp"
#include "nn/layers/products.hpp"

namespace thalweg::nn {
namespace {

// Of a gradient that is used up at once, out of the second cache, which has the parameters and memories that
// go with it as well. Where products pack dz anew for each block, few large ones take less (784-512-256-10,
// Zen 3, 512 KB of second cache: a batch of 1000 took 8 % longer with small ones).
constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kLargeBlockBytes = 384 * 1024;

// Rows of weights at a time.
template <class T>
std::size_t rows_at_a_time(const Dense<const T>& layer, std::size_t batch) noexcept {
    const auto matrix = [](std::size_t m, std::size_t n) { return MatrixView<T>(nullptr, m, n); };
    const bool shares = ops::gemm_parts_share(product_down_rows<T>(matrix(batch, layer.inputs()),
                                                                   matrix(batch, layer.outputs()),
                                                                   matrix(layer.inputs(), layer.outputs())));
    const std::size_t bytes = shares ? kBlockBytes : kLargeBlockBytes;
    const std::size_t rows = bytes / sizeof(T) / std::max<std::size_t>(1, layer.outputs());
    return std::max(kParameterUnit, rows / kParameterUnit * kParameterUnit);
}

// Rows first to last - 1 of a layer's dW. again: behind others of it, with the same scratch.
template <class T>
void sum_weights(BatchPass<T>& pass, const BatchInput<T>& input, std::size_t layer, std::size_t first,
                 std::size_t last, bool again, MatrixView<T> out, T* scratch) noexcept {
    if (layer == 0) {
        input.gradient(pass.dz(0), first, last, again, out, scratch);
    } else {
        const MatrixView<const T> in = pass.z(layer - 1);
        ops::gemm_part_alone(product_down_rows<T>(cols_of(in, first, last), pass.dz(layer), out), !again,
                             scratch);
    }
}

// Elements first to last - 1 of a layer's db.
template <class T>
void sum_biases(MatrixView<const T> dz, std::size_t first, std::size_t last, T* out) noexcept {
    dispatch::active<T>().sum_rows(dz.data() + first, dz.ld(), dz.rows(), last - first, out);
}

// A thread's share of the layers: calls weights(layer, first, last) for its rows of W, and biases(layer,
// first, last) for its elements of b, which go with the W of the layer behind.
template <class T, class Weights, class Biases>
void each_share(Layers<const T> layers, parallel::Part part, const Weights& weights,
                const Biases& biases) noexcept {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto [first, last] = part.share(layers[i].inputs(), kParameterUnit);
        if (first == last) {
            continue;
        }
        weights(i, first, last);
        if (i > 0) {
            biases(i - 1, first, last);
        }
    }
    if (part.index + 1 == part.count && part.process + 1 == part.processes) {
        biases(layers.size() - 1, std::size_t{0}, layers.back().outputs());
    }
}

}  // namespace

template <class T>
void sum_gradient(BatchPass<T>& pass, const BatchInput<T>& input, Layers<T> gradient, parallel::Part part,
                  T* scratch) noexcept {
    each_share<T>(
        pass.layers(), part,
        [&](std::size_t i, std::size_t first, std::size_t last) {
            sum_weights(pass, input, i, first, last, false, rows_of(gradient[i].W, first, last), scratch);
        },
        [&](std::size_t i, std::size_t first, std::size_t last) {
            sum_biases<T>(pass.dz(i), first, last, gradient[i].b.data() + first);
            if (gradient[i].normalises()) {
                const auto copy = [&](MatrixView<const T> from, MatrixView<T> to) {
                    std::copy(from.data() + first, from.data() + last, to.data() + first);
                };
                copy(pass.norm(i).gamma_gradient(), gradient[i].gamma);
                copy(pass.norm(i).beta_gradient(), gradient[i].beta);
            }
        });
}

template <class T>
std::size_t gradient_block(Layers<const T> layers, std::size_t batch) noexcept {
    std::size_t elements = 0;
    for (const Dense<const T>& layer : layers) {
        elements = std::max(
            elements, std::max<std::size_t>(layer.inputs(), rows_at_a_time(layer, batch) * layer.outputs()));
    }
    return elements;
}

template <class T>
void sum_and_descend(BatchPass<T>& pass, const BatchInput<T>& input, const Descent<T>& descent,
                     parallel::Part part, T* scratch, T* block) noexcept {
    const auto first_of = [&](std::size_t layer) { return first_parameter(descent.params, layer); };
    const auto weights = [&](std::size_t i, std::size_t first, std::size_t last) {
        const MatrixView<T> w = descent.params[i].W;
        if (i == 0 && descent.factor != T(0) &&
            input.descend(pass.dz(0), first, last, descent.factor, rows_of(w, first, last))) {
            return;
        }
        const std::size_t step = rows_at_a_time(pass.layers()[i], pass.rows());
        for (std::size_t begin = first; begin < last; begin += step) {
            const std::size_t end = std::min(begin + step, last);
            const MatrixView<T> g(block, end - begin, w.cols());
            sum_weights(pass, input, i, begin, end, begin != first, g, scratch);
            if (descent.decay != T(0)) {
                add_decay_alone<T>(descent.decay, w.data() + begin * w.cols(), g.data(), g.size());
            }
            descent.update.apply(first_of(i), begin * w.cols(), g.size(), g.data(),
                                 w.data() + begin * w.cols());
        }
    };
    const auto biases = [&](std::size_t i, std::size_t first, std::size_t last) {
        const Dense<T>& layer = descent.params[i];
        const auto apply = [&](std::size_t which, const T* g, MatrixView<T> p) {
            descent.update.apply(first_of(i) + which, first, last - first, g, p.data() + first);
        };
        sum_biases<T>(pass.dz(i), first, last, block);
        apply(1, block, layer.b);
        if (layer.normalises()) {
            apply(2, pass.norm(i).gamma_gradient().data() + first, layer.gamma);
            apply(3, pass.norm(i).beta_gradient().data() + first, layer.beta);
        }
    };
    each_share<T>(pass.layers(), part, weights, biases);
}

// As each_share() shares them out.
template <class T>
void gather_parameters(Layers<T> layers, parallel::Processes& processes) {
    const auto of_units = [&](const Dense<T>& layer, const auto& gather) {
        for (const MatrixView<T> each : {layer.b, layer.gamma, layer.beta}) {
            gather(each.data(), each.size());
        }
    };
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const MatrixView<T> w = layers[i].W;
        processes.gather(w.data(), w.rows(), kParameterUnit, w.cols());
        if (i > 0) {
            of_units(layers[i - 1],
                     [&](T* data, std::size_t n) { processes.gather(data, n, kParameterUnit); });
        }
    }
    of_units(layers.back(),
             [&](T* data, std::size_t n) { processes.broadcast(data, n, processes.size() - 1); });
}

template void gather_parameters(Layers<float>, parallel::Processes&);
template void gather_parameters(Layers<double>, parallel::Processes&);
template void sum_gradient(BatchPass<float>&, const BatchInput<float>&, Layers<float>, parallel::Part,
                           float*) noexcept;
template void sum_gradient(BatchPass<double>&, const BatchInput<double>&, Layers<double>, parallel::Part,
                           double*) noexcept;
template std::size_t gradient_block(Layers<const float>, std::size_t) noexcept;
template std::size_t gradient_block(Layers<const double>, std::size_t) noexcept;
template void sum_and_descend(BatchPass<float>&, const BatchInput<float>&, const Descent<float>&,
                              parallel::Part, float*, float*) noexcept;
template void sum_and_descend(BatchPass<double>&, const BatchInput<double>&, const Descent<double>&,
                              parallel::Part, double*, double*) noexcept;

}  // namespace thalweg::nn
