// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// An optimiser at work: its rule, what it remembers, and what is done to a gradient before the rule sees it.
#pragma once

#include <vector>

#include "nn/layers/layers.hpp"
#include "nn/optimize/update.hpp"

namespace thalweg::nn {

// An update that is none of the rules: by one thread, with whole matrices.
template <class T>
class OwnUpdate {
public:
    OwnUpdate() = default;
    OwnUpdate(const OwnUpdate&) = delete;
    OwnUpdate& operator=(const OwnUpdate&) = delete;
    virtual ~OwnUpdate() = default;

    // Where the gradient goes, in the shapes of the parameters.
    virtual Layers<T> gradient() = 0;
    // Once it is there.
    virtual void update() = 0;
};

// An optimiser at work on a net's parameters.
template <class T>
struct Descending {
    UpdateRule rule = Sgd{};
    typename Optimizer<T>::State state = {};
    double decay = 0.0;           // weight decay, which adds to the loss
    double clip_norm = 0.0;       // the most that the gradient's norm may be; 0: whatever it is
    OwnUpdate<T>* own = nullptr;  // instead of the rule
};

// What weight decay adds to the loss: decay / 2 times the sum of all squared weights, in double. U may be
// const.
template <class U>
double decay_loss(double decay, Layers<U> layers);

// Those of NetParams::matrices(), with their names. Allocates nothing once parameters had so many.
// throws   std::bad_alloc
template <class T>
void list_parameters(Layers<T> layers, std::vector<Parameter<T>>& parameters);

// Where in that list a layer's W is; b, gamma and beta follow. All layers before it have as many.
template <class T>
std::size_t first_parameter(Layers<T> layers, std::size_t layer) noexcept {
    return layer * (layers.front().normalises() ? 4 : 2);
}

// One update with the whole gradient: weight decay, clipping, then the rule or the own update. parameters:
// memory for a list.
// throws   as RuleUpdate, and what an own update throws
template <class T>
void descend(Descending<T>& optimizer, Layers<T> gradient, Layers<T> layers,
             std::vector<Parameter<T>>& parameters);

}  // namespace thalweg::nn
