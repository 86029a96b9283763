// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Rows of few classes, with lanes as rows: what softmax and its loss have in common.
#pragma once

#include "kernels/quotient.hpp"
#include "kernels/row_group.hpp"
#include "kernels/shifted_exp.hpp"

namespace thalweg::kernels::THALWEG_ISA {
namespace {

// kWidth<T> rows of few classes: first the logits, then x - max, e^(x - max) and what is made of it.
template <class T>
struct ClassColumns {
    Vec<T> values[kFewColumns];
    Vec<T> max;
    Vec<T> sum;

    // Subtracts the maximum; true where all shifts are ordinary.
    [[gnu::always_inline]] bool shift(std::size_t cols) {
        max = values[0];
        for (std::size_t j = 1; j < cols; ++j) {
            max = larger(values[j], max);
        }
        values[0] = values[0] - max;
        auto ordinary = values[0] >= Vec<T>(kOrdinaryShift<T>);
        for (std::size_t j = 1; j < cols; ++j) {
            values[j] = values[j] - max;
            ordinary = both(ordinary, values[j] >= Vec<T>(kOrdinaryShift<T>));
        }
        return all_lanes(ordinary);
    }
    template <bool kOrdinary>
    [[gnu::always_inline]] void exponentiate(std::size_t cols) {
        sum = Vec<T>(T(0));
        for (std::size_t j = 0; j < cols; ++j) {
            values[j] = kOrdinary ? exp_ordinary(values[j]) : exp_any(values[j]);
            sum = sum + values[j];
        }
    }
    template <bool kOrdinary>
    [[gnu::always_inline]] void normalize(std::size_t cols) {
        const Divisor<T> total(sum);
        for (std::size_t j = 0; j < cols; ++j) {
            values[j] = total.template quotient<kOrdinary>(values[j]);
        }
    }
};

// The book's ten classes are known to the compiler, which then keeps a group in registers.
inline constexpr std::size_t kBookClasses = 10;

}  // namespace
}  // namespace thalweg::kernels::THALWEG_ISA
