// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net as data: its layers, one after another, each as it lies in somebody's matrices. Everything below the
// public faces takes a net in this form, of any depth; nothing there knows whose parameters they are.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include "nn/layers/activation.hpp"
#include "nn/layers/buffers.hpp"
#include "thalweg/matrix.hpp"

namespace thalweg::nn {

// f(x W + b), where there is a gamma of the normalised sums, and where there is dropout with outputs left
// out. T is const where the layer is only read. A gradient has the form of what it belongs to.
// shape    W: [inputs,outputs]  b: [1,outputs]  the others: as b, or empty without batch normalisation
template <class T>
struct Dense {
    MatrixView<T> W{};  // NOLINT(readability-identifier-naming): the field's name
    MatrixView<T> b{};
    Activation activation = Activation::kIdentity;
    MatrixView<T> gamma{};
    MatrixView<T> beta{};
    MatrixView<T> mean{};  // running, which predictions take and training moves; no parameters
    MatrixView<T> variance{};
    double dropout = 0.0;  // share of the outputs that training leaves out

    std::size_t inputs() const noexcept { return W.rows(); }
    std::size_t outputs() const noexcept { return W.cols(); }
    bool normalises() const noexcept { return gamma.rows() != 0; }
};

// The layer at the input first. There is at least one.
template <class T>
using Layers = std::span<const Dense<T>>;

// Between layers, none after the last.
constexpr Activation activation_of(std::size_t layer, std::size_t layers,
                                   Activation between = Activation::kSigmoid) noexcept {
    return layer + 1 < layers ? between : Activation::kIdentity;
}

// The layers of parameters that come as named matrices W1, b1, W2, b2, ...: those of params.matrices(). They
// look at the matrices where they lie: make them anew once somebody else may have exchanged these.
template <class Named, std::size_t N>
auto layers_of(const std::array<Named, N>& matrices) {
    using T = std::remove_pointer_t<decltype(matrices[0].matrix->data())>;
    std::array<Dense<T>, N / 2> layers;
    for (std::size_t i = 0; i < N / 2; ++i) {
        layers[i] = {*matrices[2 * i].matrix, *matrices[2 * i + 1].matrix, activation_of(i, N / 2)};
    }
    return layers;
}

// Multiply-adds of one row on its way through all layers.
template <class T>
std::size_t row_work(Layers<T> layers) noexcept {
    std::size_t work = 0;
    for (const Dense<T>& layer : layers) {
        work += layer.W.size();
    }
    return work;
}

// Matrices in the shapes of a net's layers: its gradient.
template <class T>
class LayerMatrices {
public:
    // From layer `first` on; the layers before it get no W. Allocates only when a shape changes.
    // throws   std::bad_alloc
    template <class U>
    void fit(Layers<U> like, std::size_t first = 0) {
        matrices_.resize(like.size());
        layers_.resize(like.size());
        for (std::size_t i = 0; i < like.size(); ++i) {
            nn::fit(matrices_[i].weights, i < first ? 0 : like[i].inputs(), like[i].outputs());
            nn::fit(matrices_[i].biases, 1, like[i].outputs());
            nn::fit(matrices_[i].gamma, like[i].gamma.rows(), like[i].gamma.cols());
            nn::fit(matrices_[i].beta, like[i].beta.rows(), like[i].beta.cols());
            layers_[i] = {.W = matrices_[i].weights,
                          .b = matrices_[i].biases,
                          .activation = like[i].activation,
                          .gamma = matrices_[i].gamma,
                          .beta = matrices_[i].beta};
        }
    }
    Layers<T> layers() const noexcept { return layers_; }

private:
    struct Matrices {
        Matrix<T> weights;
        Matrix<T> biases;
        Matrix<T> gamma;
        Matrix<T> beta;
    };
    std::vector<Matrices> matrices_;
    std::vector<Dense<T>> layers_;
};

}  // namespace thalweg::nn
