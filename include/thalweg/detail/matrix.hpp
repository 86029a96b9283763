// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What thalweg/matrix.hpp is made of: memory, checked indices.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <type_traits>

#include "thalweg/abi.hpp"
#include "thalweg/error.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

class Rng;

namespace detail {

// Thrown in the library: these headers do without exceptions (-fno-exceptions).
[[noreturn]] void throw_index(const char* what, std::size_t index, std::size_t size);
[[noreturn]] void throw_ragged(std::size_t row, std::size_t expected, std::size_t found);

template <bool Checked>
void check_index(std::size_t index, std::size_t size, const char* what) {
    if (Checked && index >= size) {
        throw_index(what, index, size);
    }
}

template <class Other, class Element>
concept SameElement = std::is_same_v<std::remove_const_t<Other>, std::remove_const_t<Element>>;

// Says that every element is about to be written.
struct Uninitialized {};
// Says that elements are taken over.
struct Taken {};

// A row of a braced matrix: its numbers, or one number where the matrix is one row.
template <class Element>
class Row {
public:
    // NOLINTBEGIN(google-explicit-constructor): the inside of a braced list
    Row(Element value) noexcept : value_(value), single_(true), values_() {}
    Row(std::initializer_list<Element> values) noexcept : values_(values) {}
    template <std::same_as<std::size_t> Size>
    Row(Size) = delete;  // a shape goes in parentheses: Matrix<float>(rows, cols)
    // NOLINTEND(google-explicit-constructor)

    bool single() const noexcept { return single_; }
    std::size_t size() const noexcept { return single_ ? 1 : values_.size(); }
    const Element* begin() const noexcept { return single_ ? &value_ : values_.begin(); }
    const Element* end() const noexcept { return begin() + size(); }

private:
    Element value_{};
    bool single_ = false;
    std::initializer_list<Element> values_{};
};

// Whether {1, 2, 3} and not {{1}, {2}, {3}} was written, and the columns of either; throws where lists differ
// in length, or numbers stand beside lists.
template <class Element>
bool is_one_row(const Row<Element>* rows, std::size_t count) noexcept {
    return count != 0 && rows[0].single();
}
template <class Element>
std::size_t row_length(const Row<Element>* rows, std::size_t count) {
    if (count == 0) {
        return 0;
    }
    for (std::size_t i = 1; i < count; ++i) {
        if (rows[i].single() != rows[0].single() || rows[i].size() != rows[0].size()) {
            throw_ragged(i, rows[0].size(), rows[i].size());
        }
    }
    return rows[0].single() ? count : rows[0].size();
}

// 64-byte aligned memory for elements of the given size, as it is or zeroed, and its release (in
// core/matrix.cpp).
void* allocate(std::size_t rows, std::size_t cols, std::size_t element_bytes);
void* allocate_zeroed(std::size_t rows, std::size_t cols, std::size_t element_bytes);
void deallocate(void* data) noexcept;
void fill_randn(float* data, std::size_t count, Rng& rng, double std);
void fill_randn(double* data, std::size_t count, Rng& rng, double std);
void fill_rand(float* data, std::size_t count, Rng& rng);
void fill_rand(double* data, std::size_t count, Rng& rng);

}  // namespace detail
}  // namespace thalweg
THALWEG_END_PUBLIC
