// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/matrix.hpp is made of: memory, checked indices.
#pragma once

#include <cstddef>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/error.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

class Rng;

namespace detail {

// Thrown in the library: these headers do without exceptions (-fno-exceptions).
[[noreturn]] void throw_index(const char* what);
[[noreturn]] void throw_ragged(std::size_t row, std::size_t expected, std::size_t found);

template <bool Checked>
void check_index(std::size_t index, std::size_t size, const char* what) {
    if (Checked && index >= size) {
        throw_index(what);
    }
}

template <class Other, class Element>
concept SameElement = std::is_same_v<std::remove_const_t<Other>, std::remove_const_t<Element>>;

// 64-byte aligned, zeroed memory for count elements of the given size, and its release (in core/matrix.cpp).
void* allocate_zeroed(std::size_t rows, std::size_t cols, std::size_t element_bytes);
void deallocate(void* data) noexcept;
void fill_randn(float* data, std::size_t count, Rng& rng, double std);
void fill_randn(double* data, std::size_t count, Rng& rng, double std);

}  // namespace detail
}  // namespace thalweg
THALWEG_END_PUBLIC
