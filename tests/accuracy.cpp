// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// One row a function and type: how far from the truth its kernel may be, at every level. A tighter kernel
// tightens its row; a looser one is a defect.
#include "support/accuracy.hpp"

namespace thalweg::test {

// exp, log and sigmoid are correctly rounded: test_correct_rounding.cpp holds them to the bits. Here, and for
// sigmoid_grad, 0.5 + 0.01: at most one result in fifty may miss correct rounding.
template <>
const std::vector<AccuracyRow<float>>& accuracy_rows<float>() {
    using Table = kernels::Kernels<float>;
    static const std::vector<AccuracyRow<float>> rows = {
        {"exp", &Table::exp, true_exp, -104.0, 89.0, 0.51},
        {"log", &Table::log, true_log, 0.0, 4.0, 0.51},
        {"sigmoid", &Table::sigmoid, true_sigmoid, -105.0, 20.0, 0.51},
        {"sigmoid_grad", &Table::sigmoid_grad, true_sigmoid_grad, -105.0, 105.0, 0.51},
    };
    return rows;
}

template <>
const std::vector<AccuracyRow<double>>& accuracy_rows<double>() {
    using Table = kernels::Kernels<double>;
    static const std::vector<AccuracyRow<double>> rows = {
        {"exp", &Table::exp, true_exp, -746.0, 710.0, 1.0},
        {"log", &Table::log, true_log, 0.0, 4.0, 1.0},
        {"sigmoid", &Table::sigmoid, true_sigmoid, -746.0, 40.0, 2.0},
        {"sigmoid_grad", &Table::sigmoid_grad, true_sigmoid_grad, -746.0, 746.0, 4.0},
    };
    return rows;
}

}  // namespace thalweg::test
