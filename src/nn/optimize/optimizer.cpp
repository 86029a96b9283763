// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What optimisers remember, and the threads that share a matrix.
#include "thalweg/optimizer.hpp"

#include <string>
#include <variant>

#include "core/float_control.hpp"
#include "core/shape_check.hpp"
#include "nn/optimize/rules.hpp"
#include "nn/optimize/update.hpp"
#include "parallel/grain.hpp"
#include "parallel/team.hpp"

namespace thalweg {
namespace {

double* lr_of(UpdateRule& rule) {
    return std::visit([](auto& each) { return &each.lr; }, rule);
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
    std::vector<nn::Parameter<T>> parameters;
    parameters.reserve(params.size());
    for (const auto& each : params) {
        parameters.push_back({each.name, *each.matrix});
    }
    const core::FloatControlScope standard;
    const nn::RuleUpdate<T> update(op, rule, state, parameters);
    for (std::size_t i = 0; i < params.size(); ++i) {
        const std::size_t n = params[i].matrix->size();
        parallel::run(parallel::team_size(n, parallel::kArithmeticGrain), [&](parallel::Part part) {
            const auto [first, last] = part.share(n, 64);
            update.apply(i, first, last - first, grads[i].matrix->data() + first,
                         params[i].matrix->data() + first);
        });
    }
    update.finish();
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
