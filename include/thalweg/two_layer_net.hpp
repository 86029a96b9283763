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

THALWEG_BEGIN_PUBLIC
namespace thalweg {

template <class T>
class TwoLayerNet;

/// One matrix of a net's parameters, and the name it has in files and messages: "W1".
template <class M>
struct NamedMatrix {
    std::string_view name;  ///< a literal, so data() ends with a zero
    M* matrix;              ///< never null; it belongs to the parameters it was asked of
};

/// The notebook's params and grads dictionaries: one matrix a name.
/// shape    W1: [input,hidden]  b1: [1,hidden]  W2: [hidden,output]  b2: [1,output]
template <class T>
struct TwoLayerParams {
    Matrix<T> W1;  ///< weights into the hidden layer
    Matrix<T> b1;  ///< biases of the hidden layer
    Matrix<T> W2;  ///< weights into the output layer
    Matrix<T> b2;  ///< biases of the output layer

    /// Four empty matrices.
    TwoLayerParams() = default;
    /// All zero.
    /// threads  as any value
    /// throws   std::bad_alloc; ShapeError when a size overflows
    TwoLayerParams(std::size_t input, std::size_t hidden, std::size_t output)
        : W1(input, hidden), b1(1, hidden), W2(hidden, output), b2(1, output) {}
    /// Columns of x.
    std::size_t input_size() const noexcept { return W1.rows(); }
    /// Units of the hidden layer.
    std::size_t hidden_size() const noexcept { return W1.cols(); }
    /// Number of classes.
    std::size_t output_size() const noexcept { return W2.cols(); }
    /// Number of parameters.
    std::size_t size() const noexcept { return W1.size() + b1.size() + W2.size() + b2.size(); }

    /// All of them by name: W1, b1, W2, b2, the order in which parameters are counted.
    ///
    ///     TwoLayerParams<float> params(784, 50, 10);
    ///     params.matrices()[2].name;            // W2
    ///     params.matrices()[2].matrix->rows();  // 50
    std::array<NamedMatrix<Matrix<T>>, 4> matrices() noexcept {
        return {{{"W1", &W1}, {"b1", &b1}, {"W2", &W2}, {"b2", &b2}}};
    }
    std::array<NamedMatrix<const Matrix<T>>, 4> matrices() const noexcept {
        return {{{"W1", &W1}, {"b1", &b1}, {"W2", &W2}, {"b2", &b2}}};
    }

    /// Equal matrices; NaN equals nothing.
    friend bool operator==(const TwoLayerParams&, const TwoLayerParams&) = default;
};

/// The memory one gradient needs between its steps. Kept from step to step, it spares every allocation but
/// those of the first. It holds nothing but that memory: a copy of a workspace is an empty one, and assigning
/// to a workspace leaves it as it is. One workspace serves one call at a time.
///
///     Rng rng(1);
///     const TwoLayerNet<float> net(784, 50, 10, rng);
///     const Matrix<float> x(2, 784);
///     TwoLayerParams<float> grads;
///     TwoLayerWorkspace<float> workspace;
///     net.gradient(x, std::vector<int>{3, 7}, grads, workspace);  // 2.3
template <class T>
class TwoLayerWorkspace {
public:
    /// Empty; the first gradient allocates.
    TwoLayerWorkspace() = default;
    /// Empty again: there is nothing in a workspace to copy.
    TwoLayerWorkspace(const TwoLayerWorkspace&) noexcept {}
    /// Takes the memory.
    TwoLayerWorkspace(TwoLayerWorkspace&& other) noexcept : buffers_(other.buffers_) {
        other.buffers_ = nullptr;
    }
    TwoLayerWorkspace& operator=(const TwoLayerWorkspace&) noexcept { return *this; }
    TwoLayerWorkspace& operator=(TwoLayerWorkspace&& other) noexcept {
        Buffers* const taken = other.buffers_;
        other.buffers_ = buffers_;
        buffers_ = taken;
        return *this;
    }
    ~TwoLayerWorkspace();

private:
    friend class TwoLayerNet<T>;
    struct Buffers;
    Buffers& buffers();

    Buffers* buffers_ = nullptr;
};

/// How the net gets f(p + h e_i) - f(p - h e_i). All three are that difference for every h.
enum class NetDifferenceMethod {
    kStructured,   ///< by exact identities, sample by sample, without subtracting losses
    kIncremental,  ///< two losses, of each forward pass only what p_i reaches; then their difference
    kPlain,        ///< two whole forward passes, as the notebook does it; then their difference
};

/// How the net's numerical gradient is computed.
struct NetDifferenceOptions {
    double h = 1e-4;          ///< the book's
    bool clean_loss = false;  ///< of the cross-entropy without the notebook's 1e-7 inside the logarithm
    NetDifferenceMethod method = NetDifferenceMethod::kStructured;  ///< all three give the same quotient
};

/// The two-layer net. T is float or double.
///
///     Rng rng(1);
///     TwoLayerNet<float> net(784, 50, 10, rng);
///     const Dataset digits = synthetic_digits(100, 1);
///     const Matrix<float> x = digits.images<float>();
///     const Matrix<float> t = digits.targets<float>();
///     net.loss(x, t);  // 2.3
///     Sgd{.lr = 0.1}.update(net.params, net.gradient(x, t));
///
/// error    forward as affine(), sigmoid() and softmax() one after the other; losses are double
/// threads  const members may run in several threads at once; large batches are split over threads(), with
///          the same result for every number
/// throws   ShapeError when x, t and the parameters do not fit one another, N is 0 where a mean is taken, or
///          a label is out of range; SimdError as the operations; std::bad_alloc
template <class T>
class TwoLayerNet {
public:
    /// Weights drawn in double, W1 then W2, as weight_init_std * rng.randn(), and rounded to T; biases zero.
    TwoLayerNet(std::size_t input_size, std::size_t hidden_size, std::size_t output_size, Rng& rng,
                double weight_init_std = 0.01);
    /// A net with the given parameters.
    /// shape    as TwoLayerParams
    /// throws   ShapeError when their shapes do not fit one another
    explicit TwoLayerNet(TwoLayerParams<T> parameters);

    /// W1, b1, W2, b2: read and write them as you like, but keep their shapes.
    TwoLayerParams<T> params;

    /// Class probabilities of each row.
    /// shape    x: [N,input] -> [N,output]
    Matrix<T> predict(MatrixView<const T> x) const;
    void predict(MatrixView<const T> x, MatrixView<T> out) const;

    /// Mean cross-entropy of predict(x), with the notebook's 1e-7.
    /// shape    x: [N,input]  t: N labels, or [N,output]
    double loss(MatrixView<const T> x, Labels t) const;
    double loss(MatrixView<const T> x, MatrixView<const T> t) const;

    /// Share of the rows whose most probable class is the right one (of a target matrix, the largest entry of
    /// its row); 0 for no rows.
    /// shape    x: [N,input]  t: N labels, or [N,output]
    /// error    none beyond predict's
    double accuracy(MatrixView<const T> x, Labels t) const;
    double accuracy(MatrixView<const T> x, MatrixView<const T> t) const;

    /// Gradient of the mean cross-entropy by backpropagation. As in the notebook, it is that of the loss
    /// without 1e-7 inside the logarithm: the two differ by about 1e-7 / p.
    /// shape    x: [N,input]  t: N labels, or [N,output] (each row then ought to sum to 1)
    /// error    the orders are in docs/numerics.md; each sum over the batch a chain, N*eps of its |terms|
    /// source   the notebook's TwoLayerNet.gradient
    TwoLayerParams<T> gradient(MatrixView<const T> x, Labels t) const;
    TwoLayerParams<T> gradient(MatrixView<const T> x, MatrixView<const T> t) const;
    /// The same into existing memory; returns the loss of the batch (with the 1e-7) that the forward pass
    /// sees. Allocates nothing once workspace and grads have seen a batch of this size.
    double gradient(MatrixView<const T> x, Labels t, TwoLayerParams<T>& grads,
                    TwoLayerWorkspace<T>& workspace) const;

    /// Gradient of the loss by central differences: (f(p + h e_i) - f(p - h e_i)) / 2h for every parameter.
    /// The structured form gets that difference from exact identities, sample by sample, without ever
    /// subtracting two losses; it is thousands of times faster than the plain loop and exact where that one
    /// drowns in rounding. No derivative in disguise: the h^2 term is there for every h. See
    /// docs/numerics.md.
    /// shape    x: [N,input]  t: N labels, or [N,output]; rows that are not one-hot take the plain loop
    /// range    h > 0
    /// error    h^2/6 * |f'''|, and rounding: structured about 2^-52 of the terms in double, 2^-23 in float;
    ///          the others about 2^-52 * f / h, in double whatever T is
    /// threads  structured: parallel over hidden units, the same bits for every number; plain: each product;
    ///          incremental: serial
    /// throws   std::invalid_argument for h; ShapeError; DifferenceError when f is not finite
    /// source   the notebook's TwoLayerNet.numerical_gradient
    TwoLayerParams<T> numerical_gradient(MatrixView<const T> x, Labels t, double h = 1e-4) const;
    TwoLayerParams<T> numerical_gradient(MatrixView<const T> x, MatrixView<const T> t, double h = 1e-4) const;
    TwoLayerParams<T> numerical_gradient(MatrixView<const T> x, Labels t,
                                         const NetDifferenceOptions& options) const;
    TwoLayerParams<T> numerical_gradient(MatrixView<const T> x, MatrixView<const T> t,
                                         const NetDifferenceOptions& options) const;
    /// Only some parameters, by the plain loop, counted through W1, b1, W2, b2 in row order.
    /// shape    x: [N,input]  t: N labels  which: indices below params.size()
    /// error    h^2/6 * |f'''|, and about 2^-52 * f / h, in double whatever T is
    /// threads  each product of a forward pass, as dot()
    /// throws   ShapeError when an index is out of range; else as above
    std::vector<double> numerical_gradient(MatrixView<const T> x, Labels t,
                                           std::span<const std::size_t> which, double h = 1e-4) const;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
