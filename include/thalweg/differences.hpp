// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net as a DifferenceModel: exact differences, with the interface of any other function.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// The differences f(p + h e_i) - f(p - h e_i) of a batch's mean cross-entropy f, for every parameter p_i of
/// a net, counted through W1, b1, W2, b2 in row order. Keeps a copy of the net and views of the batch.
/// source   the identities of docs/numerics.md
template <class Element>
class TwoLayerDifferences {
public:
    /// Copies net; x and t must outlive this object.
    /// shape    x: [N,input], N >= 1  t: N labels
    TwoLayerDifferences(const TwoLayerNet<Element>& net, MatrixView<const Element> x, Labels t,
                        bool clean_loss = false);
    /// Rejects a temporary batch, which would be gone before the first call.
    TwoLayerDifferences(const TwoLayerNet<Element>& net, Matrix<Element>&& x, Labels t,
                        bool clean_loss = false) = delete;
    TwoLayerDifferences(const TwoLayerNet<Element>& net, MatrixView<const Element> x, std::vector<int>&& t,
                        bool clean_loss = false) = delete;

    /// Returns the number of parameters.
    std::size_t size() const noexcept { return net_.params.size(); }

    /// Computes out[k] = f(p + h e_i) - f(p - h e_i) for i = first + k. All parameters are done at once and
    /// kept until h changes, so many small spans cost no more than one.
    /// shape    first + out.size() <= size()
    /// range    h > 0
    /// error    about 2^-52 of the terms in double, 2^-23 in float
    /// throws   std::invalid_argument for h; DifferenceError when f is not finite
    void differences(std::size_t first, double h, std::span<double> out);

private:
    TwoLayerNet<Element> net_;
    MatrixView<const Element> x_;
    Labels t_;
    bool clean_loss_;
    double h_ = 0.0;  // of what is kept
    TwoLayerParams<Element> gradient_;
};

extern template class TwoLayerDifferences<float>;
extern template class TwoLayerDifferences<double>;

}  // namespace thalweg
THALWEG_END_PUBLIC
