// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/optimize/descending.hpp"

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

// The norm of the whole gradient, in double: matrices in order, each as sum() of its squares.
template <class T>
double norm_of(Layers<T> gradient) {
    double sum = 0.0;
    for (const Dense<T>& layer : gradient) {
        sum += sum_of_squares<T>(layer.W);
        sum += sum_of_squares<T>(layer.b);
    }
    return std::sqrt(sum);
}

// g *= clip_norm / norm where the norm is larger: the factor is rounded once, and each product.
template <class T>
void clip(double clip_norm, Layers<T> gradient) {
    const double norm = norm_of(gradient);
    if (!(norm > clip_norm)) {
        return;
    }
    const auto factor = static_cast<T>(clip_norm / norm);
    for (const Dense<T>& layer : gradient) {
        for (MatrixView<T> g : {layer.W, layer.b}) {
            g *= factor;
        }
    }
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
        parameters.push_back({name_of(Letter::kWeights, i), layers[i].W});
        parameters.push_back({name_of(Letter::kBiases, i), layers[i].b});
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
        apply<T>(update, 2 * i, gradient[i].W, layers[i].W);
        apply<T>(update, 2 * i + 1, gradient[i].b, layers[i].b);
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
