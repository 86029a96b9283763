// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth: its parameters, predictions, loss and gradient.
//
// Common to all:
// source   Deep Learning from Scratch, chapters 3, 5 and 6 (its MultiLayerNet and MultiLayerNetExtend)
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

/// The weights and biases of one layer, and what batch normalisation learns of it.
/// shape    W: [inputs,outputs]  b: [1,outputs]  gamma, beta: as b, or 0 x 0 where nothing is normalised
template <class Element>
struct Layer {
    Matrix<Element> W;           ///< weights
    Matrix<Element> b;           ///< biases
    Matrix<Element> gamma = {};  ///< what the normalised sums are multiplied by
    Matrix<Element> beta = {};   ///< what is added to them then

    /// Compares the matrices; NaN equals nothing.
    friend bool operator==(const Layer&, const Layer&) = default;
};

// g++ 12 stops at {{W, b}} with an internal error unless it was asked this before.
static_assert(noexcept(Layer<float>{}) && noexcept(Layer<double>{}), "an empty layer allocates nothing");

/// A net's parameters, or their gradient: the layers, the one at the input first.
template <class Element>
struct NetParams {
    std::vector<Layer<Element>> layers;  ///< at least one

    /// Returns the number of parameters.
    std::size_t size() const noexcept;
    /// Lists the matrices by name: W1, b1, ..., Wn, bn, the order in which parameters are counted.
    /// shape    two for each layer; gamma1 and beta1 behind b1 where the first is normalised, and so on
    /// throws   ShapeError above 999 layers, for which there are no names
    std::vector<NamedMatrix<Matrix<Element>>> matrices();
    std::vector<NamedMatrix<const Matrix<Element>>> matrices() const;

    /// Compares the layers.
    friend bool operator==(const NetParams&, const NetParams&) = default;
};

/// What training with batch normalisation has seen of a hidden layer's sums.
/// shape    [1,outputs]
template <class Element>
struct LayerStatistics {
    Matrix<Element> mean;      ///< of each unit, running
    Matrix<Element> variance;  ///< likewise

    /// Compares the matrices; NaN equals nothing.
    friend bool operator==(const LayerStatistics&, const LayerStatistics&) = default;
};

/// What a net's predictions take from the batches of its training.
template <class Element>
struct NetStatistics {
    std::vector<LayerStatistics<Element>> layers;  ///< of each hidden layer; none without batch normalisation

    /// Lists the matrices by name: running_mean1, running_var1, ..., which are no parameters.
    /// shape    two for each layer
    /// throws   ShapeError above 999 layers, for which there are no names
    std::vector<NamedMatrix<Matrix<Element>>> matrices();
    std::vector<NamedMatrix<const Matrix<Element>>> matrices() const;

    /// Compares the layers.
    friend bool operator==(const NetStatistics&, const NetStatistics&) = default;
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
    /// The share of each hidden layer's outputs that a step of training leaves out: from 0, below 1.
    /// Predictions use all of them, times 1 - dropout.
    double dropout = 0.0;
    /// Whether hidden layers normalise their sums before the activation: less the mean, divided by the
    /// standard deviation, both of the batch in training and running in predictions; times gamma, plus beta.
    bool batch_norm = false;
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
/// throws   ShapeError also when N is 0 where a mean is taken, or a label or the target of a yes or no is out
///          of range; std::invalid_argument for labels where the loss takes numbers
template <class Element>
class Net {
public:
    /// What 0.1 called the Layer of a LayeredNet<Element>.
    using Layer = thalweg::Layer<Element>;

    /// Draws the weights in double, layer by layer, as a standard deviation times rng.randn(), and rounds
    /// them once.
    /// shape    sizes: inputs, units of each hidden layer, outputs; none is 0
    /// throws   std::invalid_argument for an option out of its range
    Net(std::span<const std::size_t> sizes, const NetOptions& options, Rng& rng);
    Net(std::initializer_list<std::size_t> sizes, const NetOptions& options, Rng& rng)
        : Net(std::span<const std::size_t>(sizes.begin(), sizes.size()), options, rng) {}
    /// Takes the parameters of a net, by default one with sigmoid. Running statistics begin at 0.
    /// throws   ShapeError also when there is no layer, or gamma and beta do not go with batch_norm
    explicit Net(std::vector<Layer> layers, const NetOptions& options = {.activation = Activation::kSigmoid});
    /// Takes the arrays W1, b1, ..., Wn, bn of an .npz file, in any order; arrays of other names are ignored.
    /// A bias is (outputs,) as in the book or (1, outputs). It is a net with sigmoid unless options say else;
    /// where they say batch_norm, gamma1, beta1, running_mean1, running_var1 and so on are taken as well.
    /// throws   IoError with the file's path when one is missing or its shape does not fit, or there is a
    ///          gamma1 without batch_norm
    explicit Net(const Npz& npz, const NetOptions& options = {.activation = Activation::kSigmoid});

    /// Parameters W1, b1, ..., Wn, bn: read and write them as you like, but keep their shapes.
    NetParams<Element> params;
    /// What predictions take from training with batch normalisation: likewise.
    NetStatistics<Element> running;

    /// Returns the layers, the one at the input first; there is at least one.
    const std::vector<Layer>& layers() const noexcept { return params.layers; }
    /// Returns what the net is beside its sizes.
    const NetOptions& options() const noexcept { return options_; }
    /// Returns the number of columns of x.
    std::size_t input_size() const noexcept {
        return params.layers.empty() ? 0 : params.layers.front().W.rows();
    }
    /// Returns the number of classes or outputs.
    std::size_t output_size() const noexcept {
        return params.layers.empty() ? 0 : params.layers.back().W.cols();
    }

    /// Computes probabilities, or for Loss::kMeanSquaredError the outputs, of each row; with two layers of
    /// sigmoid, the same bits as TwoLayerNet.
    /// shape    x: [N,input] -> [N,output]
    /// alias    out may be the same view as x where there is a hidden layer, else they must not overlap
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
    /// throws   std::invalid_argument for a net with dropout or batch normalisation, whose training draws and
    ///          remembers: give it a generator, below
    NetParams<Element> gradient(MatrixView<const Element> x, Labels labels) const;
    NetParams<Element> gradient(MatrixView<const Element> x, MatrixView<const Element> t) const;
    /// The same into existing memory; returns the loss of the batch. Allocates nothing once workspace and
    /// grads have seen a batch of this size.
    double gradient(MatrixView<const Element> x, Labels labels, NetParams<Element>& grads,
                    NetWorkspace<Element>& workspace) const;
    double gradient(MatrixView<const Element> x, MatrixView<const Element> t, NetParams<Element>& grads,
                    NetWorkspace<Element>& workspace) const;

    /// Computes the gradient of a training step, for any net. Dropout leaves out what is not above its share
    /// in rng's rand(N, units), drawn for each hidden layer, the one at the input first. Batch normalisation
    /// moves the running mean and variance a tenth of the way to the batch's, unless the loss is not finite.
    NetParams<Element> gradient(MatrixView<const Element> x, Labels labels, Rng& rng);
    NetParams<Element> gradient(MatrixView<const Element> x, MatrixView<const Element> t, Rng& rng);
    /// The same into existing memory; returns the loss of the batch as this step sees it.
    double gradient(MatrixView<const Element> x, Labels labels, NetParams<Element>& grads,
                    NetWorkspace<Element>& workspace, Rng& rng);
    double gradient(MatrixView<const Element> x, MatrixView<const Element> t, NetParams<Element>& grads,
                    NetWorkspace<Element>& workspace, Rng& rng);

    /// Computes the gradient of loss() by central differences: (f(p + h e_i) - f(p - h e_i)) / 2h for every
    /// parameter, in double for both element types. kShared evaluates, for each unit and row, what moving the
    /// unit does to the loss at a few steps up to h, by exact identities, and interpolates between these
    /// values for all weights into the unit: tens of thousands of times faster than the plain loop, and more
    /// exact. It forms no derivative: the h^2 term is there for every h. See docs/net-differences.md.
    ///
    ///     Rng rng(1);
    ///     const Net<double> net({784, 50, 20, 10}, {.activation = Activation::kTanh}, rng);
    ///     const Dataset digits = synthetic_digits(100, 1);
    ///     const Matrix<double> x = digits.images<double>();
    ///     const NetParams<double> g = net.numerical_gradient(x, digits.targets<double>(), 1e-3);
    ///
    /// range    h > 0
    /// error    h^2/6 * |f'''|, and rounding: kShared about 2^-52 of the terms, kPlain about 2^-52 * f / h
    /// threads  kShared: split over rows, then over parameters; kPlain: each product
    /// throws   std::invalid_argument for h, for the methods of two layers, and for labels where the loss
    ///          wants numbers; DifferenceError when f is not finite
    NetParams<Element> numerical_gradient(MatrixView<const Element> x, Labels labels, double h = 1e-4) const;
    NetParams<Element> numerical_gradient(MatrixView<const Element> x, MatrixView<const Element> t,
                                          double h = 1e-4) const;
    NetParams<Element> numerical_gradient(MatrixView<const Element> x, Labels labels,
                                          const NetDifferenceOptions& options) const;
    NetParams<Element> numerical_gradient(MatrixView<const Element> x, MatrixView<const Element> t,
                                          const NetDifferenceOptions& options) const;
    /// Computes the gradient of a training step by central differences, for any net: dropout's masks are
    /// drawn once, as gradient() draws them, and held; batch normalisation takes mean and variance of the
    /// batch as each moved parameter makes them. Running statistics move as those of gradient() do.
    /// error    as above; with batch normalisation that of kPlain, which is taken then, at its cost
    NetParams<Element> numerical_gradient(MatrixView<const Element> x, Labels labels, Rng& rng,
                                          const NetDifferenceOptions& options = {});
    NetParams<Element> numerical_gradient(MatrixView<const Element> x, MatrixView<const Element> t, Rng& rng,
                                          const NetDifferenceOptions& options = {});
    /// The same for some parameters only, by the plain loop, counted through W1, b1, ..., Wn, bn in row
    /// order.
    /// shape    which: indices below params.size()
    /// error    h^2/6 * |f'''|, and about 2^-52 * f / h, in double for both element types
    std::vector<double> numerical_gradient(MatrixView<const Element> x, Labels labels,
                                           std::span<const std::size_t> which, double h = 1e-4) const;
    std::vector<double> numerical_gradient(MatrixView<const Element> x, MatrixView<const Element> t,
                                           std::span<const std::size_t> which, double h = 1e-4) const;

private:
    NetOptions options_;
};

/// The name that 0.1 had for it.
template <class Element>
using LayeredNet = Net<Element>;

// In the library.
extern template struct NetParams<float>;
extern template struct NetParams<double>;
extern template struct NetStatistics<float>;
extern template struct NetStatistics<double>;
extern template class Net<float>;
extern template class Net<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC

#pragma pop_macro("W")
