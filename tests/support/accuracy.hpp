// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The accuracy each elementwise function owes; the rows are in accuracy.cpp.
#pragma once

#include <vector>

#include "kernels/table.hpp"
#include "support/oracle.hpp"

namespace thalweg::test {

template <class T>
struct AccuracyRow {
    const char* name;
    Unary<T> kernels::Kernels<T>::*slot;
    long double (*truth)(long double);
    double low;  // the range where the function is interesting: sampled densely, beside all bit patterns
    double high;
    double max_ulp;  // budget, in units in the last place of the result
};

template <class T>
const std::vector<AccuracyRow<T>>& accuracy_rows();

}  // namespace thalweg::test
