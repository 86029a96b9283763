// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The functions of which the kernel headers state the worst input known: where they are, what is true, and in
// which ranges find_worst_inputs looks.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "kernels/table.hpp"
#include "support/functions.hpp"

namespace thalweg::test {

inline long double true_sinh(long double x) {
    return std::sinh(x);
}
inline long double true_cosh1(long double x) {
    const long double half = std::sinh(x / 2);
    return 2 * half * half;
}

struct SearchedFunction {
    const char* name;
    void (*evaluate)(const kernels::KernelTable& table, const double* x, double* y, std::size_t n);
    long double (*truth)(long double);
    // How many units in the last place of long double the truth may itself be off, at the worst inputs: 3
    // where it is a function of the C library (glibc's manual). A rounding or half a unit of a function is
    // 2^-64 of a number on x86, and so at most a unit of the result. softplus, sigmoid: e to 2 such, sums,
    // logarithm and quotient 4. sigmoid_grad: e 2, 1 + e 1, twice, square and quotient 2. gelu: erfc 10 (5
    // units), the two roundings of its argument 8.5 times each, the product 1. gelu_tanh: the argument's 7
    // times u = 6, its exponential 2, sum, product and quotient 4. cosh1: twice sinh's 6, and the square.
    double truth_units;
    std::vector<std::pair<double, double>> ranges;
};

template <Unary<double> kernels::Kernels<double>::*kSlot>
void evaluate(const kernels::KernelTable& table, const double* x, double* y, std::size_t n) {
    (table.f64.*kSlot)(x, y, n);
}

inline const std::vector<SearchedFunction>& searched_functions() {
    using kernels::KernelTable;
    using Slots = kernels::Kernels<double>;
    const auto truth = [](const char* name) { return function<double>(name).truth; };
    static const std::vector<SearchedFunction> functions = {
        {"exp", evaluate<&Slots::exp>, truth("exp"), 3, {{-0.35, 0.35}, {-745.0, 709.7}}},
        {"log", evaluate<&Slots::log>, truth("log"), 3, {{0.7, 1.42}, {0.35, 2.9}, {0.0, 1000.0}}},
        {"expm1", evaluate<&Slots::expm1>, truth("expm1"), 3, {{-0.35, 0.35}, {-1.5, 1.5}, {-40.0, 709.7}}},
        {"log1p", evaluate<&Slots::log1p>, truth("log1p"), 3, {{-0.3, 0.42}, {-0.65, 1.9}, {-1.0, 1000.0}}},
        {"log2", evaluate<&Slots::log2>, truth("log2"), 3, {{0.7, 1.42}, {0.35, 2.9}, {0.0, 1000.0}}},
        {"log10", evaluate<&Slots::log10>, truth("log10"), 3, {{0.7, 1.42}, {0.35, 2.9}, {0.0, 1000.0}}},
        {"tanh", evaluate<&Slots::tanh>, truth("tanh"), 3, {{0.0, 0.4}, {0.17, 1.5}, {0.0, 20.0}}},
        {"softplus", evaluate<&Slots::softplus>, truth("softplus"), 6, {{-745.0, 40.0}, {-4.0, 4.0}}},
        {"sigmoid", evaluate<&Slots::sigmoid>, truth("sigmoid"), 4, {{-745.0, 40.0}, {-4.0, 4.0}}},
        {"sigmoid_grad",
         evaluate<&Slots::sigmoid_grad>,
         truth("sigmoid_grad"),
         7,
         {{-745.0, 0.0}, {-4.0, 0.0}}},
        {"sin", evaluate<&Slots::sin>, truth("sin"), 3, {{0.0, 0.8}, {0.8, 2.4}, {0.0, 1e9}}},
        {"cos", evaluate<&Slots::cos>, truth("cos"), 3, {{0.0, 0.8}, {0.8, 2.4}, {0.0, 1e9}}},
        {"erf", evaluate<&Slots::erf>, truth("erf"), 3, {{0.0, 0.5}, {0.5, 6.0}}},
        {"gelu", evaluate<&Slots::gelu>, truth("gelu"), 28, {{-8.0, 0.0}, {0.0, 3.0}}},
        {"gelu_tanh", evaluate<&Slots::gelu_tanh>, truth("gelu_tanh"), 48, {{-8.0, 0.0}, {0.0, 3.0}}},
        {"sinh",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) {
             std::vector<double> cosh1(n);
             table.sinh_cosh1(x, y, cosh1.data(), n);
         },
         true_sinh,
         3,
         {{0.0, 1.0}, {1.0, 2.0}, {1.0, 700.0}}},
        {"cosh1",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) {
             std::vector<double> sinh(n);
             table.sinh_cosh1(x, sinh.data(), y, n);
         },
         true_cosh1,
         14,
         {{0.0, 1.0}, {1.0, 2.0}, {1.0, 700.0}}},
    };
    return functions;
}

}  // namespace thalweg::test
