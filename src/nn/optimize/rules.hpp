// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Update rules as short array programs over a block of parameters, Adam as a kernel: each has the bits of the
// lines of arrays in thalweg/optimizer.hpp.
#pragma once

#include <cstddef>
#include <string>

#include "thalweg/optimizer.hpp"

namespace thalweg::nn {

// What a rule needs at one update beside the arrays, rounded to the parameters' type. Which numbers are used,
// and for what, is the rule's business.
template <class T>
struct UpdateNumbers {
    T lr = 0;
    T keep = 0;     // of what is remembered
    T take = 0;     // of the gradient
    T keep_2 = 0;   // of the second memory
    T epsilon = 0;  // beside the root
    T divisor = 1;  // of the root
    T shrink = 1;   // of the parameters
};

// Arrays of n elements: gradient, parameters, and the rule's memories, where it has them.
template <class T>
struct UpdateBlock {
    const T* g;
    T* p;
    T* first;
    T* second;
    std::size_t n;
};

// How many memories a rule has.
std::size_t memories_of(const UpdateRule& rule) noexcept;

// op begins the message.
// throws   std::invalid_argument for a number out of its range
template <class T>
void check_rule(const char* op, const UpdateRule& rule);

// Which rule it is, and its numbers, for processes that must have the same.
std::string text_of(const UpdateRule& rule);

// The numbers of the next update; the powers are those of after it.
template <class T>
UpdateNumbers<T> numbers_of(const UpdateRule& rule, double beta1_power, double beta2_power) noexcept;

// One update, by the calling thread alone.
template <class T>
void apply(const UpdateRule& rule, const UpdateNumbers<T>& numbers, const UpdateBlock<T>& block) noexcept;

}  // namespace thalweg::nn
