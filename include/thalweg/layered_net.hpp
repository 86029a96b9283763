// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// A net of any depth to predict with: sigmoid between its layers, softmax at the end.
#pragma once

#include <cstddef>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/npy.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// x -> sigmoid(x W1 + b1) -> ... -> softmax(z Wn + bn). T is float or double.
/// threads  const members may run in several threads at once
template <class T>
class LayeredNet {
public:
    /// shape    W: [inputs,outputs]  b: [1,outputs]
    struct Layer {
        Matrix<T> W;
        Matrix<T> b;
    };

    /// throws   ShapeError when there is no layer or their shapes do not fit one another, naming the layer
    explicit LayeredNet(std::vector<Layer> layers);
    /// From the arrays W1, b1, ..., Wn, bn of an .npz file, in any order; arrays of other names are not
    /// looked at. A bias is (outputs,) as in the book or (1, outputs).
    /// throws   IoError with the file's path when one is missing or its shape does not fit
    explicit LayeredNet(const Npz& npz);

    const std::vector<Layer>& layers() const noexcept { return layers_; }
    std::size_t input_size() const noexcept { return layers_.front().W.rows(); }
    std::size_t output_size() const noexcept { return layers_.back().W.cols(); }

    /// Class probabilities of each row; of two layers, the bits of TwoLayerNet's.
    /// shape    x: [N,input] -> [N,output]
    Matrix<T> predict(MatrixView<const T> x) const;

private:
    std::vector<Layer> layers_;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
