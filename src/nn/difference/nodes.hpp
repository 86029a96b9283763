// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// Where the loss is evaluated so that all inputs of a unit share it.
//
// What a move u of a unit does to the loss, O(u) = f(+u) - f(-u), is odd: O(u) / 2u is a function g of u^2.
// It is evaluated at m Chebyshev nodes u_k = U cos((2k - 1) pi / 4m) and interpolated; U is the largest move
// that an input makes. With R the distance from 0 to which g is analytic for complex u,
//
//     |error| <= 2 M (U / 2R)^(2m),  M the largest |g| there
//
// so m is the first from 2 on where 2 (U / 2R)^(2m) is below 2^-53. With m = 1 nothing of u^2 would be left:
// that would be a derivative, and is never taken.
#pragma once

#include <cstddef>
#include <vector>

#include "nn/difference/moved_net.hpp"

namespace thalweg::nn {

inline constexpr std::size_t kFewestNodes = 2;
inline constexpr std::size_t kMostNodes = 8;

// A number of nodes for moves up to `reach` where O is analytic up to `radius`; 0 where kMostNodes are not
// enough, or something is not finite.
std::size_t nodes_for(double reach, double radius) noexcept;

// The nodes of so many, 2 to kMostNodes, for U = 1.
class Nodes {
public:
    explicit Nodes(std::size_t count) noexcept;

    std::size_t count() const noexcept { return count_; }
    double at(std::size_t k) const noexcept;
    // weights[k * ld + i] = z_i L_k(z_i / top), Lagrange's polynomials in the square: what the value at node
    // k, O(u_k) / 2 u_k, counts for input i.
    void weights(const double* z, std::size_t n, double top, double* weights, std::size_t ld) const noexcept;
    // L_k at the square of `part` of U.
    double weight(std::size_t k, double part) const noexcept;

private:
    std::size_t count_;
    double squares_[kMostNodes];
    double inverse_[kMostNodes];  // 1 / prod over j but k of (squares[k] - squares[j])
};

// How far moves of a net's units go, from its weights alone. A hidden layer's numbers hold for its worst
// unit.
class Reach {
public:
    // Lets the absolute weights of all layers pass through the net, by the library's products.
    // throws   std::bad_alloc
    void prepare(const MovedNet& net, Loss loss);

    // O is analytic in moves of a sum of layer l that are smaller, and bounded by a few times its slope.
    double radius(std::size_t l) const noexcept { return layers_[l].radius; }
    // For real moves of 1 of a sum of layer l: how far those of layer `of` move at most, and how far two sums
    // of the last layer come apart.
    double move(std::size_t l, std::size_t of) const noexcept { return layers_[l].moves[of]; }
    double spread(std::size_t l) const noexcept { return layers_[l].spread; }

private:
    struct OfLayer {
        double radius;
        double spread;
        std::vector<double> moves;  // by layer
        std::vector<double> paths;  // the same with slopes of 1: sums over absolute weights
        double spread_of_paths;
    };
    void follow(const MovedNet& net, std::size_t l);
    double radius_of(const MovedNet& net, Loss loss, std::size_t l) const noexcept;

    std::vector<OfLayer> layers_;
    std::vector<double> last_spread_;  // of the weights out of each unit of the last hidden layer
    // Of any shape: they grow and stay.
    std::vector<double> absolute_;
    std::vector<double> paths_[2];
};

}  // namespace thalweg::nn
