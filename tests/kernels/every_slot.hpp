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
using Table = kernels::Kernels<T>;

template <class U>
Results results(const Block<U>& block) {
    Results values;
    for (const U value : block.elements()) {
        values.push_back(static_cast<double>(value));
    }
    return values;
}

template <class T>
struct SlotCall {
    const char* name;
    // Takes its arrays from memory; n is the size that varies, down to 0 where the slot allows it.
    Results (*run)(const Table<T>& table, Memory& memory, std::size_t n);
};

template <class T>
const std::vector<SlotCall<T>>& every_slot();

// Parts of it: slots_of_products.cpp and slots_of_arrays.cpp.
template <class T>
std::vector<SlotCall<T>> product_slots();
template <class T>
std::vector<SlotCall<T>> array_slots();

}  // namespace thalweg::test
