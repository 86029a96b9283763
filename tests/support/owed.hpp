// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What a function of one number owes in one element type: the words of the rows in functions.inc.
#pragma once

namespace thalweg::test {

enum class Promise {
    kFormula,  // the bits of its formula, evaluated in T with one rounding an operation
    kRounded,  // the bits of the true value, rounded once
    kBudget,   // so many units in the last place; bits of the rounding class
};

struct Owed {
    Promise promise;
    double max_ulp;
    double low;  // where the function is interesting: sampled densely, beside all bit patterns
    double high;
    bool (*above)(float x) = nullptr;

    // The bits are fixed by mathematics, for both rounding classes.
    constexpr bool every_level() const { return promise != Promise::kBudget; }
    // A function of numbers that are not negative.
    constexpr bool of_positive() const { return low >= 0.0; }
};

constexpr Owed formula(double low, double high) {
    return {Promise::kFormula, 0.0, low, high};
}

// above: where the truth is nearer to the middle of two floats than long double can tell, whether it lies on
// the upper side.
constexpr Owed rounded(double low, double high, bool (*above)(float x) = nullptr) {
    return {Promise::kRounded, 0.51, low, high, above};
}

constexpr Owed within(double max_ulp, double low, double high) {
    return {Promise::kBudget, max_ulp, low, high};
}

}  // namespace thalweg::test
