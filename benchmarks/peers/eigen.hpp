// SPDX-FileCopyrightText: the thalweg authors
// SPDX-License-Identifier: MIT

// What the files on Eigen share.
#pragma once

#include <Eigen/Core>
#include <cstddef>

#include "peers/peer.hpp"

namespace thalweg::bench::peers {

template <class T>
using RowMatrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T>
using RowArray = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

inline Eigen::Index index(std::size_t n) {
    return static_cast<Eigen::Index>(n);
}

// The training step in Eigen's expressions.
template <class T>
Run eigen_train(const Step<T>& step);
extern template Run eigen_train(const Step<float>& step);
extern template Run eigen_train(const Step<double>& step);

// eigen_arrays.cpp: expressions.
Run eigen_arrays(Expression expression, const Arrays& on);

// Its forward pass alone.
Run eigen_net_loss(const Loss<double>& step);

// eigen_deep.cpp: nets of any depth.
Run eigen_train_deep(const DeepStep& step);
Run eigen_predict_row(const DeepRow& row);

}  // namespace thalweg::bench::peers
