// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One update of all parameters by a rule, piece by piece: whoever has a piece of the gradient applies it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "nn/optimize/rules.hpp"
#include "thalweg/optimizer.hpp"

namespace thalweg::nn {

// A matrix of parameters: its name, for messages, and its elements.
template <class T>
struct Parameter {
    std::string_view name;
    MatrixView<T> values;
};

template <class T>
class RuleUpdate {
public:
    using State = typename Optimizer<T>::State;

    // The next update. At the first one the state's memories are made, of zeros; later ones must fit.
    // op begins the message.
    // throws   ShapeError, std::bad_alloc; nothing has changed then
    RuleUpdate(const char* op, const UpdateRule& rule, State& state,
               const std::vector<Parameter<T>>& parameters);

    // n elements of parameter number `which`, from `first` on, along their gradient g; by the calling thread
    // alone.
    void apply(std::size_t which, std::size_t first, std::size_t n, const T* g, T* p) const noexcept;
    // Once all are done.
    void finish() const noexcept;

private:
    const UpdateRule& rule_;
    State& state_;
    UpdateNumbers<T> numbers_;
    double beta1_;
    double beta2_;
};

}  // namespace thalweg::nn
