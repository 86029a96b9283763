// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What optimisers remember, and the threads that share a matrix.
#include "thalweg/optimizer.hpp"

#include <string>
#include <utility>
#include <variant>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "nn/layers/buffers.hpp"
#include "nn/optimize/rules.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg {
namespace {

double* lr_of(UpdateRule& rule) {
    return std::visit([](auto& each) { return &each.lr; }, rule);
}
// b1 and b2 of the rules that have them; 1 leaves their powers as they are.
std::pair<double, double> betas_of(const UpdateRule& rule) noexcept {
    if (const auto* const adam = std::get_if<Adam>(&rule)) {
        return {adam->beta1, adam->beta2};
    }
    if (const auto* const adam = std::get_if<AdamW>(&rule)) {
        return {adam->beta1, adam->beta2};
    }
    return {1.0, 1.0};
}

// Memories of zeros in the shapes of the parameters, at the first update; those of a restored state must fit.
template <class T, class List>
void fit_memories(const char* op, std::vector<Matrix<T>>& memories, const List& params, bool wanted,
                  bool begun) {
    if (!wanted) {
        memories.clear();
        return;
    }
    if (!begun) {
        memories.clear();
        for (const auto& each : params) {
            memories.emplace_back(each.matrix->rows(), each.matrix->cols());
        }
    }
    if (memories.size() != params.size()) {
        throw ShapeError(std::string(op) + ": expected " + std::to_string(memories.size()) +
                         " matrices of parameters, as at the first update, found " +
                         std::to_string(params.size()));
    }
    for (std::size_t i = 0; i < params.size(); ++i) {
        check::shape(op, params[i].name.data(), params[i].matrix->view(), memories[i].rows(),
                     memories[i].cols());
    }
}

template <class T, class Params, class Grads>
void update_all(const char* op, const UpdateRule& rule, typename Optimizer<T>::State& state,
                const Params& params, const Grads& grads) {
    if (params.size() != grads.size()) {
        throw ShapeError(std::string(op) + ": expected a gradient of " + std::to_string(params.size()) +
                         " matrices, found " + std::to_string(grads.size()));
    }
    for (std::size_t i = 0; i < params.size(); ++i) {
        check::shape(op, params[i].name.data(), grads[i].matrix->view(), params[i].matrix->rows(),
                     params[i].matrix->cols());
    }
    const std::size_t memories = nn::memories_of(rule);
    fit_memories(op, state.first, params, memories > 0, state.updates != 0);
    fit_memories(op, state.second, params, memories > 1, state.updates != 0);
    const core::FloatControlScope standard;
    const auto [beta1, beta2] = betas_of(rule);
    const nn::UpdateNumbers<T> numbers =
        nn::numbers_of<T>(rule, state.beta1_power * beta1, state.beta2_power * beta2);
    for (std::size_t i = 0; i < params.size(); ++i) {
        const nn::UpdateBlock<T> whole = {
            grads[i].matrix->data(), params[i].matrix->data(), memories > 0 ? state.first[i].data() : nullptr,
            memories > 1 ? state.second[i].data() : nullptr, params[i].matrix->size()};
        parallel::run(parallel::team_size(whole.n, parallel::kArithmeticGrain), [&](parallel::Part part) {
            const auto [first, last] = part.share(whole.n, 64);
            const auto behind = [begin = first](T* memory) {
                return memory == nullptr ? nullptr : memory + begin;
            };
            nn::apply<T>(
                rule, numbers,
                {whole.g + first, whole.p + first, behind(whole.first), behind(whole.second), last - first});
        });
    }
    state.beta1_power *= beta1;
    state.beta2_power *= beta2;
    ++state.updates;
}

}  // namespace

template <class T>
Optimizer<T>::Optimizer(const UpdateRule& rule) : rule_(rule) {
    nn::check_rule<T>("Optimizer", rule);
}

template <class T>
void Optimizer<T>::update(NetParams<T>& params, const NetParams<T>& grads) {
    update_all<T>("Optimizer::update", rule_, state_, params.matrices(), grads.matrices());
}

template <class T>
void Optimizer<T>::update(TwoLayerParams<T>& params, const TwoLayerParams<T>& grads) {
    update_all<T>("Optimizer::update", rule_, state_, params.matrices(), grads.matrices());
}

template <class T>
double Optimizer<T>::lr() const {
    return std::visit([](const auto& each) { return each.lr; }, rule_);
}

template <class T>
void Optimizer<T>::set_lr(double lr) {
    UpdateRule changed = rule_;
    *lr_of(changed) = lr;
    nn::check_rule<T>("Optimizer::set_lr", changed);
    rule_ = changed;
}

template class Optimizer<float>;
template class Optimizer<double>;

namespace {

template <class T, class Params>
void descend(const Sgd& sgd, Params& params, const Params& grads) {
    nn::check_rule<T>("Sgd::update", sgd);
    typename Optimizer<T>::State nothing;
    update_all<T>("Sgd::update", sgd, nothing, params.matrices(), grads.matrices());
}

}  // namespace

void Sgd::update(TwoLayerParams<float>& params, const TwoLayerParams<float>& grads) const {
    descend<float>(*this, params, grads);
}
void Sgd::update(TwoLayerParams<double>& params, const TwoLayerParams<double>& grads) const {
    descend<double>(*this, params, grads);
}
void Sgd::update(NetParams<float>& params, const NetParams<float>& grads) const {
    descend<float>(*this, params, grads);
}
void Sgd::update(NetParams<double>& params, const NetParams<double>& grads) const {
    descend<double>(*this, params, grads);
}

}  // namespace thalweg
