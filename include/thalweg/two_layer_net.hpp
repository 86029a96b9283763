// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The notebook's TwoLayerNet: x -> sigmoid(x W1 + b1) -> softmax(z W2 + b2), with its loss, accuracy,
// gradient by backpropagation and gradient by central differences.
//
// Common to all:
// source   Deep Learning from Scratch 4.5.1 and the notebook's TwoLayerNet
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/loss.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/workspace.hpp"

// The book's names for parameters. Macros of these names stand aside while the members are declared; whoever
// defines one cannot write the member.
#pragma push_macro("W1")
#pragma push_macro("W2")
#undef W1
#undef W2

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// One matrix of a net's parameters, and the name it has in files and messages: "W1".
template <class MatrixType>
struct NamedMatrix {
    std::string_view name;  ///< a literal, so data() ends with a zero
    MatrixType* matrix;     ///< never null; it belongs to the parameters it was asked of
};

/// The notebook's params and grads: one matrix a name.
/// shape    W1: [input,hidden]  b1: [1,hidden]  W2: [hidden,output]  b2: [1,output]
template <class Element>
struct TwoLayerParams {
    Matrix<Element> W1 = {};  ///< weights into the hidden layer
    Matrix<Element> b1 = {};  ///< biases of the hidden layer
    Matrix<Element> W2 = {};  ///< weights into the output layer
    Matrix<Element> b2 = {};  ///< biases of the output layer

    /// Makes four empty matrices.
    TwoLayerParams() = default;
    /// Makes parameters of zeros.
    TwoLayerParams(std::size_t input, std::size_t hidden, std::size_t output)
        : W1(input, hidden), b1(1, hidden), W2(hidden, output), b2(1, output) {}
    /// Returns the number of columns of x.
    std::size_t input_size() const noexcept { return W1.rows(); }
    /// Returns the number of units of the hidden layer.
    std::size_t hidden_size() const noexcept { return W1.cols(); }
    /// Returns the number of classes.
    std::size_t output_size() const noexcept { return W2.cols(); }
    /// Returns the number of parameters.
    std::size_t size() const noexcept { return W1.size() + b1.size() + W2.size() + b2.size(); }

    /// Lists the matrices by name: W1, b1, W2, b2, the order in which parameters are counted.
    ///
    ///     TwoLayerParams<float> params(784, 50, 10);
    ///     params.matrices()[2].name;            // "W2"
    ///     params.matrices()[2].matrix->rows();  // 50
    std::array<NamedMatrix<Matrix<Element>>, 4> matrices() noexcept {
        return {{{"W1", &W1}, {"b1", &b1}, {"W2", &W2}, {"b2", &b2}}};
    }
    std::array<NamedMatrix<const Matrix<Element>>, 4> matrices() const noexcept {
        return {{{"W1", &W1}, {"b1", &b1}, {"W2", &W2}, {"b2", &b2}}};
    }

    /// Compares the matrices; NaN equals nothing.
    friend bool operator==(const TwoLayerParams&, const TwoLayerParams&) = default;
};

/// The name that 0.1 had for it.
template <class Element>
using TwoLayerWorkspace = NetWorkspace<Element>;

/// How a net computes f(p + h e_i) - f(p - h e_i). All are that difference for every h.
enum class NetDifferenceMethod {
    kStructured,   ///< by exact identities, sample by sample, without subtracting losses; two layers
    kIncremental,  ///< from two losses; of each forward pass only what p_i reaches is computed; two layers
    kPlain,        ///< from two losses, each by a whole forward pass, as in the notebook
    kShared,       ///< by exact identities at a few steps for all inputs of a unit; any depth
    kDefault,      ///< kStructured for TwoLayerNet, kShared for Net
};

/// How the net's numerical gradient is computed.
struct NetDifferenceOptions {
    /// The step; the default is the book's.
    double h = 1e-4;
    /// Differentiates the cross-entropy without the notebook's 1e-7 inside the logarithm.
    bool clean_loss = false;
    /// How the differences are computed.
    NetDifferenceMethod method = NetDifferenceMethod::kDefault;
};

/// The two-layer net. Element is float or double.
///
///     Rng rng(1);
///     TwoLayerNet<float> net(784, 50, 10, rng);
///     const Dataset digits = synthetic_digits(100, 1);
///     const Matrix<float> x = digits.images<float>();
///     const Matrix<float> t = digits.targets<float>();
///     net.loss(x, t);  // 2.3
///     Sgd{.lr = 0.1}.update(net.params, net.gradient(x, t));
///
/// shape    x: [N,input]  t: N labels, or targets [N,output]
/// error    forward as affine(), sigmoid() and softmax() one after the other; losses are double
/// throws   ShapeError also when N is 0 where a mean is taken, or a label is out of range
template <class Element>
class TwoLayerNet {
public:
    /// Draws the weights in double, W1 then W2, as weight_init_std * rng.randn(), and rounds them once;
    /// biases are 0.
    /// throws   std::invalid_argument unless weight_init_std is finite and not below 0
    TwoLayerNet(std::size_t input_size, std::size_t hidden_size, std::size_t output_size, Rng& rng,
                double weight_init_std = 0.01);
    /// Takes the parameters of a net.
    /// shape    as TwoLayerParams
    explicit TwoLayerNet(TwoLayerParams<Element> parameters);

    /// Parameters W1, b1, W2, b2: read and write them as you like, but keep their shapes.
    TwoLayerParams<Element> params;

    /// Computes the class probabilities of each row.
    /// shape    x: [N,input] -> [N,output]
    /// alias    out may be the same view as x, else they must not overlap
    Matrix<Element> predict(MatrixView<const Element> x) const;
    void predict(MatrixView<const Element> x, MatrixView<Element> out) const;

    /// Computes the mean cross-entropy of predict(x), with the notebook's 1e-7.
    double loss(MatrixView<const Element> x, Labels t) const;
    double loss(MatrixView<const Element> x, MatrixView<const Element> t) const;

    /// Computes the share of the rows whose most probable class is the right one (of a target row, its
    /// largest entry); 0 for no rows.
    double accuracy(MatrixView<const Element> x, Labels t) const;
    double accuracy(MatrixView<const Element> x, MatrixView<const Element> t) const;

    /// Computes the gradient of the mean cross-entropy by backpropagation. As in the notebook, it is that of
    /// the loss without 1e-7 inside the logarithm: the two differ by about 1e-7 / p. Each row of a target
    /// matrix should sum to 1.
    /// error    each sum over the batch is a chain, N*eps of its |terms|; docs/numerics.md
    TwoLayerParams<Element> gradient(MatrixView<const Element> x, Labels t) const;
    TwoLayerParams<Element> gradient(MatrixView<const Element> x, MatrixView<const Element> t) const;
    /// The same into existing memory; returns the loss of the batch, with the 1e-7. Allocates nothing once
    /// workspace and grads have seen a batch of this size.
    double gradient(MatrixView<const Element> x, Labels t, TwoLayerParams<Element>& grads,
                    TwoLayerWorkspace<Element>& workspace) const;

    /// Computes the gradient of the loss f by central differences: (f(p + h e_i) - f(p - h e_i)) / 2h for
    /// every parameter. kStructured takes the difference from exact identities, sample by sample, and never
    /// subtracts two losses: it is thousands of times faster than the plain loop and keeps the digits that
    /// the subtraction loses. It forms no derivative: the h^2 term is there for every h. See
    /// docs/numerics.md.
    /// shape    x: [N,input]  t: N labels, or [N,output]; with rows that are not one-hot, kPlain is used
    /// range    h > 0
    /// error    h^2/6 * |f'''|, and rounding: structured about 2^-52 of the terms in double, 2^-23 in float;
    ///          the others about 2^-52 * f / h, in double for both element types
    /// threads  structured: split over hidden units; plain: each product; incremental: serial
    /// throws   std::invalid_argument for h; DifferenceError when f is not finite
    TwoLayerParams<Element> numerical_gradient(MatrixView<const Element> x, Labels t, double h = 1e-4) const;
    TwoLayerParams<Element> numerical_gradient(MatrixView<const Element> x, MatrixView<const Element> t,
                                               double h = 1e-4) const;
    TwoLayerParams<Element> numerical_gradient(MatrixView<const Element> x, Labels t,
                                               const NetDifferenceOptions& options) const;
    TwoLayerParams<Element> numerical_gradient(MatrixView<const Element> x, MatrixView<const Element> t,
                                               const NetDifferenceOptions& options) const;
    /// The same for some parameters only, by the plain loop, counted through W1, b1, W2, b2 in row order.
    /// shape    x: [N,input]  t: N labels  which: indices below params.size()
    /// error    h^2/6 * |f'''|, and about 2^-52 * f / h, in double for both element types
    std::vector<double> numerical_gradient(MatrixView<const Element> x, Labels t,
                                           std::span<const std::size_t> which, double h = 1e-4) const;
};

// In the library.
extern template class TwoLayerNet<float>;
extern template class TwoLayerNet<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC

#pragma pop_macro("W2")
#pragma pop_macro("W1")
