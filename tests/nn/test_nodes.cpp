// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The nodes that shared evaluations are taken at: how many, and what their weights reproduce.
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "nn/difference/nodes.hpp"
#include "support/catch.hpp"

using namespace thalweg;

TEST_CASE("there are two nodes at least, and more where moves are longer") {
    using nn::nodes_for;
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(nodes_for(1e-12, 1.0) == 2);
    CHECK(nodes_for(1.0, infinity) == 2);
    CHECK(nodes_for(1e-4, 1.0) == 2);
    CHECK(nodes_for(1e-3, 1.0) == 3);
    CHECK(nodes_for(1e-2, 1.0) == 4);
    CHECK(nodes_for(0.18, 1.0) == 8);
    CHECK(nodes_for(0.5, 1.0) == 0);
    CHECK(nodes_for(infinity, 1.0) == 0);
    CHECK(nodes_for(std::numeric_limits<double>::quiet_NaN(), 1.0) == 0);
    CHECK(nodes_for(1e-4, 0.0) == 0);
}

TEST_CASE("the weights of the nodes reproduce polynomials of the square") {
    for (std::size_t count = nn::kFewestNodes; count <= nn::kMostNodes; ++count) {
        const nn::Nodes nodes(count);
        std::vector<double> z{0.0, 0.3, -0.7, 1.25, 2.0};
        std::vector<double> weights(count * z.size());
        nodes.weights(z.data(), z.size(), 2.0, weights.data(), z.size());
        for (std::size_t i = 0; i < z.size(); ++i) {
            const double y = z[i] * z[i] / 4.0;
            double expected = 0.0;
            double found = 0.0;
            for (std::size_t degree = 0; degree < count; ++degree) {
                expected += std::pow(y, static_cast<double>(degree)) * static_cast<double>(degree + 1);
            }
            for (std::size_t k = 0; k < count; ++k) {
                const double square = nodes.at(k) * nodes.at(k);
                double value = 0.0;
                for (std::size_t degree = 0; degree < count; ++degree) {
                    value += std::pow(square, static_cast<double>(degree)) * static_cast<double>(degree + 1);
                }
                found += weights[k * z.size() + i] * value;
            }
            CAPTURE(count, z[i]);
            CHECK(std::fabs(found - z[i] * expected) <= 1e-13 * std::fabs(z[i] * expected));
        }
    }
}
