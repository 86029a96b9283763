// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The rows of functions.inc as values, for the tests and benchmarks that treat all functions alike.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "kernels/table.hpp"
#include "support/compare.hpp"
#include "support/oracle.hpp"
#include "support/owed.hpp"
#include "thalweg/ops.hpp"

namespace thalweg::test {

template <class T>
struct Special {
    T x;
    T y;
};

template <class T>
struct Function {
    const char* name;
    Unary<T> kernels::Kernels<T>::*slot;
    Matrix<T> (*value)(MatrixView<const T> x);
    void (*into)(MatrixView<const T> x, MatrixView<T> out);
    long double (*truth)(long double x);
    T (*formula)(T x);
    Owed owed;
    std::vector<Special<T>> specials;

    // False where nothing here is exact enough to judge results: long double that is no wider than double.
    bool can_judge() const {
        return owed.promise == Promise::kFormula || sizeof(T) == sizeof(float) || long_double_is_extended();
    }
    // How far the result y at x is from what is owed, in units in the last place: at most owed.max_ulp.
    double error(T x, T y) const {
        if (owed.promise == Promise::kFormula) {
            return same_bits(y, formula(x)) ? 0.0 : std::numeric_limits<double>::infinity();
        }
        return ulp_error(y, truth(static_cast<long double>(x)));
    }
};

template <class T>
const std::vector<Function<T>>& functions() {
    using Table = kernels::Kernels<T>;
    using Limits = std::numeric_limits<T>;
    constexpr T inf = Limits::infinity();
    constexpr T nan = Limits::quiet_NaN();
    constexpr T max = Limits::max();
    constexpr T denorm = Limits::denorm_min();
    constexpr bool single = sizeof(T) == sizeof(float);
    static const std::vector<Function<T>> rows = {
#define THALWEG_FUNCTION(name, truth, f32, f64, ...)                    \
    {#name,                                                             \
     &Table::name,                                                      \
     [](MatrixView<const T> x) { return Matrix<T>(thalweg::name(x)); }, \
     thalweg::name,                                                     \
     truth,                                                             \
     truth,                                                             \
     single ? (f32) : (f64),                                            \
     {__VA_ARGS__}},
#include "functions.inc"
    };
    return rows;
}

template <class T>
const Function<T>& function(std::string_view name) {
    return *std::find_if(functions<T>().begin(), functions<T>().end(),
                         [&](const Function<T>& row) { return row.name == name; });
}

}  // namespace thalweg::test
