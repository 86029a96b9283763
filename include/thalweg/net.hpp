// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth: its parameters, predictions, loss and gradient.
//
// Common to all:
// source   Deep Learning from Scratch, chapters 3, 5 and 6 (its MultiLayerNet)
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/layers.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/random.hpp"
#include "thalweg/two_layer_net.hpp"  // 0.1 declared TwoLayerNet here
#include "thalweg/workspace.hpp"

#pragma push_macro("W")  // as in two_layer_net.hpp
#undef W

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The weights and biases of one layer.
/// shape    W: [inputs,outputs]  b: [1,outputs]
template <class Element>
struct Layer {
    Matrix<Element> W;  ///< weights
    Matrix<Element> b;  ///< biases

    /// Compares the matrices; NaN equals nothing.
    friend bool operator==(const Layer&, const Layer&) = default;
};

/// A net's parameters, or their gradient: the layers, the one at the input first.
template <class Element>
struct NetParams {
    std::vector<Layer<Element>> layers;  ///< at least one

    /// Returns the number of parameters.
    std::size_t size() const noexcept;
    /// Lists the matrices by name: W1, b1, ..., Wn, bn, the order in which parameters are counted.
    /// shape    two for each layer
    /// throws   ShapeError above 999 layers, for which there are no names
    std::vector<NamedMatrix<Matrix<Element>>> matrices();
    std::vector<NamedMatrix<const Matrix<Element>>> matrices() const;

    /// Compares the layers.
    friend bool operator==(const NetParams&, const NetParams&) = default;
};

/// What a net is beside its sizes.
struct NetOptions {
    /// Of all layers but the last.
    Activation activation = Activation::kRelu;
    /// How weights are drawn.
    Init init = Init::kHe;
    /// The standard deviation for Init::kNormal: finite and not below 0.
    double init_std = 0.01;
    /// What the last layer's sums stand for.
    Loss loss = Loss::kSoftmaxCrossEntropy;
    /// Weight decay: the loss grows by half of this times the sum of all squared weights (not biases), as in
    /// the book. Finite and not below 0.
    double weight_decay = 0.0;
};

/// x -> f(x W1 + b1) -> ... -> z Wn + bn. Element is float or double.
///
///     Rng rng(1);
///     Net<float> net({784, 100, 50, 10}, {.activation = Activation::kRelu}, rng);
///     const Dataset digits = synthetic_digits(100, 1);
///     const Matrix<float> x = digits.images<float>();
///     const Matrix<float> t = digits.targets<float>();
///     net.params.matrices()[4].name;  // "W3"
///     net.loss(x, t) > 2;             // true
///     Sgd{.lr = 0.1}.update(net.params, net.gradient(x, t));
///
/// shape    x: [N,input]  labels: N, for Loss::kSoftmaxCrossEntropy alone  t: [N,output]
/// error    forward as affine(), the activation and softmax() or sigmoid() one after the other; losses are
///          double. docs/numerics.md
/// throws   ShapeError also when N is 0 where a mean is taken, or a label is out of range;
///          std::invalid_argument for labels where the loss takes numbers
template <class Element>
class Net {
public:
    /// As in 0.1: LayeredNet<Element>::Layer.
    using Layer = thalweg::Layer<Element>;

    /// Draws the weights in double, layer by layer, as a standard deviation times rng.randn(), and rounds
    /// them once.
    /// shape    sizes: inputs, units of each hidden layer, outputs; none is 0
    /// throws   std::invalid_argument for an option out of its range
    Net(std::span<const std::size_t> sizes, const NetOptions& options, Rng& rng);
    Net(std::initializer_list<std::size_t> sizes, const NetOptions& options, Rng& rng)
        : Net(std::span<const std::size_t>(sizes.begin(), sizes.size()), options, rng) {}
    /// Takes the parameters of a net, by default one with sigmoid.
    /// throws   ShapeError also when there is no layer
    explicit Net(std::vector<Layer> layers, const NetOptions& options = {.activation = Activation::kSigmoid});
    /// Takes the arrays W1, b1, ..., Wn, bn of an .npz file, in any order; arrays of other names are ignored.
    /// A bias is (outputs,) as in the book or (1, outputs). It is a net with sigmoid unless options say else.
    /// throws   IoError with the file's path when one is missing or its shape does not fit
    explicit Net(const Npz& npz, const NetOptions& options = {.activation = Activation::kSigmoid});

    /// Parameters W1, b1, ..., Wn, bn: read and write them as you like, but keep their shapes.
    NetParams<Element> params;

    /// Returns the layers, the one at the input first; there is at least one.
    const std::vector<Layer>& layers() const noexcept { return params.layers; }
    /// Returns what the net is beside its sizes.
    const NetOptions& options() const noexcept { return options_; }
    /// Returns the number of columns of x.
    std::size_t input_size() const noexcept { return params.layers.front().W.rows(); }
    /// Returns the number of classes or outputs.
    std::size_t output_size() const noexcept { return params.layers.back().W.cols(); }

    /// Computes probabilities, or for Loss::kMeanSquaredError the outputs, of each row; with two layers of
    /// sigmoid, the same bits as TwoLayerNet.
    /// shape    x: [N,input] -> [N,output]
    Matrix<Element> predict(MatrixView<const Element> x) const;
    void predict(MatrixView<const Element> x, MatrixView<Element> out) const;
    /// The same with memory that is kept: allocates nothing once the workspace has seen so many rows.
    ///
    ///     Rng rng(1);
    ///     const Net<float> net({784, 256, 10}, {}, rng);
    ///     const ThreadLimit limit(1);  // in each thread of a server, with a workspace of its own
    ///     NetWorkspace<float> workspace;
    ///     const Matrix<float> x(1, 784);
    ///     Matrix<float> y(1, 10);
    ///     net.predict(x, y, workspace);
    ///     y(0, 0);  // 0.1
    void predict(MatrixView<const Element> x, MatrixView<Element> out,
                 NetWorkspace<Element>& workspace) const;

    /// Computes the mean loss of the rows, and what weight decay adds.
    double loss(MatrixView<const Element> x, Labels labels) const;
    double loss(MatrixView<const Element> x, MatrixView<const Element> t) const;

    /// Computes the share of the rows whose most probable class is the right one; 0 for no rows.
    double accuracy(MatrixView<const Element> x, Labels labels) const;

    /// Computes the gradient of the loss by backpropagation, as in the book that of the cross-entropy without
    /// the 1e-7, and weight decay times W.
    /// error    each sum over the batch is a chain, N*eps of its |terms|; docs/numerics.md
    NetParams<Element> gradient(MatrixView<const Element> x, Labels labels) const;
    NetParams<Element> gradient(MatrixView<const Element> x, MatrixView<const Element> t) const;
    /// The same into existing memory; returns the loss of the batch. Allocates nothing once workspace and
    /// grads have seen a batch of this size.
    double gradient(MatrixView<const Element> x, Labels labels, NetParams<Element>& grads,
                    NetWorkspace<Element>& workspace) const;
    double gradient(MatrixView<const Element> x, MatrixView<const Element> t, NetParams<Element>& grads,
                    NetWorkspace<Element>& workspace) const;

private:
    NetOptions options_;
};

/// The name that 0.1 had for it.
template <class Element>
using LayeredNet = Net<Element>;

// In the library.
extern template struct NetParams<float>;
extern template struct NetParams<double>;
extern template class Net<float>;
extern template class Net<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC

#pragma pop_macro("W")
