// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT
#pragma once

// How far two gradients of a net are apart.
#include <cmath>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "thalweg/net.hpp"
#include "thalweg/two_layer_net.hpp"

namespace thalweg::test {

// All entries of a net's parameters or gradients, in the order of its matrices.
template <class T>
std::vector<T> values_of(const NetParams<T>& p) {
    std::vector<T> values;
    for (const auto& [name, matrix] : p.matrices()) {
        values.insert(values.end(), matrix->data(), matrix->data() + matrix->size());
    }
    return values;
}
template <class T>
std::vector<T> values_of(const TwoLayerParams<T>& p) {
    return values_of(NetParams<T>{{{p.W1, p.b1}, {p.W2, p.b2}}});
}

// The largest distance of two entries; NaN where one is.
template <class A, class B>
double farthest(const A& a, const B& b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double apart = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
        worst = apart <= worst ? worst : apart;
    }
    return worst;
}

}  // namespace thalweg::test
