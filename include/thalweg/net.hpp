// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth to predict with: sigmoid between its layers, softmax at the end.
//
// Common to all:
// source   Deep Learning from Scratch 3.4 and 3.6.2 (its sample_weight.pkl has three layers)
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/npy.hpp"
#include "thalweg/two_layer_net.hpp"  // 0.1 declared TwoLayerNet here

#pragma push_macro("W")  // as in two_layer_net.hpp
#undef W

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// x -> sigmoid(x W1 + b1) -> ... -> softmax(z Wn + bn). Element is float or double.
///
///     const Matrix<float> w1(784, 50, 0.01F), b1(1, 50), w2(50, 10), b2(1, 10);
///     const LayeredNet<float> net({{w1, b1}, {w2, b2}});
///     const Matrix<float> x(3, 784);
///     net.predict(x)(2, 9);  // 0.1000
///
template <class Element>
class LayeredNet {
public:
    /// The weights and biases of one layer.
    /// shape    W: [inputs,outputs]  b: [1,outputs]
    struct Layer {
        Matrix<Element> W;  ///< weights
        Matrix<Element> b;  ///< biases
    };

    /// Takes the layers, the one at the input first.
    /// throws   ShapeError also when there is no layer
    explicit LayeredNet(std::vector<Layer> layers);
    /// Takes the arrays W1, b1, ..., Wn, bn of an .npz file, in any order; arrays of other names are ignored.
    /// A bias is (outputs,) as in the book or (1, outputs).
    /// throws   IoError with the file's path when one is missing or its shape does not fit
    explicit LayeredNet(const Npz& npz);

    /// Returns the layers, the one at the input first; there is at least one.
    const std::vector<Layer>& layers() const noexcept { return layers_; }
    /// Returns the number of columns of x.
    std::size_t input_size() const noexcept { return layers_.front().W.rows(); }
    /// Returns the number of classes.
    std::size_t output_size() const noexcept { return layers_.back().W.cols(); }

    /// Computes the class probabilities of each row; with two layers, the same bits as TwoLayerNet.
    /// shape    x: [N,input] -> [N,output]
    /// error    as affine(), sigmoid() and softmax(), one after the other
    Matrix<Element> predict(MatrixView<const Element> x) const;

private:
    std::vector<Layer> layers_;
};

// In the library.
extern template class LayeredNet<float>;
extern template class LayeredNet<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC

#pragma pop_macro("W")
