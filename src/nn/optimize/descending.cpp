// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/optimize/descending.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "core/float_control.hpp"
#include "nn/layers/decay.hpp"
#include "nn/layers/names.hpp"
#include "ops/array_steps.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::nn {
namespace {

// gamma and beta are empty where nothing is normalised.
template <class T>
std::array<MatrixView<T>, 4> matrices_of(const Dense<T>& layer) noexcept {
    return {layer.W, layer.b, layer.gamma, layer.beta};
}

// The norm of the whole gradient, in double: matrices in order, each as sum() of its squares.
template <class T>
double norm_of(Layers<T> gradient) {
    double sum = 0.0;
    for (const Dense<T>& layer : gradient) {
        for (const MatrixView<const T> g : matrices_of(layer)) {
            sum += sum_of_squares<T>(g);
        }
    }
    return std::sqrt(sum);
}

template <class T>
void scale_gradient(T factor, Layers<T> gradient) {
    for (const Dense<T>& layer : gradient) {
        for (MatrixView<T> g : matrices_of(layer)) {
            g *= factor;
        }
    }
}

// g *= clip_norm / norm where the norm is larger: the factor is rounded once, and each product. Where squares
// of doubles overflow, the gradient is made smaller first.
template <class T>
void clip(double clip_norm, Layers<T> gradient) {
    double norm = norm_of(gradient);
    if (!(norm > clip_norm)) {
        return;
    }
    double most = 1.0;  // of the factor
    if (std::isinf(norm)) {
        most = 0x1p600;
        scale_gradient<T>(static_cast<T>(1.0 / most), gradient);
        norm = norm_of(gradient);
    }
    scale_gradient<T>(static_cast<T>(std::min(clip_norm / norm, most)), gradient);
}

template <class T>
void apply(const RuleUpdate<T>& update, std::size_t which, MatrixView<const T> g, MatrixView<T> p) {
    parallel::run(parallel::team_size(p.size(), parallel::kArithmeticGrain), [&](parallel::Part part) {
        const auto [first, last] = part.share(p.size(), 64);
        update.apply(which, first, last - first, g.data() + first, p.data() + first);
    });
}

}  // namespace

template <class U>
double decay_loss(double decay, Layers<U> layers) {
    const core::FloatControlScope standard;
    double sum = 0.0;
    for (const Dense<U>& layer : layers) {
        sum += sum_of_squares<std::remove_const_t<U>>(layer.W);
    }
    return 0.5 * decay * sum;
}

template <class T>
void list_parameters(Layers<T> layers, std::vector<Parameter<T>>& parameters) {
    parameters.clear();
    for (std::size_t i = 0; i < layers.size(); ++i) {
        parameters.push_back({kWeightsNames.of(i), layers[i].W});
        parameters.push_back({kBiasesNames.of(i), layers[i].b});
        if (layers[i].normalises()) {
            parameters.push_back({kGammaNames.of(i), layers[i].gamma});
            parameters.push_back({kBetaNames.of(i), layers[i].beta});
        }
    }
}

template <class T>
void descend(Descending<T>& optimizer, Layers<T> gradient, Layers<T> layers,
             std::vector<Parameter<T>>& parameters) {
    const auto decay = static_cast<T>(optimizer.decay);
    for (std::size_t i = 0; decay != T(0) && i < layers.size(); ++i) {
        add_decay<T>(decay, layers[i].W, gradient[i].W);
    }
    if (optimizer.clip_norm != 0.0) {
        clip(optimizer.clip_norm, gradient);
    }
    if (optimizer.own != nullptr) {
        optimizer.own->update();
        return;
    }
    list_parameters(layers, parameters);
    const RuleUpdate<T> update("train", optimizer.rule, optimizer.state, parameters);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const std::size_t matrices = layers[i].normalises() ? 4 : 2;
        for (std::size_t which = 0; which < matrices; ++which) {
            apply<T>(update, first_parameter(layers, i) + which, matrices_of(gradient[i])[which],
                     matrices_of(layers[i])[which]);
        }
    }
    update.finish();
}

template double decay_loss(double, Layers<float>);
template double decay_loss(double, Layers<double>);
template double decay_loss(double, Layers<const float>);
template double decay_loss(double, Layers<const double>);
template void list_parameters(Layers<float>, std::vector<Parameter<float>>&);
template void list_parameters(Layers<double>, std::vector<Parameter<double>>&);
template void descend(Descending<float>&, Layers<float>, Layers<float>, std::vector<Parameter<float>>&);
template void descend(Descending<double>&, Layers<double>, Layers<double>, std::vector<Parameter<double>>&);

}  // namespace thalweg::nn
