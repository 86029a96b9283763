// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Every slot of the kernel table as a call of one size: what the tests that treat all slots alike run over.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/memory.hpp"
#include "kernels/table.hpp"

namespace thalweg::test {

// Results as double, which holds a float, an index and a loss alike.
using Results = std::vector<double>;

template <class T>
struct SlotCall {
    const char* name;
    // Takes its arrays from memory; n is the size that varies, down to 0 where the slot allows it.
    Results (*run)(const kernels::Kernels<T>& table, Memory& memory, std::size_t n);
};

template <class T>
const std::vector<SlotCall<T>>& every_slot();

}  // namespace thalweg::test
