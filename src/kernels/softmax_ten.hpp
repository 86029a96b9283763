// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Softmax of ten classes without gaps, where registers hold ten columns at once: the next group of rows is
// read while this one is divided.
#pragma once

#include "kernels/class_columns.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// Ten classes without gaps, at least kWidth<T> rows. One group of rows takes as many instructions as a core
// looks ahead, of which each phase waits for the one before (maximum, exponentials, sum, quotients): so the
// next group is read between the sum of this one and its quotients. The last group may overlap the one
// before: it is read before that is written, and writes the same once more.
template <class T>
void softmax_ten(const T* x, std::size_t rows, T* y) {
    constexpr std::size_t w = kWidth<T>;
    ClassColumns<T> group;
    read_ten_columns(x, w, group.values);
    bool ordinary = group.shift(10);
    for (std::size_t i = 0, next = 0; i < rows; i = next) {
        if (ordinary) [[likely]] {
            group.template exponentiate<true>(10);
        } else {
            group.template exponentiate<false>(10);
        }
        const Divisor<T> total(group.sum);
        const bool ordinary_now = ordinary;
        next = i + 2 * w <= rows || i + w >= rows ? i + w : rows - w;
        ClassColumns<T> after;
        if (next < rows) {
            read_ten_columns(x + next * 10, w, after.values);
            ordinary = after.shift(10);
        }
        for (std::size_t j = 0; j < 10; ++j) {
            group.values[j] = ordinary_now ? total.template quotient<true>(group.values[j])
                                           : total.template quotient<false>(group.values[j]);
        }
        write_ten_columns(y + i * 10, w, group.values);
        for (std::size_t j = 0; j < 10; ++j) {
            group.values[j] = after.values[j];
        }
    }
}

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
