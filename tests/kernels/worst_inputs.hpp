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
    std::vector<std::pair<double, double>> ranges;
};

inline const std::vector<SearchedFunction>& searched_functions() {
    using kernels::KernelTable;
    static const std::vector<SearchedFunction> functions = {
        {"exp",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) { table.f64.exp(x, y, n); },
         function<double>("exp").truth,
         {{-0.35, 0.35}, {-745.0, 709.7}}},
        {"log",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) { table.f64.log(x, y, n); },
         function<double>("log").truth,
         {{0.7, 1.42}, {0.35, 2.9}, {0.0, 1000.0}}},
        {"sigmoid",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) {
             table.f64.sigmoid(x, y, n);
         },
         function<double>("sigmoid").truth,
         {{-745.0, 40.0}, {-4.0, 4.0}}},
        {"sigmoid_grad",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) {
             table.f64.sigmoid_grad(x, y, n);
         },
         function<double>("sigmoid_grad").truth,
         {{-745.0, 0.0}, {-4.0, 0.0}}},
        {"sinh",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) {
             std::vector<double> cosh1(n);
             table.sinh_cosh1(x, y, cosh1.data(), n);
         },
         true_sinh,
         {{0.0, 1.0}, {1.0, 2.0}, {1.0, 700.0}}},
        {"cosh1",
         [](const KernelTable& table, const double* x, double* y, std::size_t n) {
             std::vector<double> sinh(n);
             table.sinh_cosh1(x, sinh.data(), y, n);
         },
         true_cosh1,
         {{0.0, 1.0}, {1.0, 2.0}, {1.0, 700.0}}},
    };
    return functions;
}

}  // namespace thalweg::test
