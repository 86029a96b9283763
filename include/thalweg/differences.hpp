// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// The two-layer net as a DifferenceModel: its exact differences behind the same interface as any function's.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "thalweg/abi.hpp"
#include "thalweg/matrix.hpp"
#include "thalweg/two_layer_net.hpp"

THALWEG_BEGIN_PUBLIC
namespace thalweg {

/// f(p + h e_i) - f(p - h e_i) for the mean cross-entropy f of a batch and every parameter p_i of a net,
/// counted through W1, b1, W2, b2 in row order. The net is copied; the batch is looked at where it lies.
/// source   the identities of docs/numerics.md
template <class T>
class TwoLayerDifferences {
public:
    /// Of net as it is now, and a batch that must outlive this object.
    /// shape    x: [N,input], N >= 1  t: N labels
    /// threads  as any value
    /// throws   ShapeError when net, x and t do not fit one another; std::bad_alloc
    TwoLayerDifferences(const TwoLayerNet<T>& net, MatrixView<const T> x, Labels t, bool clean_loss = false);
    /// Rejected: the batch is not copied, so a temporary would be gone before the first call.
    TwoLayerDifferences(const TwoLayerNet<T>& net, Matrix<T>&& x, Labels t, bool clean_loss = false) = delete;
    TwoLayerDifferences(const TwoLayerNet<T>& net, MatrixView<const T> x, std::vector<int>&& t,
                        bool clean_loss = false) = delete;

    /// Number of parameters.
    std::size_t size() const noexcept { return net_.params.size(); }

    /// All parameters are done at once and kept until h changes, so many small spans cost no more than one.
    /// shape    first + out.size() <= size()
    /// error    about 2^-52 of the terms in double, 2^-23 in float
    /// threads  parallel over hidden units; one object serves one call at a time
    /// throws   std::invalid_argument for h; ShapeError for the range; DifferenceError when f is not finite
    void differences(std::size_t first, double h, std::span<double> out);

private:
    TwoLayerNet<T> net_;
    MatrixView<const T> x_;
    Labels t_;
    bool clean_loss_;
    double h_ = 0.0;  // of what is kept
    TwoLayerParams<T> gradient_;
};

}  // namespace thalweg
THALWEG_END_PUBLIC
