// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

#include "nn/optimize/update.hpp"

#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "core/shape_check.hpp"
#include "thalweg/error.hpp"

namespace thalweg::nn {
namespace {

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
template <class T>
void fit_memories(const char* op, std::vector<Matrix<T>>& memories,
                  const std::vector<Parameter<T>>& parameters, bool wanted, bool begun) {
    if (!wanted) {
        if (begun && !memories.empty()) {
            throw std::invalid_argument(std::string(op) +
                                        ": the state is that of another rule, which remembers more");
        }
        return;
    }
    if (!begun) {
        memories.clear();
        for (const Parameter<T>& each : parameters) {
            memories.emplace_back(each.values.rows(), each.values.cols());
        }
    }
    if (memories.size() != parameters.size()) {
        throw ShapeError(std::string(op) + ": expected " + std::to_string(memories.size()) +
                         " matrices of parameters, as at the first update, found " +
                         std::to_string(parameters.size()));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const MatrixView<T> values = parameters[i].values;
        if (values.rows() != memories[i].rows() || values.cols() != memories[i].cols()) {
            check::shape(op, std::string(parameters[i].name).c_str(), values, memories[i].rows(),
                         memories[i].cols());
        }
    }
}

}  // namespace

template <class T>
RuleUpdate<T>::RuleUpdate(const char* op, const UpdateRule& rule, State& state,
                          const std::vector<Parameter<T>>& parameters)
    : rule_(rule), state_(state) {
    const std::size_t memories = memories_of(rule);
    fit_memories(op, state.first, parameters, memories > 0, state.updates != 0);
    fit_memories(op, state.second, parameters, memories > 1, state.updates != 0);
    std::tie(beta1_, beta2_) = betas_of(rule);
    numbers_ = numbers_of<T>(rule, state.beta1_power * beta1_, state.beta2_power * beta2_);
}

template <class T>
void RuleUpdate<T>::apply(std::size_t which, std::size_t first, std::size_t n, const T* g,
                          T* p) const noexcept {
    const auto behind = [&](std::vector<Matrix<T>>& memories) {
        return memories.empty() ? nullptr : memories[which].data() + first;
    };
    nn::apply<T>(rule_, numbers_, {g, p, behind(state_.first), behind(state_.second), n});
}

template <class T>
void RuleUpdate<T>::finish() const noexcept {
    state_.beta1_power *= beta1_;
    state_.beta2_power *= beta2_;
    ++state_.updates;
}

template class RuleUpdate<float>;
template class RuleUpdate<double>;

}  // namespace thalweg::nn
