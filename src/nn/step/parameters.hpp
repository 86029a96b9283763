// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The second phase: sums over all rows of a batch, each by one thread and in the order of the rows, into
// parameters that no other thread touches.
#pragma once

#include "nn/optimize/descending.hpp"
#include "nn/step/batch_input.hpp"
#include "nn/step/rows.hpp"
#include "parallel/processes.hpp"
#include "parallel/team.hpp"

namespace thalweg::nn {

// Cuts between threads at multiples of so many parameters along a layer's inputs: whole vectors and tiles.
inline constexpr std::size_t kParameterUnit = 16;

// One thread's share of the gradient: dW = in^T dz and db = sum of dz, where in is x or the output of the
// layer before.
template <class T>
void sum_gradient(BatchPass<T>& pass, const BatchInput<T>& input, Layers<T> gradient, parallel::Part part,
                  T* scratch) noexcept;

// Where parameters go along their gradient while it is summed.
template <class T>
struct Descent {
    const RuleUpdate<T>& update;  // its parameters are those of list_parameters()
    T decay = 0;                  // weight decay; 0: none
    T factor = 0;  // of SGD without decay, which the first layer may take while it sums; else 0
    Layers<T> params;
};

// Elements that sum_and_descend() keeps of a batch's gradient at a time.
template <class T>
std::size_t gradient_block(Layers<const T> layers, std::size_t batch) noexcept;

// The same, and the parameters move along it. block: gradient_block() elements.
template <class T>
void sum_and_descend(BatchPass<T>& pass, const BatchInput<T>& input, const Descent<T>& descent,
                     parallel::Part part, T* scratch, T* block) noexcept;

// Each process has summed or moved its share of these parameters; afterwards all have all.
// throws   CommunicatorError
template <class T>
void gather_parameters(Layers<T> layers, parallel::Processes& processes);

}  // namespace thalweg::nn
